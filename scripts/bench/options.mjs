/**
 * What `npm run bench -- …` takes.
 */
import { parseArgs } from 'node:util';
import { ROW_NAMES } from './rows.mjs';

export const HELP = `npm run bench [-- options]

Measures AgentFS beside a plain ext4, libfuse's passthrough_ll, fuse-native and raw libSQL rows, in one
run, and prints ratios. Takes under 10 minutes; as root on Linux it says most.

  --quick          fewer rounds and operations: under 2 minutes, noisier
  --only ROWS      these rows, separated by commas: ${ROW_NAMES.slice(0, 8).join(', ')},
                   ${ROW_NAMES.slice(8, 16).join(', ')}, ${ROW_NAMES.slice(16).join(', ')}
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
  const only = values.only?.flatMap((list) => list.split(',')).filter((name) => name !== '') ?? ROW_NAMES;
  const unknown = only.find((name) => !ROW_NAMES.includes(name));
  if (unknown !== undefined) throw new Error(`there is no row ${unknown}; there are ${ROW_NAMES.join(', ')}`);
  const rounds = values.rounds === undefined ? (values.quick ? 2 : 3) : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) throw new Error('--rounds takes 1 to 100');
  return { ...values, rounds, only };
}
