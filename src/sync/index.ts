/**
 * sync: keeps a workspace and its remotes the same.
 *
 * It promises that nothing acknowledged is lost: what both sides changed is a conflict, decided by the policy and
 * reported; a round that dies leaves a base with which the next one finds the same. `core` decides (pure), `local` and
 * `remote` read and write their sides, `round` does one exchange, `schedule` says when, `engine` is the owner's handle.
 * For the SDK and the daemon.
 */

export * from './conflicts.js';
export { openSyncEngine, type SyncCredentials, type SyncEngineOptions } from './engine.js';
export type {
  Checkpoint,
  CommitEntry,
  HistoryLog,
  HistoryOptions,
  PastReport,
  RestoreOptions,
  RestoreReport,
  VersionEntry,
  WorkspaceHistory,
} from './history/index.js';
export * from './types.js';
