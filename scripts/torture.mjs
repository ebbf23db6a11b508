#!/usr/bin/env node
/**
 * `npm run torture`: everything that may happen to a mount and its owner, again and again, and whether every promise was kept. See
 * --help.
 */
import process from 'node:process';
import { setupOrExit } from './setup.mjs';
import { HELP, readOptions } from './torture/options.mjs';

let options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`torture: ${error.message}\n`);
  process.exit(2);
}
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
await setupOrExit({ test: true });
// Only now: what it imports comes with the set-up.
const { runTorture } = await import('./torture/run.mjs');
process.exit(await runTorture(options));
