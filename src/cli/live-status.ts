/**
 * A workspace's sync status as it changes: one line that is redrawn on a terminal, else a line for each change of
 * anything but the time of the last sync (an idle workspace syncs, too, and fills no log).
 *
 * It hears of changes by events and looks again every LOOK_MS, so that a change without an event is seen too. An owner
 * that has gone ends nothing: the line says so. A push or pull that goes on (the first one of a filled remote most of all)
 * has the line for its progress meanwhile.
 */
import type { SyncProgress, SyncStatus, Workspace } from '../sdk/typescript/index.js';
import type { Output } from './output.js';
import { renderSyncLine } from './render/sync-status.js';
import { printable } from './render/table.js';
import { renderTransferLine, SHOWN_AFTER_MS, TransferRate } from './render/transfer.js';

const LOOK_MS = 2000;
/** Return to the line's beginning and erase it (ECMA-48 EL). */
const REDRAW = '\r\u001b[2K';

export class LiveStatus {
  readonly #output: Output;
  readonly #workspace: Workspace;
  readonly #remote: string;
  /** What the shown line stands for. */
  #shown = '';
  #timer: NodeJS.Timeout | undefined;
  readonly #stopListening: (() => void)[] = [];
  readonly #rate = new TransferRate();
  /** The push or pull under way: which, since when, and when it was told of last. */
  #transfer: { readonly phase: SyncProgress['phase']; readonly beganAt: number; toldAt: number } | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(output: Output, workspace: Workspace, remote: string) {
    this.#output = output;
    this.#workspace = workspace;
    this.#remote = remote;
  }

  begin(): void {
    const { sync } = this.#workspace;
    this.#stopListening.push(
      sync.on('status', (status) => {
        if (status.remote === this.#remote) this.#show(status);
      }),
    );
    if (this.#redraws) {
      this.#stopListening.push(
        sync.on('progress', (progress) => {
          if (progress.remote === this.#remote) this.#showProgress(progress);
        }),
      );
    }
    const look = (): void => {
      this.#looking = this.#look();
    };
    this.#timer = setInterval(look, LOOK_MS);
    look();
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    for (const stop of this.#stopListening) stop();
    await this.#looking;
    if (this.#redraws) this.#output.raw('\n');
  }

  get #redraws(): boolean {
    return this.#output.isTerminal && !this.#output.json;
  }

  async #look(): Promise<void> {
    try {
      this.#show(await this.#workspace.sync.status(this.#remote));
    } catch (error) {
      this.#print(printable((error as Error).message));
    }
  }

  #showProgress(progress: SyncProgress): void {
    const now = performance.now();
    if (this.#transfer?.phase !== progress.phase || now - this.#transfer.toldAt > LOOK_MS) {
      this.#rate.reset();
      this.#transfer = { phase: progress.phase, beganAt: now, toldAt: now };
    }
    this.#transfer.toldAt = now;
    const bytesPerSecond = this.#rate.see(progress.bytes, now);
    if (now - this.#transfer.beganAt < SHOWN_AFTER_MS) return;
    this.#print(renderTransferLine(progress, bytesPerSecond, this.#output.columns - 1));
  }

  #show(status: SyncStatus): void {
    const { palette, json } = this.#output;
    if (status.syncStatus !== 'syncing') this.#transfer = undefined;
    // It says more than that something goes on.
    else if (this.#transfer !== undefined && performance.now() - this.#transfer.toldAt < LOOK_MS) return;
    const line = json ? JSON.stringify(status) : renderSyncLine(status, palette);
    this.#print(line, this.#redraws ? line : renderSyncLine({ ...status, lastSync: null }, palette));
  }

  #print(line: string, meaning = line): void {
    if (meaning === this.#shown) return;
    this.#shown = meaning;
    if (this.#redraws) this.#output.raw(`${REDRAW}${line}`);
    else if (this.#output.json || !this.#output.quiet) this.#output.raw(`${line}\n`);
  }
}
