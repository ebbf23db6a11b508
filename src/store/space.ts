/**
 * Knows whether the disk under the database can take what is acknowledged before it is written.
 *
 * Group commit answers a write before SQLite has it, so ENOSPC must be found at the write itself, not at the commit.
 * A byte is written to the WAL, and at a checkpoint again to the database, unless that has a free page for it; so what
 * is granted fits the disk twice, or once where the database has room inside. What the WAL already holds is still to
 * come to the database, and is counted too. The disk is asked (statfs) when the last answer is used up, and after each
 * commit. On a nearly full disk commits must be small: one that does not fit the WAL can never go through, and with it
 * no deletion that is to make room.
 */
import { statfsSync } from 'node:fs';

/** Kept free by growth of the database, bytes: for the metadata of a batch, and so that deleting always works. */
const RESERVE_BYTES = 4 * 1024 * 1024;
/** Kept free by a WAL whose bytes find room inside the database: it is truncated at the next checkpoint. */
const WAL_RESERVE_BYTES = 1024 * 1024;
/** A granted budget is at most this large, so that other writers of the same disk are noticed. */
const LARGEST_GRANT_BYTES = 256 * 1024 * 1024;
/** Below this much free, commits are kept small. */
const TIGHT_BYTES = 64 * 1024 * 1024;
/** What one change may add to the WAL: a few pages that it touches alone. */
const WAL_BYTES_OF_A_CHANGE = 64 * 1024;

export interface DiskSpace {
  /** Bytes available to this user on the file system that holds the database. */
  availableBytes(): number;
  totalBytes(): number;
}

/** What the database has to say about room. */
export interface DatabaseSpace {
  /** Pages of the database that hold nothing, bytes. */
  freeBytes(): number;
  /** Size of the WAL file: at most this must still go into the database. */
  walBytes(): number;
}

export function diskSpaceOf(directory: string): DiskSpace {
  return {
    availableBytes: () => {
      const s = statfsSync(directory);
      return s.bavail * s.bsize;
    },
    totalBytes: () => {
      const s = statfsSync(directory);
      return s.blocks * s.bsize;
    },
  };
}

export class SpaceBudget {
  readonly #disk: DiskSpace;
  readonly #database: DatabaseSpace;
  #leftBytes = 0;
  #freeBytes: number;

  constructor(disk: DiskSpace, database: DatabaseSpace) {
    this.#disk = disk;
    this.#database = database;
    this.#freeBytes = disk.availableBytes();
  }

  /** The most changes that one commit should have. */
  get largestCommit(): number {
    if (this.#freeBytes >= TIGHT_BYTES) return Number.POSITIVE_INFINITY;
    return Math.max(16, Math.floor(this.#freeBytes / 2 / WAL_BYTES_OF_A_CHANGE));
  }

  /**
   * Takes `bytes` from the budget; false when the disk cannot hold them. `pendingBytes` are acknowledged and not yet
   * written: they come out of what is free.
   */
  take(bytes: number, pendingBytes: number): boolean {
    if (bytes <= this.#leftBytes) {
      this.#leftBytes -= bytes;
      return true;
    }
    const grant = this.#grant(pendingBytes);
    this.#leftBytes = Math.max(0, grant - bytes);
    return bytes <= grant;
  }

  /** Forgets the last answer: after a failed write, or when something was deleted. */
  reset(): void {
    this.#leftBytes = 0;
  }

  /** After a commit: the disk is as it is now, whatever was guessed before. */
  committed(): void {
    this.#freeBytes = this.#disk.availableBytes();
    if (this.#freeBytes < LARGEST_GRANT_BYTES) this.#leftBytes = 0;
  }

  #grant(pendingBytes: number): number {
    const free = this.#disk.availableBytes();
    this.#freeBytes = free;
    const inside = this.#database.freeBytes() - this.#database.walBytes();
    const withoutGrowth = inside;
    const withGrowth = Math.floor((free - RESERVE_BYTES + inside) / 2);
    const fits = Math.min(free - WAL_RESERVE_BYTES, Math.max(withoutGrowth, withGrowth));
    return Math.min(LARGEST_GRANT_BYTES, fits - pendingBytes);
  }
}
