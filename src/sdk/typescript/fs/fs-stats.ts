/**
 * stat's answers and directory entries with the members of node:fs's Stats, BigIntStats and Dirent.
 *
 * A workspace keeps no time of birth: it is the ctime, as on other file systems without one. All of it is one device.
 */
import type { FileKind, FilesystemRecord, StatRecord } from '../service.js';
import { nanoseconds } from '../stats.js';

const NS_PER_MS = 1_000_000n;
const BLOCK_BYTES = 512;
const PREFERRED_BYTES = 65_536;

/** The questions that all of them answer. */
class OfKind {
  /** Hidden from listings of its members, as in Node's. */
  readonly #kind: FileKind;

  constructor(kind: FileKind) {
    this.#kind = kind;
  }

  isFile(): boolean {
    return this.#kind === 'file';
  }

  isDirectory(): boolean {
    return this.#kind === 'directory';
  }

  isSymbolicLink(): boolean {
    return this.#kind === 'symlink';
  }

  isFIFO(): boolean {
    return this.#kind === 'fifo';
  }

  isSocket(): boolean {
    return this.#kind === 'socket';
  }

  isBlockDevice(): boolean {
    return this.#kind === 'block';
  }

  isCharacterDevice(): boolean {
    return this.#kind === 'character';
  }
}

/** In numbers; the times in milliseconds with a fraction. */
export class FsStats extends OfKind {
  readonly dev = 0;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly blksize = PREFERRED_BYTES;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
  readonly atime: Date;
  readonly mtime: Date;
  readonly ctime: Date;
  readonly birthtime: Date;

  constructor(record: StatRecord) {
    super(record.kind);
    this.ino = record.ino;
    this.mode = record.mode;
    this.nlink = record.nlink;
    this.uid = record.uid;
    this.gid = record.gid;
    this.rdev = record.rdev;
    this.size = record.size;
    this.blocks = Math.ceil(record.size / BLOCK_BYTES);
    this.atimeMs = milliseconds(record.atime);
    this.mtimeMs = milliseconds(record.mtime);
    this.ctimeMs = milliseconds(record.ctime);
    this.birthtimeMs = this.ctimeMs;
    this.atime = new Date(Math.round(this.atimeMs));
    this.mtime = new Date(Math.round(this.mtimeMs));
    this.ctime = new Date(Math.round(this.ctimeMs));
    this.birthtime = new Date(Math.round(this.birthtimeMs));
  }
}

/** In bigints, with nanoseconds. */
export class FsBigIntStats extends OfKind {
  readonly dev = 0n;
  readonly ino: bigint;
  readonly mode: bigint;
  readonly nlink: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly rdev: bigint;
  readonly size: bigint;
  readonly blksize = BigInt(PREFERRED_BYTES);
  readonly blocks: bigint;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;
  readonly atimeMs: bigint;
  readonly mtimeMs: bigint;
  readonly ctimeMs: bigint;
  readonly birthtimeMs: bigint;
  readonly atime: Date;
  readonly mtime: Date;
  readonly ctime: Date;
  readonly birthtime: Date;

  constructor(record: StatRecord) {
    super(record.kind);
    this.ino = BigInt(record.ino);
    this.mode = BigInt(record.mode);
    this.nlink = BigInt(record.nlink);
    this.uid = BigInt(record.uid);
    this.gid = BigInt(record.gid);
    this.rdev = BigInt(record.rdev);
    this.size = BigInt(record.size);
    this.blocks = BigInt(Math.ceil(record.size / BLOCK_BYTES));
    this.atimeNs = nanoseconds(record.atime);
    this.mtimeNs = nanoseconds(record.mtime);
    this.ctimeNs = nanoseconds(record.ctime);
    this.birthtimeNs = this.ctimeNs;
    this.atimeMs = this.atimeNs / NS_PER_MS;
    this.mtimeMs = this.mtimeNs / NS_PER_MS;
    this.ctimeMs = this.ctimeNs / NS_PER_MS;
    this.birthtimeMs = this.ctimeMs;
    this.atime = new Date(Number(this.atimeMs));
    this.mtime = new Date(Number(this.mtimeMs));
    this.ctime = new Date(Number(this.ctimeMs));
    this.birthtime = new Date(Number(this.ctimeMs));
  }
}

export class FsDirent<Name extends string | Buffer = string> extends OfKind {
  readonly name: Name;
  /** The directory that it is in, as it was asked for. */
  readonly parentPath: string;

  constructor(name: Name, parentPath: string, kind: FileKind) {
    super(kind);
    this.name = name;
    this.parentPath = parentPath;
  }

  /** As Node 20 has it too. */
  get path(): string {
    return this.parentPath;
  }
}

/** Node's StatFs; nothing here says what kind of file system it is. */
export class FsStatFs {
  readonly type = 0;
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;

  constructor(record: FilesystemRecord) {
    this.bsize = record.blockSize;
    this.blocks = record.blocks;
    this.bfree = record.blocksFree;
    this.bavail = record.blocksAvailable;
    this.files = record.files;
    this.ffree = record.filesFree;
  }
}

function milliseconds(time: { readonly sec: number; readonly nsec: number }): number {
  return time.sec * 1000 + time.nsec / 1e6;
}
