/**
 * The shapes that the filesystem's callers hold: attributes, requests and results of the inode API.
 *
 * Inode numbers are SQLite's: 1 is the root, they are below 2^53 and are never reused. Times are seconds and
 * nanoseconds apart, since 64-bit nanoseconds do not fit a JavaScript number.
 */

/** File type bits of `mode` (POSIX `S_IFMT`). */
export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;
export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const S_ISVTX = 0o1000;

export const ROOT_INO = 1;

/** The attributes of an inode. Mutable: only the vfs changes them, everyone else reads. */
export interface Attributes {
  readonly ino: number;
  /** Type and permission bits. */
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  /** As Linux encodes dev_t in 32 bits (new_encode_dev); 0 where it is no device. */
  rdev: number;
  /** Bytes. */
  size: number;
  atimeSec: number;
  atimeNsec: number;
  mtimeSec: number;
  mtimeNsec: number;
  ctimeSec: number;
  ctimeNsec: number;
}

/** What `setattr` may change; absent is unchanged. `'now'` takes the clock. */
export interface AttributeChanges {
  mode?: number;
  uid?: number;
  gid?: number;
  size?: number;
  atime?: { sec: number; nsec: number } | 'now';
  mtime?: { sec: number; nsec: number } | 'now';
  ctime?: { sec: number; nsec: number };
  /** Clear set-user-id, and set-group-id of a group-executable file (the kernel's KILL_SUIDGID). */
  killSuidGid?: boolean;
}

export interface NewInode {
  /** Type and permission bits, umask already applied. */
  mode: number;
  uid: number;
  gid: number;
  rdev?: number;
  /** Of a symbolic link. */
  target?: string;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly ino: number;
  /** The file type bits of the inode's mode (S_IFMT part). */
  readonly type: number;
  /** Position after this entry: monotonic within its directory, above 2, never an index. */
  readonly cookie: number;
}

export interface FilesystemStatistics {
  readonly blockSize: number;
  readonly blocks: number;
  readonly blocksFree: number;
  readonly blocksAvailable: number;
  readonly files: number;
  readonly filesFree: number;
  readonly nameMax: number;
}

export const RENAME_NOREPLACE = 1;
export const RENAME_EXCHANGE = 2;

export const FALLOC_KEEP_SIZE = 1;
export const FALLOC_PUNCH_HOLE = 2;
export const FALLOC_ZERO_RANGE = 16;

export const SEEK_DATA = 3;
export const SEEK_HOLE = 4;

export const XATTR_CREATE = 1;
export const XATTR_REPLACE = 2;

/**
 * What a mount hears of changes that did not come through it (a pull, the SDK), so that it can tell the kernel.
 * Called after the new state is published, from inside the change: an implementation only queues.
 */
export interface ChangeObserver {
  /** The entry (parent, name) now means something else, or nothing. `parentNode` is the kernel's node id. */
  entryChanged(parentNode: number, name: string): void;
  /** Attributes of a node changed; `content` also its bytes, in place. */
  nodeChanged(node: number, content: boolean): void;
}

/** Origin of what is set as a pull sets it, and is a change made here all the same: a return to the past. */
export const ORIGIN_RESTORE = -1;
