/**
 * A live inode: its attributes, and what of it is not in SQLite yet.
 *
 * There is at most one object for an inode number at a time (InodeCache sees to it). An inode with anything pending is
 * held by WriteBehind and cannot leave memory. Only the operations of this folder change one.
 */
import type { InodeRow } from '../store/index.js';
import type { Chunk } from './content.js';
import { type Attributes, S_IFDIR, S_IFMT } from './types.js';

export interface ChunkRange {
  readonly from: number;
  readonly to: number;
}

export class Inode implements Attributes {
  readonly ino: number;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  rdev: number;
  size: number;
  atimeSec: number;
  atimeNsec: number;
  mtimeSec: number;
  mtimeNsec: number;
  ctimeSec: number;
  ctimeNsec: number;

  /** Has a row in fs_inode. */
  stored: boolean;
  /** CHANGED_* bits since the last group commit; 0 where nothing is pending. */
  pending = 0;
  /** Bytes changed since the last group commit. */
  rangeFrom = 0;
  rangeTo = 0;
  /** Chunks not in SQLite yet, by index. */
  chunks: Map<number, Chunk> | undefined = undefined;
  /** Stored chunks that no longer count. Applied before `chunks` are written. */
  cuts: ChunkRange[] | undefined = undefined;
  /** Chunks up to the end of the file that are not there; -1 where nobody has counted. */
  holes = -1;
  /** Of a symbolic link; loaded on demand. */
  target: string | undefined = undefined;
  /** All extended attributes; loaded on demand. */
  xattrs: Map<string, Uint8Array> | undefined = undefined;
  pendingXattrs: Map<string, Uint8Array | null> | undefined = undefined;
  /** Of a directory: where it hangs, as far as known; 0 where not. */
  parentIno = 0;
  /** Gone for good: no name, nobody has it open. */
  destroyed = false;

  constructor(row: InodeRow, stored: boolean) {
    this.ino = row.ino;
    this.mode = row.mode;
    this.nlink = row.nlink;
    this.uid = row.uid;
    this.gid = row.gid;
    this.rdev = row.rdev;
    this.size = row.size;
    this.atimeSec = row.atimeSec;
    this.atimeNsec = row.atimeNsec;
    this.mtimeSec = row.mtimeSec;
    this.mtimeNsec = row.mtimeNsec;
    this.ctimeSec = row.ctimeSec;
    this.ctimeNsec = row.ctimeNsec;
    this.stored = stored;
  }

  get isDirectory(): boolean {
    return (this.mode & S_IFMT) === S_IFDIR;
  }
}
