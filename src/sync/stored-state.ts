/**
 * What afs_remote.state keeps of a remote over restarts, for whoever asks in another process. Pure.
 */
import type { RemoteRow } from '../store/index.js';
import type { LoopState } from './schedule/loop-state.js';

export interface StoredState {
  /** The filters under which everything was compared last. */
  readonly scope?: string;
  readonly lastSyncMs?: number;
  /** The brake that stopped the last sync. */
  readonly brake?: LoopState['error'] | null;
}

export function storedState(row: RemoteRow): StoredState {
  return JSON.parse(row.state) as StoredState;
}

/** How a remote does that nobody has synced with in this process; undefined where nothing is wrong. */
export function stateOfStored({ brake }: StoredState): LoopState | undefined {
  return brake ? { state: 'error', error: brake } : undefined;
}

/** What is to be kept of how a remote does; undefined where nothing has changed. */
export function toBeStored({ lastSyncMs, error }: LoopState): StoredState | undefined {
  if (lastSyncMs !== undefined) return { lastSyncMs, brake: null };
  return error?.code === 'SYNC_BRAKE' ? { brake: error } : undefined;
}
