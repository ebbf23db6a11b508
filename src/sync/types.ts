/**
 * What the sync engine offers to its callers (SDK, RPC, CLI), as plain JSON-compatible data.
 *
 * The shapes are those that `--json` prints and the SDKs return; changing one changes the public interface.
 */
import type { Brake } from './brakes/brake.js';
import type {
  ConflictContents,
  ConflictReference,
  ResolveOptions,
  ResolveReport,
  SyncConflict,
} from './conflicts.js';
import type { FilterVerdict } from './core/filters.js';
import type { ConflictPolicy } from './core/tree.js';
import type { PastReport, WorkspaceHistory } from './history/types.js';
import type { AuditLog } from './watch/audit.js';
import type { VerifyReport } from './watch/verify-report.js';

export const DEFAULT_REMOTE = 'origin';

export type SyncMode = 'real-time' | 'periodic' | 'manual';

export interface SyncConfig {
  readonly mode: SyncMode;
  /** Seconds between periodic syncs, 5 to 86 400. */
  readonly interval: number;
  readonly conflictResolution: ConflictPolicy;
  /** Files a commit, 1 to 100 000. */
  readonly batchSize: number;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly compression: boolean;
  /** Seconds a request may take, 1 to 3 600. */
  readonly timeout: number;
  /** How long replaced and removed versions are kept: `30d`, `12h`, `2w`, at least an hour; or `everything`. */
  readonly keep: string;
}

export const DEFAULT_SYNC_CONFIG: SyncConfig = {
  mode: 'real-time',
  interval: 300,
  conflictResolution: 'last-write-wins',
  batchSize: 10_000,
  include: [],
  exclude: [],
  compression: true,
  timeout: 60,
  keep: 'everything',
};

/** A new token is stored where tokens are, and shown nowhere. */
export interface ConfigChanges extends Partial<SyncConfig> {
  readonly token?: string;
}

/** Why a path is synced, or not. */
export interface FilterExplanation extends FilterVerdict {
  /** From the root, beginning with a slash. */
  readonly path: string;
  readonly remote: string;
  readonly isDirectory: boolean;
}

export interface EnableOptions extends Partial<SyncConfig> {
  /** `libsql:`, `https:`, `http:`, `wss:`, `ws:` or `file:`. */
  readonly tursoDb: string;
  readonly token?: string;
  readonly remote?: string;
}

export type SyncState =
  | 'synced'
  | 'pending'
  | 'syncing'
  | 'conflicts'
  | 'offline'
  | 'auth'
  | 'error'
  | 'disabled';

export interface SyncStatus {
  readonly workspace: string;
  readonly remote: string;
  readonly url: string;
  readonly mode: SyncMode;
  readonly interval: number;
  /** RFC 3339 in UTC, or null before the first sync. */
  readonly lastSync: string | null;
  readonly pendingChanges: number;
  readonly pendingConflicts: number;
  readonly syncStatus: SyncState;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    /** Of SYNC_BRAKE: what stopped it. */
    readonly brake?: Brake['kind'];
  };
  /** The remote revision this workspace has. */
  readonly revision: number;
  /** This agent's id. */
  readonly agent: string;
  /** What the remote sent and is not believed; absent where there is nothing. */
  readonly quarantined?: QuarantineSummary;
}

export interface QuarantineSummary {
  /** Rows that cannot be believed, and paths that wait for one of those. */
  readonly count: number;
  readonly waiting: number;
  /** The first of them. Paths come from the remote and may hold anything. */
  readonly first: readonly { readonly path: string; readonly reason: string; readonly revision: number }[];
}

/** Somebody who syncs this workspace. */
export interface AgentInfo {
  readonly agent: string;
  readonly host: string;
  /** RFC 3339 in UTC, the server's clock. */
  readonly lastSeen: string;
  /** What it had when it was last seen. */
  readonly revision: number;
  /** It is this one. */
  readonly self: boolean;
}

export interface ResetOptions {
  /** Go on under another agent id: for a copy, or a workspace that was restored from one. */
  readonly newId?: boolean;
}

/**
 * Seconds a request may take.
 * @asType integer
 * @minimum 1
 * @maximum 3600
 */
export type TimeoutSeconds = number;

export interface SyncRunOptions {
  readonly remote?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly timeout?: TimeoutSeconds;
  /** Of a pull: what the workspace becomes, as a change made here; RFC 3339, a date, or `2h ago`. */
  readonly at?: string;
  /** Of a pull: the same by a checkpoint or a revision. */
  readonly version?: string;
}

/** One line of what a dry run would do. */
export interface PlannedChange {
  /** `attributes`: mode, owner, times or extended attributes alone. */
  readonly action: 'create' | 'change' | 'move' | 'remove' | 'attributes';
  readonly path: string;
  /** Of a move. */
  readonly from?: string;
  readonly kind: string;
  /** Bytes. */
  readonly size: number;
}

/** What one push or pull did. Counts that do not depend on the machine. */
export interface SyncReport {
  readonly remote: string;
  readonly revision: number;
  /** Nodes and entries changed on the remote, and here. */
  readonly pushed: number;
  readonly pulled: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly roundTrips: number;
  readonly rowsWritten: number;
  readonly chunksSent: number;
  readonly chunksReused: number;
  readonly durationMs: number;
  /** Of a dry run: the first 1000 things that would be done, by path. */
  readonly plan?: readonly PlannedChange[];
  /** Those that the policy or a person decided carry their winner; the others wait. */
  readonly conflicts: readonly SyncConflict[];
  /** How many were decided and carried out by this run. */
  readonly conflictsResolved: number;
  /** Of a pull of the past: what that changed here. `revision` is what the workspace was at before. */
  readonly past?: PastReport;
}

/** How far a push or a pull is, told a few times a second. */
export interface SyncProgress {
  readonly remote: string;
  readonly phase: 'push' | 'pull' | 'verify';
  /** Files, directories and others that are there by now, and in all as far as that is known (0: not at all). */
  readonly done: number;
  readonly total: number;
  /** Bytes of content, which need not all be sent, and in all as far as that is known. */
  readonly bytes: number;
  readonly totalBytes: number;
  /** Where the remote has not answered for a second: milliseconds until the request is given up. */
  readonly timeLeftMs?: number;
}

export interface SyncEvents {
  change: (report: SyncReport) => void;
  conflict: (conflicts: readonly SyncConflict[]) => void;
  status: (status: SyncStatus) => void;
  progress: (progress: SyncProgress) => void;
}

/** What a remote's syncs have cost since it was enabled. */
export interface SyncMetrics {
  readonly remote: string;
  /** Syncs that moved something or were asked for. */
  readonly syncOperations: number;
  /** Bytes sent and received, as they went over the network. */
  readonly bytesPushed: number;
  readonly bytesPulled: number;
  /** Of a sync, from its beginning to its end. */
  readonly averageLatencyMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Decided by the policy or by a person. */
  readonly conflictsResolved: number;
  readonly conflictsPending: number;
  readonly roundTrips: number;
  readonly rowsWritten: number;
  readonly chunksSent: number;
  readonly chunksReused: number;
  /** Syncs that failed for the network, and were tried again. */
  readonly retries: number;
}

/** One workspace's sync with all its remotes. Every method may be called while a sync runs. */
export interface SyncEngine {
  enable(options: EnableOptions): Promise<SyncStatus>;
  /** Forgets the remote here; what is on either side stays. */
  disable(remote?: string): Promise<void>;
  /** Without changes, returns what is set. */
  config(remote: string | undefined, changes?: ConfigChanges): Promise<SyncConfig>;
  /** Which include or exclude pattern decides about a path. */
  explain(remote: string | undefined, path: string): Promise<FilterExplanation>;
  /** CANCELLED where the signal is aborted; what was agreed by then stays so. */
  push(options?: SyncRunOptions, signal?: AbortSignal): Promise<SyncReport>;
  pull(options?: SyncRunOptions, signal?: AbortSignal): Promise<SyncReport>;
  status(remote?: string): Promise<SyncStatus>;
  conflicts(remote?: string): Promise<readonly SyncConflict[]>;
  /** Forgets what was agreed with a remote and keeps every file on both sides: the next sync joins them anew. */
  reset(remote?: string, options?: ResetOptions): Promise<SyncStatus>;
  /** The past. */
  readonly history: WorkspaceHistory;
  /** Notes in the audit log what somebody did. */
  note(note: { readonly action: string; readonly remote: string; readonly detail: string }): void;
  /** What was done to the workspace, by whom; without a remote, what was done here. */
  audit(options?: { readonly remote?: string; readonly limit?: number }): Promise<AuditLog>;
  /** Compares every hash on both sides and changes nothing. */
  verify(remote?: string, signal?: AbortSignal): Promise<VerifyReport>;
  /** What the syncs with a remote have cost since it was enabled. */
  metrics(remote?: string): Promise<SyncMetrics>;
  /** Who syncs this workspace, the latest seen first. */
  agents(remote?: string): Promise<readonly AgentInfo[]>;
  /** Decides these conflicts (undefined: all) and syncs. What cannot be done is in `refused`, never thrown. */
  resolve(
    conflicts: readonly ConflictReference[] | undefined,
    options: ResolveOptions,
  ): Promise<ResolveReport>;
  /** What the versions of one conflict contain. Throws SYNC_CONFLICT_GONE. */
  compare(conflict: ConflictReference, remote?: string): Promise<ConflictContents>;
  /** Names of the remotes that are enabled. */
  remotes(): readonly string[];
  /** True while a remote's mode needs this process to stay (real-time, periodic). */
  needsOwner(): boolean;
  /** Begins the schedule of every enabled remote. */
  start(): void;
  /** Lets a running commit end, flushes what the mode promises (`flush`), stops the worker. */
  stop(options?: { flush: boolean }): Promise<void>;
  on<E extends keyof SyncEvents>(event: E, listener: SyncEvents[E]): () => void;
}
