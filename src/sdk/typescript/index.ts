/**
 * The TypeScript SDK, and everything the CLI and the daemon build on: workspaces by name, files by path, sync, mounts.
 *
 *     const afs = new AgentFS();
 *     await using ws = await afs.workspace.create('my-workspace');
 *     await ws.writeFile('/hello.txt', 'hello');
 *
 * Loading it is cheap: SQLite, the filesystem and the sync engine are loaded when this process becomes an owner. Every
 * failure is an AgentFsError with a code; a push that leaves conflicts throws SyncConflictError.
 */
export { AgentFsError, type ErrorCode } from '../../base/index.js';
export type {
  ConflictContent,
  ConflictContents,
  ConflictReference,
  ConflictSide,
  ResolveRefusal,
  ResolveReport,
  ResolveStrategy,
  SyncConflict as Conflict,
} from '../../sync/conflicts.js';
export type { ConflictPolicy, ConflictType } from '../../sync/core/tree.js';
export type {
  Checkpoint,
  CommitEntry,
  DiffEntry,
  DiffOptions,
  DiffReport,
  DiffSide,
  HistoryLog,
  HistoryOptions,
  PastReport,
  RestoreOptions,
  RestoreReport,
  VersionEntry,
} from '../../sync/history/types.js';
export type {
  AgentInfo,
  EnableOptions,
  FilterExplanation,
  PlannedChange,
  ResetOptions,
  SyncConfig,
  SyncMetrics,
  SyncMode,
  SyncProgress,
  SyncReport,
  SyncRunOptions,
  SyncState,
  SyncStatus,
} from '../../sync/types.js';
export type { AuditEntry, AuditLog } from '../../sync/watch/audit.js';
export type { VerifyProblem, VerifyReport } from '../../sync/watch/verify-report.js';
export {
  AgentFS,
  type AgentFsOptions,
  type CreateOptions,
  type WorkspaceSummary,
  Workspaces,
} from './agentfs.js';
export { SyncConflictError } from './conflict-error.js';
export { type ConnectionOptions, WorkspaceConnection } from './connection.js';
export { ownerOf, stopOwner } from './owner-probe.js';
export type {
  EventName,
  FileKind,
  FilesystemRecord,
  ListedEntry,
  MethodName,
  MethodParams,
  MethodResult,
  MountInfo,
  MountOptions,
  OpenFlags,
  OwnerInfo,
  OwnerStatistics,
  ServiceEvents,
  ServiceMethods,
  StatRecord,
  WorkspaceInfo,
  WorkspaceService,
} from './service.js';
export { isSilent } from './silent-owner.js';
export { type OwnerMessage, type StartedOwner, type StartOwnerOptions, startOwner } from './start-owner.js';
export { Stats } from './stats.js';
export { agentFsVersion } from './version.js';
export {
  type ReadFileOptions,
  type StatEntry,
  type Time,
  Workspace,
  type WorkspaceMount,
  type WriteFileOptions,
} from './workspace.js';
export { WorkspaceCheckpoints } from './workspace-checkpoints.js';
export { WorkspaceFile } from './workspace-file.js';
export type { WorkspaceFs, WorkspaceFsPromises } from './workspace-fs.js';
export type { ReadStreamOptions, WriteStreamOptions } from './workspace-streams.js';
export { type Resolution, type ResolveTarget, WorkspaceSync } from './workspace-sync.js';
