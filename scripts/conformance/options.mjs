/**
 * What `npm run conformance -- …` takes.
 */
import { parseArgs } from 'node:util';
import { chosenNames } from '../chosen-names.mjs';
import { PARTS } from './parts.mjs';

const NAMES = PARTS.map(({ name }) => name);

export const HELP = `Usage: npm run conformance -- [options]

runs file system test suites and real programs, each on a fresh mount of the native driver, and the suites on a fresh ext4
too: whatever ext4 passes has to pass here. Ends with a table and a line \`N passed, N failed\`; exit code 1 where
anything failed. Everything takes about half an hour; as root on Linux it says most, and installs what it needs.

Options:
  --only NAME,…    these parts; one that cannot run is a failure then
  --quick          smaller amounts of the same: some minutes
  --operations N   of fsx, for each of its seeds (default: 1000000; 20000 with --quick)
  --json           one JSON document instead of the table
  -h, --help       this

Parts:
${PARTS.map(({ name, title }) => `  ${name.padEnd(16)} ${title}`).join('\n')}

Examples:
  $ npm run conformance
  $ npm run conformance -- --only git,sqlite,rsync
  $ npm run conformance -- --only pjdfstest --json > pjdfstest.json
  $ npm run conformance -- --only fsx --operations 10000000
`;

/** Returns `{ help, json, quick, only, operations }`, `only` undefined for all. Throws an Error with a line for the person. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', default: false, short: 'h' },
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      operations: { type: 'string' },
    },
  });
  const only = chosenNames(values.only, { what: 'part', names: NAMES });
  const operations = values.operations === undefined ? undefined : Number(values.operations);
  if (operations !== undefined && !(Number.isSafeInteger(operations) && operations > 0)) {
    throw new Error(`--operations takes a whole number, and '${values.operations}' is none`);
  }
  return { ...values, only, operations };
}
