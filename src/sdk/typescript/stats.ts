/**
 * What stat returns: the record, with the questions that Node's own Stats answers, and times to the nanosecond.
 */
import type { Timespec } from '../../base/index.js';
import type { FileKind, StatRecord } from './service.js';

export class Stats {
  readonly #record: StatRecord;
  readonly ino: number;
  readonly kind: FileKind;
  /** Type and permission bits. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  /** Bytes. */
  readonly size: number;
  /** Nanoseconds since the epoch. */
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;

  constructor(record: StatRecord) {
    this.#record = record;
    this.ino = record.ino;
    this.kind = record.kind;
    this.mode = record.mode;
    this.nlink = record.nlink;
    this.uid = record.uid;
    this.gid = record.gid;
    this.rdev = record.rdev;
    this.size = record.size;
    this.atimeNs = nanoseconds(record.atime);
    this.mtimeNs = nanoseconds(record.mtime);
    this.ctimeNs = nanoseconds(record.ctime);
  }

  get atime(): Date {
    return new Date(this.atimeMs);
  }

  get mtime(): Date {
    return new Date(this.mtimeMs);
  }

  get ctime(): Date {
    return new Date(this.ctimeMs);
  }

  /** Milliseconds since the epoch, fractional. */
  get atimeMs(): number {
    return Number(this.atimeNs) / 1e6;
  }

  get mtimeMs(): number {
    return Number(this.mtimeNs) / 1e6;
  }

  get ctimeMs(): number {
    return Number(this.ctimeNs) / 1e6;
  }

  /** The plain record, times as seconds and nanoseconds. */
  toJSON(): StatRecord {
    return this.#record;
  }

  isFile(): boolean {
    return this.kind === 'file';
  }

  isDirectory(): boolean {
    return this.kind === 'directory';
  }

  isSymbolicLink(): boolean {
    return this.kind === 'symlink';
  }
}

export function nanoseconds(time: Timespec): bigint {
  return BigInt(time.sec) * 1_000_000_000n + BigInt(time.nsec);
}

/** A time as callers give it (a Date, or seconds since the epoch as Node's utimes takes) as seconds and nanoseconds. */
export function timespecOf(time: Date | number | bigint | Timespec): Timespec {
  if (typeof time === 'object' && 'sec' in time) return time;
  const ns =
    typeof time === 'bigint'
      ? time
      : typeof time === 'number'
        ? BigInt(Math.round(time * 1e6)) * 1000n
        : BigInt(time.getTime()) * 1_000_000n;
  const nsec = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return { sec: Number((ns - nsec) / 1_000_000_000n), nsec: Number(nsec) };
}
