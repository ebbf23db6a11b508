/**
 * Rows of the sync tables as plain shapes, shared by the writer and the reader.
 */

export interface RemoteRow {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  /** JSON: SyncConfig. */
  readonly config: string;
  readonly incarnation: string;
  readonly cursor: number;
  readonly pushedSeq: number;
  /** JSON: last sync, error, metrics. */
  readonly state: string;
}

/** The order of the columns after (remote, ino, node). */
export const BASE_NODE_COLUMNS =
  'revision, agent, edited_at_ms, kind, mode, uid, gid, rdev, size, mtime_sec, mtime_nsec, hash, xattrs';

export interface BaseNodeRow {
  readonly ino: number;
  /** 32 hex digits. */
  readonly node: string;
  readonly revision: number;
  readonly agent: string;
  readonly editedAtMs: number;
  readonly kind: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly mtimeSec: number;
  readonly mtimeNsec: number;
  readonly hash: string;
  readonly xattrs: string;
}

export interface BaseEntryRow {
  readonly parentIno: number;
  readonly name: string;
  readonly ino: number;
  readonly revision: number;
}

/** The chunks of a large file of a base. */
export interface BaseManifestRow {
  readonly ino: number;
  /** 32 hex digits. */
  readonly node: string;
  readonly hash: string;
  readonly manifest: Uint8Array;
}

/** An entry of the remote that is not taken here; nodes as 32 hex digits. */
export interface ExcludedEntryRow {
  readonly parent: string;
  readonly name: string;
  readonly node: string;
  readonly revision: number;
}
