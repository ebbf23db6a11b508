/**
 * What a run tells of its progress; where the remote does not answer, with the time left until the request is given up.
 */
import type { Progress } from '../round/transfer-progress.js';
import type { SyncProgress } from '../types.js';

/** A request that takes longer is told of. */
const TOLD_AFTER_MS = 1000;

/** All but the remote's name, which the loop's owner knows. */
export type LoopProgress = Omit<SyncProgress, 'remote'>;

const NONE: LoopProgress = { phase: 'pull', done: 0, total: 0, bytes: 0, totalBytes: 0 };

export class ProgressWatch {
  readonly #tell: (progress: LoopProgress) => void;
  /** What was told last of the run under way. */
  #last = NONE;
  /** Called before the first thing is told, once. */
  onFirst: (() => void) | undefined;

  constructor(tell: (progress: LoopProgress) => void) {
    this.#tell = (progress) => {
      this.first();
      tell(progress);
    };
  }

  /** There is something to tell. */
  first(): void {
    this.onFirst?.();
    this.onFirst = undefined;
  }

  readonly onProgress = (phase: SyncProgress['phase'], progress: Progress): void => {
    const { files, totalFiles, bytes, totalBytes } = progress;
    this.#last = { phase, done: files, total: totalFiles, bytes, totalBytes };
    this.#tell(this.#last);
  };

  /** `waitingMs` tells how long the remote has not answered, `limitMs` is how long a request may take. */
  async during<T>(waitingMs: () => number, limitMs: number, work: () => Promise<T>): Promise<T> {
    this.#last = NONE;
    const timer = setInterval(() => {
      const waited = waitingMs();
      if (waited < TOLD_AFTER_MS) return;
      this.#tell({ ...this.#last, timeLeftMs: Math.max(0, limitMs - waited) });
    }, TOLD_AFTER_MS);
    timer.unref();
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }
}
