/**
 * What history offers to its callers (SDK, RPC, CLI), as plain JSON-compatible data. Times are RFC 3339 in UTC.
 */
import type { ConflictType, NodeKind } from '../core/tree.js';

export interface Checkpoint {
  readonly name: string;
  readonly revision: number;
  /** When it was named. */
  readonly createdAt: string;
  /** Who made the revision, and when. */
  readonly agent: string;
  readonly committedAt: string;
}

export interface CommitEntry {
  readonly revision: number;
  readonly at: string;
  readonly agent: string;
  readonly kind: string;
  /** Files, directories and others that it made, changed and removed. */
  readonly added: number;
  readonly modified: number;
  readonly removed: number;
  /** Names that appeared or went. */
  readonly entries: number;
  readonly checkpoints: readonly string[];
}

export interface VersionEntry {
  /** What `restore` takes: a revision, or `lost-…` for a version that was never live. */
  readonly version: string;
  /** null for a version that no remote has yet. */
  readonly revision: number | null;
  readonly at: string;
  readonly agent: string;
  readonly path: string;
  /** `lost`: another version won over it (`why`); it was never live. */
  readonly what: 'created' | 'modified' | 'attributes' | 'renamed' | 'deleted' | 'lost';
  readonly kind: NodeKind;
  readonly size: number;
  readonly hash: string;
  readonly mode: number;
  /** Of a rename: the path before. */
  readonly from?: string;
  /** Of a version that lost: the type of the conflict, `restore`, or `overwritten`. */
  readonly why?: ConflictType | 'restore' | 'overwritten' | string;
}

export interface HistoryLog {
  readonly workspace: string;
  readonly remote: string;
  /** null: of the whole workspace. */
  readonly path: string | null;
  /** Of the whole workspace: its commits, the newest first. */
  readonly commits: readonly CommitEntry[];
  /** Of a file: its versions, the newest first. Of the whole workspace: those that lost. */
  readonly versions: readonly VersionEntry[];
}

export interface HistoryOptions {
  readonly remote?: string;
  readonly path?: string;
  /**
   * At most so many commits or versions; default 50.
   * @asType integer
   * @minimum 1
   * @maximum 1000
   */
  readonly limit?: number;
  /**
   * Commits before this revision.
   * @asType integer
   * @minimum 1
   * @maximum 9007199254740991
   */
  readonly before?: number;
}

export interface RestoreOptions {
  readonly remote?: string;
  readonly at?: string;
  /** A checkpoint, a revision, or `lost-…`. */
  readonly version?: string;
  readonly dryRun?: boolean;
}

/** What a return to the past did. It is a change made here: pushed like any other. */
export interface PastReport {
  /** 0 where the version was never live. */
  readonly revision: number;
  readonly at: string;
  /** Files, directories and names that changed here. */
  readonly changed: number;
  /** Versions that no remote had and that were replaced: history has them. */
  readonly kept: number;
}

export interface RestoreReport extends PastReport {
  readonly path: string;
}

export interface DiffOptions {
  readonly remote?: string;
  /** Only what is at or below it. */
  readonly path?: string;
  /** A revision, a checkpoint or a time; absent: what was last synced. */
  readonly from?: string;
  /** The same; absent: what is here now. */
  readonly to?: string;
}

export interface DiffSide {
  readonly path: string;
  readonly kind: NodeKind;
  readonly size: number;
  readonly hash: string;
  readonly mode: number;
}

export interface DiffEntry {
  readonly path: string;
  readonly what: 'added' | 'removed' | 'modified' | 'renamed' | 'attributes';
  /** null where it is not there. `renamed` may have changed besides. */
  readonly before: DiffSide | null;
  readonly after: DiffSide | null;
  /** Content of either side that is no text, or too large to be compared as one. */
  readonly binary: boolean;
  /** A unified diff, where both sides are text and differ. */
  readonly patch?: string;
}

export interface DiffReport {
  /** null: what is here now. */
  readonly from: { readonly revision: number; readonly at: string };
  readonly to: { readonly revision: number; readonly at: string } | null;
  /** By path. */
  readonly entries: readonly DiffEntry[];
}

export interface PruneOptions {
  readonly remote?: string;
  /** How long a chunk must have been found in no version before it goes; a day. */
  readonly graceMs?: number;
}

/** What retention deleted on the remote. */
export interface PruneReport {
  /** Versions that ended at or before this revision are gone, but for those of checkpoints. */
  readonly horizon: number;
  readonly versions: number;
  readonly entries: number;
  readonly kept: number;
  /** Chunks that no version needs: found for the first time, and deleted. */
  readonly chunksNoted: number;
  readonly chunksDeleted: number;
}

/** The past of one workspace on its remotes. */
export interface WorkspaceHistory {
  /** Pushes and pulls until both sides are the same, then names that revision. INVALID_ARGUMENT where the name is taken. */
  createCheckpoint(name: string, options?: { readonly remote?: string }): Promise<Checkpoint>;
  /** The newest first. */
  checkpoints(remote?: string): Promise<readonly Checkpoint[]>;
  deleteCheckpoint(name: string, options?: { readonly remote?: string }): Promise<void>;
  log(options?: HistoryOptions): Promise<HistoryLog>;
  diff(options?: DiffOptions): Promise<DiffReport>;
  /** Does now what the setting `keep` asks for; by itself it is done after a push, at most once in an hour. */
  prune(options?: PruneOptions): Promise<PruneReport>;
  /** Brings one file or folder back, as a change made here; what it replaces stays in history. */
  restore(path: string, options: RestoreOptions): Promise<RestoreReport>;
}
