#!/usr/bin/env node
/**
 * `npm run bench`: AgentFS beside what else there is, in one run, as ratios. See --help.
 */
import process from 'node:process';
import { HELP, readOptions } from './bench/options.mjs';
import { setupOrExit } from './setup.mjs';

let options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exit(2);
}
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
await setupOrExit({ test: false });
// Only now: what it imports comes with the set-up.
const { runBench } = await import('./bench/run.mjs');
process.exit(await runBench(options));
