/**
 * What a failed sync means for the state of its remote. Pure.
 */
import { AgentFsError } from '../../base/index.js';
import { brakeOf } from '../brakes/brake.js';
import type { SyncState } from '../types.js';
import type { LoopState } from './loop-state.js';

/** Trying again would only fail again. */
const HALTING: ReadonlySet<string> = new Set(['REMOTE_AUTH', 'SYNC_BRAKE']);

/** Nothing but a change, or somebody who asks, makes it worth another try. */
export function isHalting(error: unknown): boolean {
  return HALTING.has(codeOf(error));
}

export function codeOf(error: unknown): string {
  return error instanceof AgentFsError ? error.code : '';
}

export function failureState(error: unknown): LoopState {
  if (!(error instanceof AgentFsError)) {
    return { state: 'error', error: { code: 'INTERNAL', message: String(error) } };
  }
  const state: SyncState =
    error.code === 'REMOTE_UNREACHABLE' ? 'offline' : error.code === 'REMOTE_AUTH' ? 'auth' : 'error';
  const brake = brakeOf(error);
  return {
    state,
    error: {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(brake === undefined ? {} : { brake: brake.kind }),
    },
  };
}
