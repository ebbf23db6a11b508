/**
 * A workspace's sync status as it changes: one line that is redrawn on a terminal, else a line for each change of
 * anything but the time of the last sync (an idle workspace syncs, too, and fills no log).
 *
 * It hears of changes by events and looks again every LOOK_MS, so that a change without an event is seen too. An owner
 * that has gone ends nothing: the line says so.
 */
import type { SyncStatus, Workspace } from '../sdk/typescript/index.js';
import type { Output } from './output.js';
import { renderSyncLine } from './render/sync-status.js';
import { printable } from './render/table.js';

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
  #stopListening: (() => void) | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(output: Output, workspace: Workspace, remote: string) {
    this.#output = output;
    this.#workspace = workspace;
    this.#remote = remote;
  }

  begin(): void {
    this.#stopListening = this.#workspace.sync.on('status', (status) => {
      if (status.remote === this.#remote) this.#show(status);
    });
    const look = (): void => {
      this.#looking = this.#look();
    };
    this.#timer = setInterval(look, LOOK_MS);
    look();
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopListening?.();
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

  #show(status: SyncStatus): void {
    const { palette, json } = this.#output;
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
