/**
 * Makes committed batches survive a power cut without a sync on every commit.
 *
 * A descriptor of the `-wal` file is kept open and fdatasync'ed after the COMMIT. The WAL is never replaced while a
 * connection is open (a checkpoint resets it in place, and syncs the database first), so the descriptor stays good.
 * Syncs run in libuv's pool, and callers that ask while one runs share the next one.
 */
import { close, fdatasync, openSync } from 'node:fs';

export class Durability {
  readonly #fd: number;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #syncs = 0;

  /** `walPath` must exist: a WAL database that was written to has one. */
  constructor(walPath: string) {
    this.#fd = openSync(walPath, 'r');
  }

  /** Number of fdatasync calls so far. */
  get syncs(): number {
    return this.#syncs;
  }

  /** Resolves when everything committed before the call is on disk. Rejects with the error of fdatasync(2). */
  sync(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    // The running sync may have begun before the caller's commit: only the one after it counts.
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    this.#syncs += 1;
    const running = new Promise<void>((resolve, reject) => {
      fdatasync(this.#fd, (error) => (error === null ? resolve() : reject(error)));
    });
    this.#running = running;
    const clear = () => {
      if (this.#running === running) this.#running = undefined;
    };
    running.then(clear, clear);
    return running;
  }

  async close(): Promise<void> {
    await this.#running?.catch(() => undefined);
    await new Promise<void>((resolve) => close(this.#fd, () => resolve()));
  }
}
