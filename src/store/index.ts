/**
 * store: one workspace's SQLite database.
 *
 * It promises that a batch is all there or not at all, and that `sync` makes what was written survive a power cut. It
 * keeps AgentFS 0.4's tables and our own beside them; all SQL on the workspace stands here. The vfs writes through
 * `Store`; the sync worker reads through `StoreReader` on a connection of its own.
 */
export { checkDatabase, type Finding } from './check.js';
export { DEFAULT_CHUNK_SIZE, type OpenDatabaseOptions, openDatabase } from './database.js';
export type { ExcludedReader } from './excluded-rows.js';
export type { KeptRow, KeptVersions } from './kept-versions.js';
export type { NewNode } from './new-nodes.js';
export { type EntryRow, type LoggedChange, StoreReader } from './reader.js';
export * from './rows.js';
export type { CommitReference } from './sent-commits.js';
export type { DiskSpace } from './space.js';
export { Store, type StoreStatistics } from './store.js';
export type { BaseEntryRow, BaseManifestRow, BaseNodeRow, ExcludedEntryRow, RemoteRow } from './sync-rows.js';
export type { SyncState } from './sync-state.js';
export type {
  UnsettledChangeRow,
  UnsettledContent,
  UnsettledEntryRow,
  UnsettledNodeRow,
  UnsettledThere,
} from './unsettled-rows.js';
export type { AuditRow, QuarantineRow } from './watching.js';
