/**
 * What `npm run bench -- …` takes.
 */
import { parseArgs } from 'node:util';
import { chosenNames } from '../chosen-names.mjs';
import { ROW_NAMES, ROWS, SDK_ROWS, SYNC_ROWS } from './rows.mjs';
import { WORKLOAD_NAMES } from './workloads.mjs';

const GROUPS = {
  files: ROWS.map(({ name }) => name),
  workloads: WORKLOAD_NAMES,
  sync: SYNC_ROWS,
  sdk: SDK_ROWS,
};
const NAMES_A_LINE = 6;

function rowLines() {
  const lines = [];
  for (let at = 0; at < ROW_NAMES.length; at += NAMES_A_LINE) {
    lines.push(`${' '.repeat(19)}${ROW_NAMES.slice(at, at + NAMES_A_LINE).join(', ')},`);
  }
  return lines.join('\n');
}

export const HELP = `npm run bench [-- options]

Measures AgentFS beside a plain ext4, libfuse's passthrough_ll, fuse-native and raw libSQL rows, in one
run, and prints ratios. Takes about 15 minutes; as root on Linux it says most.

  --quick          fewer rounds and operations: a third of the time, noisier
  --only ROWS      these rows, separated by commas, of
${rowLines()}
                   or groups of them: files, workloads, sync, sdk
  --rounds N       rounds of each row (default 3; 2 with --quick)
  --large          sequential files of 1 GiB instead of 256 MiB
  --json           one JSON document instead of the tables
  --help           this
`;

/** Returns `{ help, json, quick, large, rounds, only }`. Throws an Error with a line for the person. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', default: false, short: 'h' },
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      rounds: { type: 'string' },
    },
  });
  const only = chosenNames(values.only, { what: 'row', names: ROW_NAMES, groups: GROUPS }) ?? ROW_NAMES;
  const rounds = values.rounds === undefined ? (values.quick ? 2 : 3) : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) throw new Error('--rounds takes 1 to 100');
  return { ...values, rounds, only };
}
