#!/usr/bin/env node
/**
 * `npm run conformance`: what programs and test suites find on the mount, beside what they find on ext4. See --help.
 */
import process from 'node:process';
import { HELP, readOptions } from './conformance/options.mjs';
import { setupOrExit } from './setup.mjs';

let options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`conformance: ${error.message}\nhint: See npm run conformance -- --help.\n`);
  process.exit(2);
}
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
await setupOrExit({ test: true });
// Only now: what it imports comes with the set-up.
const { runConformance } = await import('./conformance/run.mjs');
process.exit(await runConformance(options));
