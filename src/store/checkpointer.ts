/**
 * Moves the WAL into the database on a thread of its own, so that whoever is served does not wait for the disk: of writing
 * a large file, the two fsyncs and the second copy of a checkpoint took most of the time.
 *
 * The thread is started when a WAL has grown long, so most workspaces never have one. SQLite's own checkpoint at a commit
 * stays as what bounds the WAL where this one is too slow or fails (`database.ts`). Constraint: the thread uses the same
 * copy of SQLite as this one; closing another's connection would drop this one's locks.
 */
import { Worker } from 'node:worker_threads';
import { CHECKPOINT_BYTES } from './database.js';

/** After a checkpoint that a reader held back, or that the writer outran: how much longer the WAL gets before the next. */
const STEP_BYTES = 16 * 1024 * 1024;
/** The longest time that `waitForEnd` waits, milliseconds. */
const LONGEST_WAIT_MS = 5000;

export const IDLE = 0;
const RUNNING = 1;
/** The thread has died: SQLite's own checkpoints take over. */
const BROKEN = 2;

export interface CheckpointWorkerData {
  readonly path: string;
  /** One of IDLE, RUNNING, BROKEN. */
  readonly state: Int32Array<SharedArrayBuffer>;
}

export interface CheckpointResult {
  /** The whole WAL is in the database. */
  readonly whole: boolean;
}

export class Checkpointer {
  readonly #path: string;
  readonly #state = new Int32Array(new SharedArrayBuffer(4));
  #worker: Worker | undefined;
  #ended: Promise<void> | undefined;
  /** Bytes of WAL at which the next checkpoint begins. */
  #next = CHECKPOINT_BYTES;

  constructor(databasePath: string) {
    this.#path = databasePath;
  }

  /** After a commit that left a WAL of so many bytes: begins a checkpoint where that is long. */
  committed(walBytes: number): void {
    if (Atomics.load(this.#state, 0) !== IDLE) return;
    if (walBytes < this.#next) {
      // It has begun anew.
      if (walBytes < CHECKPOINT_BYTES) this.#next = CHECKPOINT_BYTES;
      return;
    }
    this.#next = walBytes + STEP_BYTES;
    Atomics.store(this.#state, 0, RUNNING);
    try {
      this.#worker ??= this.#start();
      this.#worker.postMessage('checkpoint');
    } catch {
      // No thread can be made: the commit that this follows is none the worse for it.
      Atomics.store(this.#state, 0, IDLE);
    }
  }

  /** Blocks until the running checkpoint is over, for one who needs the room that it holds. */
  waitForEnd(): void {
    Atomics.wait(this.#state, 0, RUNNING, LONGEST_WAIT_MS);
  }

  /** Resolves when the thread has closed its connection. */
  async close(): Promise<void> {
    // Nothing else may keep this process alive until it has ended.
    this.#worker?.ref();
    this.#worker?.postMessage('end');
    await this.#ended;
  }

  #start(): Worker {
    const workerData: CheckpointWorkerData = { path: this.#path, state: this.#state };
    const worker = new Worker(new URL('./checkpoint-worker.js', import.meta.url), {
      workerData,
      // The program's own flags (--input-type, -e) are not this file's.
      execArgv: [],
    });
    worker.on('message', ({ whole }: CheckpointResult) => {
      if (whole) this.#next = CHECKPOINT_BYTES;
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      // One that could not be started for want of descriptors or memory may be started later.
      const isStarted = error.code !== 'ERR_WORKER_INIT_FAILED';
      if (!isStarted) this.#worker = undefined;
      Atomics.store(this.#state, 0, isStarted ? BROKEN : IDLE);
    });
    this.#ended = new Promise((resolve) => worker.once('exit', () => resolve()));
    worker.unref();
    return worker;
  }
}
