#!/usr/bin/env node
/**
 * `npm start`: brings what is missing, then becomes `agentfs start` with the arguments given.
 *
 * It becomes the command (one process, by import) rather than starting it, so that Ctrl-C and SIGTERM reach the code
 * that flushes and unmounts.
 */
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { ROOT, setupOrExit } from './setup.mjs';

await setupOrExit();
const entry = join(ROOT, 'dist', 'cli', 'main.js');
process.argv = [process.argv[0], entry, 'start', ...process.argv.slice(2)];
await import(pathToFileURL(entry).href);
