/**
 * Knows whether the disk under the database can take what is acknowledged before it is written.
 *
 * Group commit answers a write before SQLite has it, so ENOSPC must be found at the write itself, not at the commit.
 * The free space is asked for (statfs) only when the last answer is used up or old; a reserve is kept for the metadata
 * of the batch and because a byte stands in the WAL and, after a checkpoint, in the database.
 */
import { statfsSync } from 'node:fs';

/** Kept free at all times, bytes. */
const RESERVE_BYTES = 4 * 1024 * 1024;
/** A granted budget is at most this large, so that other writers of the same disk are noticed. */
const LARGEST_GRANT_BYTES = 256 * 1024 * 1024;
/** A byte is written to the WAL, and again to the database at the checkpoint. */
const WRITE_AMPLIFICATION = 2;

export interface DiskSpace {
  /** Bytes available to this user on the file system that holds the database. */
  availableBytes(): number;
  totalBytes(): number;
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
  #leftBytes = 0;

  constructor(disk: DiskSpace) {
    this.#disk = disk;
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
    const free = this.#disk.availableBytes() - RESERVE_BYTES;
    const grant = Math.min(LARGEST_GRANT_BYTES, Math.floor(free / WRITE_AMPLIFICATION) - pendingBytes);
    this.#leftBytes = Math.max(0, grant - bytes);
    return bytes <= grant;
  }

  /** Forgets the last answer: after a failed write, or when something was deleted. */
  reset(): void {
    this.#leftBytes = 0;
  }
}
