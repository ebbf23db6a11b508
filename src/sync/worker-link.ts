/**
 * The sync worker as the owner's main thread has it: started, called, and served with what it asks of this thread.
 *
 * It is loaded and started with the first thing that needs it, so that asking for the status costs neither a thread nor
 * the code that applies a pull. A worker that is gone ends every call that waits, and every round.
 */
import { Worker } from 'node:worker_threads';
import { AgentFsError, type Clock, loadsAhead, systemClock } from '../base/index.js';
import type { Vfs } from '../vfs/index.js';
import { Applier } from './local/apply.js';
import { hostCalls } from './local/host-calls.js';
import { CallPort } from './message-port.js';
import type { LoopState } from './schedule/loop-state.js';
import type { WorkerData } from './steps.js';
import type { SyncReport } from './types.js';
import { countRetry, countSync } from './watch/metrics.js';

/** A worker that was asked to exit and holds a statement that waits for another process's lock takes 5 s. */
const EXIT_MS = 15_000;

/** A run has ended; `asked` where somebody asked for it. */
export interface ReportEvent {
  readonly report: SyncReport;
  readonly asked: boolean;
}

/** What a sync ends with that the end of its owner has overtaken. */
export function syncStopped(): AgentFsError {
  return new AgentFsError('CLOSED', 'sync was stopped: the process that owns the workspace ends', {
    operation: 'sync',
    hint: 'Repeat it: the next one goes on where this one was.',
  });
}

export interface WorkerLinkOptions {
  readonly vfs: Vfs;
  readonly clock: Clock;
  readonly onEvent: (event: string, data: unknown) => void;
  /** It ended without being asked. */
  readonly onGone: (error: AgentFsError) => void;
  /** Told of what went wrong without anybody waiting for it. */
  readonly onError: (error: unknown) => void;
}

export class WorkerLink {
  readonly #options: WorkerLinkOptions;
  readonly #worker: Worker;
  readonly #port: CallPort;
  readonly #unobserve: () => void;
  readonly #exited: Promise<void>;
  readonly #appliers = new Map<number, Applier>();
  #calls = 0;
  #ended = false;

  constructor(options: WorkerLinkOptions) {
    this.#options = options;
    const { vfs, clock } = options;
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: {
        database: vfs.databasePath,
        clockSkewMs: clock === systemClock ? 0 : clock.nowMs() - systemClock.nowMs(),
        loadsAhead: loadsAhead(),
      } satisfies WorkerData,
      name: 'agentfs-sync',
      // The program's own flags (--input-type, -e) are not this file's.
      execArgv: [],
    });
    this.#worker.unref();
    this.#port = new CallPort(
      this.#worker,
      hostCalls((remote) => this.#applier(remote), clock),
      (event, data) => this.#onEvent(event, data),
    );
    this.#worker.once('error', (error) => this.#gone(error));
    this.#worker.once('exit', () => this.#gone(new Error('the sync worker ended')));
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
    this.#unobserve = vfs.onCommit((origin) => this.#tellCommit(origin));
  }

  async call<T>(method: string, ...params: unknown[]): Promise<T> {
    return await this.callUntil(undefined, method, ...params);
  }

  async callUntil<T>(signal: AbortSignal | undefined, method: string, ...params: unknown[]): Promise<T> {
    // The worker alone keeps no process alive; an answer that somebody waits for does.
    this.#calls += 1;
    this.#worker.ref();
    try {
      return await this.#port.callUntil<T>(signal, method, ...params);
    } finally {
      this.#calls -= 1;
      if (this.#calls === 0) this.#worker.unref();
    }
  }

  /** Nothing of a remote that is disabled is applied any more. */
  forget(remote: number): void {
    this.#appliers.get(remote)?.end();
    this.#appliers.delete(remote);
  }

  /**
   * The worker ends itself, between two statements: a thread that is terminated in the middle of a native call of libsql
   * takes the whole process with it. Only one that does not come to its end is terminated.
   */
  async stop(): Promise<void> {
    await this.call('stop').catch(() => undefined);
    this.#port.send('exit', undefined);
    this.#end(syncStopped());
    this.#worker.ref();
    const overdue = setTimeout(() => void this.#worker.terminate(), EXIT_MS);
    await this.#exited;
    clearTimeout(overdue);
  }

  #onEvent(event: string, data: unknown): void {
    if (event === 'report') {
      const { report, asked } = data as ReportEvent;
      this.#count(report.remote, (counts) => countSync(counts, report, asked));
    } else if (event === 'state') {
      const { remote, state } = data as { remote: string; state: LoopState };
      if (state.state === 'offline') this.#count(remote, countRetry);
    }
    this.#options.onEvent(event, data);
  }

  #count(remote: string, count: (counts: string | undefined) => string | undefined): void {
    const { syncState } = this.#options.vfs;
    const row = syncState.remotes().find(({ name }) => name === remote);
    if (row === undefined) return;
    const counts = count(syncState.watching.metrics(row.id));
    if (counts !== undefined) syncState.watching.setMetrics(row.id, counts);
  }

  /** A pull is no news to the remote that it came from. */
  #tellCommit(origin: number): void {
    const remotes = this.#options.vfs.syncState.remotes();
    if (origin !== 0 && remotes.length === 1) return;
    const name = origin === 0 ? '' : (remotes.find((row) => row.id === origin)?.name ?? '');
    this.#port.send('commit', name);
  }

  #gone(cause: Error): void {
    if (this.#ended) return;
    const error = new AgentFsError('INTERNAL', `the sync worker failed: ${cause.message}`, {
      operation: 'sync',
      hint: 'Try again: the next sync goes on where this one was. If it fails again, restart the owner: agentfs stop WORKSPACE.',
      cause,
    });
    this.#end(error);
    this.#options.onGone(error);
  }

  /** The worker is gone, in the middle of a round or not. */
  #end(reason: AgentFsError): void {
    this.#ended = true;
    this.#unobserve();
    for (const applier of this.#appliers.values()) {
      try {
        applier.end();
      } catch (error) {
        this.#options.onError(error);
      }
    }
    this.#port.close(reason);
  }

  #applier(remote: number): Applier {
    let applier = this.#appliers.get(remote);
    if (applier === undefined) {
      applier = new Applier(this.#options.vfs, remote, { trustPrivileges: false });
      this.#appliers.set(remote, applier);
    }
    return applier;
  }
}
