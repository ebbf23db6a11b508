/**
 * Failing system calls and a shifted clock for one agent's processes, by LD_PRELOAD (`faults.c`), switched while they run.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './children.mjs';

const SOURCE = join(import.meta.dirname, 'faults.c');
/** As `struct control` has it. */
const BYTES = 32;
const WHAT = { writes: 1, syncs: 2, reads: 4 };
export const ERRNO = { EIO: 5, ENOSPC: 28 };

export class Faults {
  #file;
  #fd;
  #library;

  /** Compiles the library into `folder`. Throws a Problem where there is no compiler. */
  static async make(folder) {
    const faults = new Faults();
    faults.#library = join(folder, 'faults.so');
    faults.#file = join(folder, 'faults');
    await run('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-o', faults.#library, SOURCE, '-ldl']);
    faults.#fd = openSync(faults.#file, 'w+');
    writeSync(faults.#fd, Buffer.alloc(BYTES), 0, BYTES, 0);
    return faults;
  }

  /** For the environment of the agent. */
  get env() {
    return { LD_PRELOAD: this.#library, AGENTFS_FAULTS: this.#file };
  }

  /** After `pass` calls of these kinds on the database, `left` of them fail (all, where it is not given). */
  fail(kinds, { error, pass = 0, left = -1 }) {
    const bits = kinds.reduce((sum, kind) => sum | WHAT[kind], 0);
    // The bits last: what they mean must be there.
    this.#set(0, 0);
    this.#set(4, ERRNO[error], pass, left, 0);
    this.#set(0, bits);
  }

  /** Returns how many calls have failed. */
  stop() {
    this.#set(0, 0);
    const bytes = Buffer.alloc(4);
    readSync(this.#fd, bytes, 0, 4, 16);
    return bytes.readInt32LE();
  }

  /** Seconds that the clock of the day goes before the machine's. */
  shiftClock(seconds) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(seconds));
    writeSync(this.#fd, bytes, 0, 8, 24);
  }

  close() {
    closeSync(this.#fd);
  }

  #set(offset, ...numbers) {
    const bytes = Buffer.alloc(4 * numbers.length);
    numbers.forEach((number, i) => {
      bytes.writeInt32LE(number, 4 * i);
    });
    writeSync(this.#fd, bytes, 0, bytes.length, offset);
  }
}
