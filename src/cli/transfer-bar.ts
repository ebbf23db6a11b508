/**
 * How far a push or a pull is, as one line on a terminal's stderr: files, bytes, rate, time left. Nothing where stderr is
 * no terminal, with --json or -q; nothing for what is over at once.
 */
import type { SingleBar } from 'cli-progress';
import type { SyncProgress, Workspace } from '../sdk/typescript/index.js';
import type { Output } from './output.js';
import {
  BAR_WIDTH,
  describeTransfer,
  percentOf,
  phaseWord,
  SHOWN_AFTER_MS,
  TransferRate,
} from './render/transfer.js';

export class TransferBar {
  readonly #output: Output;
  readonly #rate = new TransferRate();
  #library: { readonly SingleBar: typeof SingleBar } | undefined;
  #bar: SingleBar | undefined;
  #phase: SyncProgress['phase'] | undefined;
  #beganAt = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Shows the progress of `remote` while `work` goes on. */
  async during<T>(workspace: Workspace, remote: string, work: () => Promise<T>): Promise<T> {
    if (!this.#output.showsProgress) return await work();
    // Most commands show none, and loading it takes longer than many of them.
    this.#library = (await import('cli-progress')).default;
    this.#beganAt = performance.now();
    const stop = workspace.sync.on('progress', (progress) => {
      if (progress.remote === remote) this.#show(progress);
    });
    try {
      return await work();
    } finally {
      stop();
      this.#bar?.stop();
    }
  }

  #show(progress: SyncProgress): void {
    const now = performance.now();
    const library = this.#library;
    if (library === undefined || now - this.#beganAt < SHOWN_AFTER_MS) return;
    if (this.#phase !== progress.phase) this.#rate.reset();
    this.#phase = progress.phase;
    const bytesPerSecond = this.#rate.see(progress.bytes, now);
    const percent = percentOf(progress);
    const text = describeTransfer(progress, bytesPerSecond);
    if (this.#bar === undefined) {
      this.#bar = new library.SingleBar({
        stream: process.stderr,
        format: '{phase} [{bar}] {percent}% {text}',
        barsize: BAR_WIDTH,
        barCompleteChar: '=',
        barIncompleteChar: ' ',
        hideCursor: true,
        clearOnComplete: true,
        gracefulExit: true,
        linewrap: false,
        fps: 10,
      });
      this.#bar.start(100, percent, { phase: phaseWord(progress), percent, text });
    } else this.#bar.update(percent, { phase: phaseWord(progress), percent, text });
  }
}
