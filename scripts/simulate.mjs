#!/usr/bin/env node
/**
 * `npm run simulate`: builds what is missing and runs simulations of the sync engine (test/simulation). See --help. Exit
 * code 1 where a seed fails, 2 where the call is wrong; each failure is told with the command that repeats it.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { ROOT, setupOrExit } from './setup.mjs';

const HELP = `Usage: npm run simulate -- [options]

runs the whole sync engine of 2 to 5 agents against a remote, with lost, doubled and late answers, crashes, full disks
and wrong clocks, all of it decided by a seed; checks after every settlement that nothing is lost

Options:
  --seeds <count>  how many (default: 1000; with --seed alone: 1)
  --seed <number>  the first one (default: one that nobody has seen)
  --steps <count>  steps between two settlements
  --jobs <count>   processes (default: one a core)
  --story          tell what happens
  --trace          tell every message of the syncs too
  -h, --help       show this help

Examples:
  $ npm run simulate -- --seeds 20000
  $ npm run simulate -- --seed 302023 --story
`;
const COUNTS = ['seeds', 'seed', 'steps', 'jobs'];

/** Throws an Error with a line for the person. */
function assertOptions(args) {
  const options = { story: { type: 'boolean' }, trace: { type: 'boolean' } };
  for (const name of COUNTS) options[name] = { type: 'string' };
  const { values } = parseArgs({ args, options });
  for (const name of COUNTS) {
    const given = values[name];
    if (given === undefined || (/^\d{1,15}$/.test(given) && (name === 'seed' || Number(given) > 0))) continue;
    throw new Error(`--${name} takes a whole number, and '${given}' is none`);
  }
}

const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(HELP);
  process.exit(0);
}
try {
  assertOptions(args);
} catch (error) {
  process.stderr.write(`simulate: ${error.message}\nhint: See npm run simulate -- --help.\n`);
  process.exit(2);
}
await setupOrExit({ test: true, system: false });
const main = join(ROOT, 'build', 'test', 'simulation', 'main.js');
const { status } = spawnSync(process.execPath, [main, ...args], { stdio: 'inherit' });
process.exit(status ?? 1);
