/** The examples in Python do what their comments promise. They need nothing but Python itself. */
import { fileURLToPath } from 'node:url';
import { missingPython } from '../sdk/python-suite.js';
import { testExamples } from './examples.js';

const place = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

testExamples(
  'Python',
  (name) => ({
    command: 'python3',
    args: ['-W', 'error', place(`test/examples/python/${name.replaceAll('-', '_')}.py`)],
    env: {
      PYTHONPATH: place('src/sdk/python'),
      PYTHONDONTWRITEBYTECODE: '1',
      AGENTFS_BIN: place('dist/cli/main.js'),
    },
  }),
  missingPython(),
);
