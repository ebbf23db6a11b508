/**
 * How one remote's loop is doing.
 */
import type { SyncState, SyncStatus } from '../types.js';

export interface LoopState {
  readonly state: SyncState;
  readonly error?: NonNullable<SyncStatus['error']>;
  readonly lastSyncMs?: number;
  /** The run was cancelled: it is with the remote as it was before, whatever `state` says. */
  readonly isCut?: boolean;
}
