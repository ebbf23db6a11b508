/**
 * How far a push or a pull is: files and bytes of content, done and in all. Tells of it a few times a second at most.
 *
 * Bytes are those of the files' content, whatever is sent for them: what need not be sent counts as done, so that rate and
 * rest mean what a person sees in the folder.
 */

/** Milliseconds between two tellings. */
const PACE_MS = 100;

export interface Progress {
  readonly files: number;
  readonly totalFiles: number;
  /** Of content. */
  readonly bytes: number;
  readonly totalBytes: number;
}

/** Bytes of a node's content. */
export function contentBytes(state: { readonly kind: string; readonly size: number } | null): number {
  return state?.kind === 'file' ? state.size : 0;
}

export class TransferProgress {
  readonly #tell: (progress: Progress) => void;
  readonly #nowMs: () => number;
  #files = 0;
  #totalFiles = 0;
  #bytes = 0;
  #totalBytes = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(tell: (progress: Progress) => void, nowMs: () => number = () => performance.now()) {
    this.#tell = tell;
    this.#nowMs = nowMs;
  }

  /** More to do than was known. */
  expect(files: number, bytes: number): void {
    this.#totalFiles += files;
    this.#totalBytes += bytes;
    this.#report();
  }

  readonly filesDone = (files: number): void => {
    this.#files += files;
    this.#report();
  };

  readonly bytesDone = (bytes: number): void => {
    this.#bytes += bytes;
    this.#report();
  };

  /** All is done: tells so at once. */
  end(): void {
    this.#toldAt = Number.NEGATIVE_INFINITY;
    this.#report();
  }

  #report(): void {
    // Nothing to do is no progress.
    if (this.#files + this.#totalFiles + this.#bytes + this.#totalBytes === 0) return;
    const now = this.#nowMs();
    if (now - this.#toldAt < PACE_MS) return;
    this.#toldAt = now;
    this.#tell({
      files: this.#files,
      totalFiles: Math.max(this.#files, this.#totalFiles),
      bytes: this.#bytes,
      totalBytes: Math.max(this.#bytes, this.#totalBytes),
    });
  }
}
