/**
 * What `npm run torture -- …` takes.
 */
import { parseArgs } from 'node:util';
import { chosenNames } from '../chosen-names.mjs';

/** Killed in rounds. */
export const WORKLOADS = ['writer', 'sqlite', 'git', 'npm'];
/** Cases of their own. */
export const PARTS = ['disk', 'io', 'descriptors', 'suspend', 'owners', 'clock', 'pull'];

export const HELP = `npm run torture [-- options]

Does to a mount what may happen to one, and looks whether every promise was kept: kill -9 of the owner at
random moments of a recording writer, SQLite, git and npm (each round: the next mount works by itself, all
that was fsynced is there, agentfs doctor --check finds nothing), then a full disk, a failing disk, no file
descriptors, suspended and racing owners, a clock that steps, and 1 000 pulled changes a second beneath two
processes. A client that hangs is a failure. Takes about 25 minutes.

  --rounds N       rounds of kill -9 (default 200)
  --seed N         choices are made from it (default: a new one, printed)
  --only LIST      of these, separated by commas: ${WORKLOADS.join(', ')} (which the rounds kill),
                   ${PARTS.join(', ')}
  --seconds N      how long pull goes on (default 60)
  --json           one JSON document instead of the lines
  --help           this

Ends with the line "N passed, N failed", and with exit code 1 where something failed.

  npm run torture -- --only git,sqlite --rounds 50 --seed 7
`;

/** Returns `{ help, json, rounds, seed, seconds, workloads, parts }`. Throws an Error with a line for the person. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', default: false, short: 'h' },
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      rounds: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string' },
    },
  });
  const names = [...WORKLOADS, ...PARTS];
  const only = chosenNames(values.only, { what: 'part', names }) ?? names;
  return {
    ...{ help: values.help, json: values.json },
    rounds: integer('--rounds', values.rounds, { from: 1, to: 100_000 }),
    seconds: integer('--seconds', values.seconds, { from: 1, to: 86_400 }),
    seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : integer('--seed', values.seed),
    workloads: WORKLOADS.filter((name) => only.includes(name)),
    parts: PARTS.filter((name) => only.includes(name)),
  };
}

function integer(flag, text, { from = 0, to = Number.MAX_SAFE_INTEGER } = {}) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= from && number <= to) return number;
  throw new Error(`${flag} takes a whole number from ${from} to ${to}`);
}
