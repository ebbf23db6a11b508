/**
 * Any error as a person, or a program with --json, is told of it, and its exit code.
 */
import { AgentFsError, type ErrorJson, systemFailure } from '../base/index.js';
import { EXIT_DONE, EXIT_FAILED, exitCodeOf } from './exit-codes.js';
import type { Output } from './output.js';

/** Says it and returns the exit code. Undefined is no failure: nothing is said, 0. */
export function reportFailure(problem: unknown, output: Output): number {
  if (problem === undefined) return EXIT_DONE;
  const error = systemFailure(problem) ?? problem;
  if (error instanceof AgentFsError) {
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    output.failure({ message: error.message, ...hint }, error.toJSON());
    if (error.stack !== undefined) output.trace(error.stack);
    if (error.cause instanceof Error) output.trace(`caused by ${error.cause.stack}`);
    return exitCodeOf(error.code);
  }
  const message = error instanceof Error ? error.message : String(error);
  const hint = 'This is a mistake in AgentFS: run it again with -v and report what it says.';
  const document: ErrorJson = { code: 'INTERNAL', message, hint };
  output.failure({ message, hint }, document);
  if (error instanceof Error && error.stack !== undefined) output.trace(error.stack);
  return EXIT_FAILED;
}
