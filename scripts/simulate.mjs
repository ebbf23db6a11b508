#!/usr/bin/env node
/**
 * `npm run simulate -- --seeds N [--seed S] [--steps N] [--story]`: builds what is missing and runs simulations of the
 * sync engine (test/simulation). Exit code 1 where a seed fails; each failure is told with the command that repeats it.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { ROOT, setupOrExit } from './setup.mjs';

await setupOrExit({ test: true, system: false });
const main = join(ROOT, 'build', 'test', 'simulation', 'main.js');
const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(status ?? 1);
