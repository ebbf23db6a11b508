/** The examples in TypeScript do what their comments promise. */
import { join } from 'node:path';
import { testExamples } from './examples.js';

testExamples('TypeScript', (name) => ({
  command: process.execPath,
  args: [join(import.meta.dirname, 'typescript', `${name}.js`)],
}));
