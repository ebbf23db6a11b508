/**
 * Rows of the store as plain shapes, and the batch that a group commit writes.
 *
 * The vfs owns the live objects and fills a `Batch`; the store only writes what stands in it, in one transaction, in
 * an order that never breaks a constraint. Nothing here knows why something changed.
 */

/** A row of fs_inode. Times are seconds and nanoseconds. */
export interface InodeRow {
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly atimeSec: number;
  readonly atimeNsec: number;
  readonly mtimeSec: number;
  readonly mtimeNsec: number;
  readonly ctimeSec: number;
  readonly ctimeNsec: number;
  readonly rdev: number;
}

/** A row of fs_dentry with its inode's type bits. */
export interface DentryRow {
  readonly id: number;
  readonly name: string;
  readonly ino: number;
  /** S_IFMT bits of the inode's mode. */
  readonly type: number;
}

/** Bits of afs_change.what. */
export const CHANGED_ATTRIBUTES = 1;
export const CHANGED_CONTENT = 2;
export const CHANGED_XATTRS = 4;
export const CHANGED_ENTRY = 8;
/** Beside another bit: look there again, though nobody here has changed it (afs_change only). */
export const CHANGED_NOTED = 16;

export interface ChangeRow {
  readonly ino: number;
  readonly parentIno: number;
  readonly name: string;
  readonly what: number;
  readonly rangeFrom: number;
  readonly rangeTo: number;
}

/** One group commit. Iterables are walked once, inside the transaction. */
export interface Batch {
  readonly removedDentries: Iterable<{ readonly parentIno: number; readonly name: string }>;
  /** Inodes that are gone, with everything that hangs on them. */
  readonly removedInodes: Iterable<number>;
  readonly newInodes: Iterable<InodeRow>;
  readonly changedInodes: Iterable<InodeRow>;
  readonly dentries: Iterable<{
    readonly id: number;
    readonly parentIno: number;
    readonly name: string;
    readonly ino: number;
    /** There is a row of this name already. Replacing costs twice what inserting does. */
    readonly replaces: boolean;
  }>;
  /** Content that ends before `fromChunk`: rows at and after it go away. Before `chunks` are written. */
  readonly cutContent: Iterable<{
    readonly ino: number;
    readonly fromChunk: number;
    readonly toChunk: number;
  }>;
  readonly chunks: Iterable<{ readonly ino: number; readonly index: number; readonly data: Uint8Array }>;
  readonly symlinks: Iterable<{ readonly ino: number; readonly target: string }>;
  readonly xattrs: Iterable<{
    readonly ino: number;
    readonly name: string;
    /** null removes it. */
    readonly value: Uint8Array | null;
  }>;
  readonly orphans: Iterable<number>;
  readonly adoptedOrphans: Iterable<number>;
  readonly changes: Iterable<ChangeRow>;
  /** Writers of sync state that belong to the same transaction as what they describe. */
  readonly also: readonly (() => void)[];
  /** 0, or the remote whose pull made these changes. */
  readonly origin: number;
  readonly atMs: number;
  /** The lowest inode number not given out yet. */
  readonly nextIno: number;
}
