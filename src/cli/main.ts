#!/usr/bin/env node
/**
 * The entry of the command `agentfs`.
 *
 * Does nothing but blank secrets, run the program and set the exit code: what a command needs is imported when it
 * runs, so that `--help` and `sync status` start as fast as Node itself allows.
 */
import { runProgram } from './program.js';
import { hideSecretArguments } from './secret-arguments.js';

hideSecretArguments(process);
process.exitCode = await runProgram(process.argv.slice(2));
