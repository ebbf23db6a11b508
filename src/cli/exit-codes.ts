/**
 * What the exit code of `agentfs` means, and which code an error becomes. Pure.
 */
import type { ErrorCode } from '../base/index.js';

export const EXIT_DONE = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_CONFLICTS = 3;
export const EXIT_UNREACHABLE = 4;
export const EXIT_AUTH = 5;
export const EXIT_BRAKE = 6;
/** Interrupted, with everything kept: 128 and the signal's number. */
export const EXIT_INTERRUPTED = 130;
export const EXIT_TERMINATED = 143;
export const EXIT_HUNG_UP = 129;

const BY_CODE: Partial<Record<ErrorCode, number>> = {
  USAGE: EXIT_USAGE,
  INVALID_ARGUMENT: EXIT_USAGE,
  WORKSPACE_INVALID_NAME: EXIT_USAGE,
  SYNC_CONFLICT: EXIT_CONFLICTS,
  SYNC_CONFLICT_CHANGED: EXIT_CONFLICTS,
  SYNC_CONFLICT_WAITS: EXIT_CONFLICTS,
  SYNC_UNMERGEABLE: EXIT_CONFLICTS,
  REMOTE_UNREACHABLE: EXIT_UNREACHABLE,
  REMOTE_AUTH: EXIT_AUTH,
  SYNC_BRAKE: EXIT_BRAKE,
  CANCELLED: EXIT_INTERRUPTED,
};

export function exitCodeOf(code: ErrorCode): number {
  return BY_CODE[code] ?? EXIT_FAILED;
}

export function exitCodeOfSignal(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): number {
  if (signal === 'SIGHUP') return EXIT_HUNG_UP;
  return signal === 'SIGINT' ? EXIT_INTERRUPTED : EXIT_TERMINATED;
}
