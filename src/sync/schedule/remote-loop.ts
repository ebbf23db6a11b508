/**
 * One remote's life in the worker: when to sync, and what state it is in.
 *
 * Runs never overlap: what is asked for while one runs is answered by the next, and requests of the same kind share it.
 * real-time syncs shortly after a local commit (debounced, but never put off for ever) and on the server's hint; where
 * there are no hints it polls. periodic syncs at its interval. manual only when asked. This is the one place that
 * retries: failures of the network with backoff, a wrong token not before something changes.
 */
import { hostname } from 'node:os';
import { AgentFsError, type Clock } from '../../base/index.js';
import type { StoreReader } from '../../store/index.js';
import {
  openRemote,
  type RemoteStatistics,
  type RemoteWorkspace,
  retryAfterMs,
  type Subscription,
} from '../remote/index.js';
import { type RoundOptions, type RoundResult, runRound } from '../round/round.js';
import type { SyncHost } from '../steps.js';
import type { SyncConfig, SyncReport, SyncState } from '../types.js';
import { Backoff } from './backoff.js';

/** Wait after a local commit, and at most so long while commits keep coming, milliseconds. */
const DEBOUNCE_MS = 10;
const DEBOUNCE_LIMIT_MS = 250;
/** With hints from the server, a look at the head now and then all the same. */
const POLL_WITH_HINTS_MS = 30_000;
const POLL_FIRST_MS = 500;
const POLL_LAST_MS = 5_000;
const HEARTBEAT_MS = 60_000;
/** Rounds of one run before it gives up chasing a remote that keeps moving. */
const ROUND_LIMIT = 20;

export interface LoopSettings {
  readonly remoteName: string;
  readonly workspace: string;
  readonly url: string;
  readonly token: string | undefined;
  readonly agent: string;
  readonly config: SyncConfig;
}

export interface LoopState {
  readonly state: SyncState;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
  readonly lastSyncMs?: number;
}

export interface LoopPorts {
  readonly reader: StoreReader;
  readonly host: SyncHost;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onState: (state: LoopState) => void;
  readonly onReport: (report: SyncReport) => void;
  readonly onProgress: (progress: { phase: string; done: number; total: number; bytes: number }) => void;
  /** Runs of different remotes share the reader, so they take turns. */
  readonly exclusive: <T>(run: () => Promise<T>) => Promise<T>;
}

interface Wanted extends RoundOptions {
  readonly timeoutMs?: number;
}

export class RemoteLoop {
  #settings: LoopSettings;
  readonly #ports: LoopPorts;
  readonly #backoff: Backoff;
  #remote: RemoteWorkspace | undefined;
  #subscription: Subscription | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #busy = false;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #firstDirtyAt = 0;
  #pollMs = POLL_FIRST_MS;
  #heartbeatAt = 0;
  #scheduled = false;
  #stopped = false;

  constructor(settings: LoopSettings, ports: LoopPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#backoff = new Backoff(ports.random);
  }

  /** Begins the schedule of the mode. */
  start(): void {
    this.#scheduled = true;
    if (this.#settings.config.mode !== 'manual') this.#wake(0);
  }

  configure(settings: LoopSettings): void {
    const { url, token, config } = this.#settings;
    const reconnect =
      url !== settings.url ||
      token !== settings.token ||
      config.timeout !== settings.config.timeout ||
      config.compression !== settings.config.compression;
    this.#settings = settings;
    if (reconnect) this.#disconnect();
    this.#backoff.reset();
    this.#clearTimer();
    if (this.#scheduled) this.start();
  }

  /** The workspace was committed to by somebody here, or by another remote's pull. */
  localCommit(): void {
    if (!this.#scheduled || this.#settings.config.mode !== 'real-time' || this.#backoff.failures > 0) return;
    const now = performance.now();
    if (this.#firstDirtyAt === 0) this.#firstDirtyAt = now;
    this.#wake(Math.max(0, Math.min(DEBOUNCE_MS, this.#firstDirtyAt + DEBOUNCE_LIMIT_MS - now)), true);
  }

  /** Runs once, after what runs now. Rejects with what it failed with. */
  run(wanted: Wanted): Promise<SyncReport> {
    const run = this.#running.then(() => this.#ports.exclusive(() => this.#sync(wanted)));
    this.#running = run.catch(() => undefined);
    return run;
  }

  async stop(options: { readonly flush: boolean }): Promise<void> {
    this.#scheduled = false;
    this.#clearTimer();
    if (options.flush && this.#settings.config.mode !== 'manual') {
      await this.run({ push: true, pull: false, dryRun: false }).catch(() => undefined);
    }
    this.#stopped = true;
    await this.#running;
    this.#disconnect();
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Runs the schedule in `delayMs`, or earlier where it is due earlier; `later` may also put it off. */
  #wake(delayMs: number, later = false): void {
    if (this.#stopped) return;
    const at = performance.now() + delayMs;
    if (this.#timer !== undefined && !later && this.#dueAt <= at) return;
    this.#clearTimer();
    this.#dueAt = at;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#tick();
    }, delayMs);
  }

  async #tick(): Promise<void> {
    if (this.#busy || !this.#scheduled) return;
    this.#busy = true;
    this.#firstDirtyAt = 0;
    const dueBefore = performance.now();
    let waitMs: number;
    try {
      const report = await this.run({ push: true, pull: true, dryRun: false });
      this.#backoff.reset();
      waitMs = await this.#nextLook(report);
    } catch (error) {
      const stays =
        error instanceof AgentFsError && (error.code === 'REMOTE_AUTH' || error.code === 'SYNC_BRAKE');
      waitMs = stays ? POLL_WITH_HINTS_MS * 10 : this.#backoff.next(retryAfterMs(error));
    }
    this.#busy = false;
    if (!this.#scheduled) return;
    // A commit or a hint that came during the run has set a timer of its own, which could not run.
    if (this.#firstDirtyAt > dueBefore) waitMs = Math.min(waitMs, DEBOUNCE_MS);
    if (this.#hinted) waitMs = 0;
    this.#hinted = false;
    this.#wake(waitMs);
  }

  #hinted = false;

  #hint(): void {
    if (this.#busy) this.#hinted = true;
    else this.#wake(0);
  }

  async #nextLook(report: SyncReport): Promise<number> {
    const { mode, interval } = this.#settings.config;
    if (mode === 'periodic') return interval * 1000;
    if (mode === 'manual') return 0x7fffffff;
    await this.#subscribe();
    if (this.#subscription?.available === true) return POLL_WITH_HINTS_MS;
    this.#pollMs = report.pulled > 0 ? POLL_FIRST_MS : Math.min(POLL_LAST_MS, this.#pollMs * 1.5);
    return this.#pollMs;
  }

  async #subscribe(): Promise<void> {
    if (this.#subscription?.available === true || this.#remote === undefined) return;
    const subscription = await this.#remote.listen(() => this.#hint()).catch(() => undefined);
    this.#subscription = subscription;
    if (subscription?.available !== true) return;
    void subscription.ended.then(() => {
      if (this.#subscription === subscription) this.#subscription = undefined;
      // What was committed between the last event and now would be missed otherwise.
      if (!this.#stopped) this.#wake(POLL_FIRST_MS);
    });
    // A commit may have come between the last look and the subscription.
    this.#hinted = true;
  }

  #disconnect(): void {
    if (this.#subscription?.available === true) this.#subscription.stop();
    this.#subscription = undefined;
    this.#remote?.close();
    this.#remote = undefined;
  }

  async #connect(): Promise<RemoteWorkspace> {
    if (this.#remote !== undefined) return this.#remote;
    const { url, token, workspace, agent, config } = this.#settings;
    const remote = openRemote({
      url,
      workspace,
      agent,
      timeoutMs: config.timeout * 1000,
      compression: config.compression,
      ...(token === undefined ? {} : { token }),
    });
    try {
      const identity = await remote.ensure();
      this.#checkIdentity(identity);
    } catch (error) {
      remote.close();
      throw error;
    }
    this.#remote = remote;
    return remote;
  }

  /** A workspace of that name, but another one: nothing of what is remembered is true of it. */
  #checkIdentity(identity: { readonly incarnation: string; readonly revision: number }): void {
    const known = this.#ports.reader.remote(this.#settings.remoteName);
    if (known === undefined || known.incarnation === '') return;
    const replaced = known.incarnation !== identity.incarnation;
    if (!replaced && identity.revision >= known.cursor) return;
    throw new AgentFsError(
      'SYNC_BRAKE',
      replaced
        ? `the remote's workspace '${this.#settings.workspace}' is not the one this was synced with: it was made anew`
        : `the remote is at revision ${identity.revision}, this workspace has seen ${known.cursor}: it was rolled back`,
      {
        operation: 'sync',
        hint: 'Nothing was changed. Disable sync and enable it again to join both sides without a common past.',
      },
    );
  }

  async #sync(wanted: Wanted): Promise<SyncReport> {
    const { clock, onState } = this.#ports;
    const startedMs = performance.now();
    onState({ state: 'syncing' });
    try {
      const remote = await this.#connect();
      const before = remote.statistics();
      const result = await this.#rounds(remote, wanted);
      const report = this.#report(result, { before, after: remote.statistics(), startedMs });
      const pending = result.conflicts.filter((conflict) => conflict.winner === undefined).length;
      onState({ state: pending > 0 ? 'conflicts' : 'synced', lastSyncMs: clock.nowMs() });
      this.#ports.onReport(report);
      this.#heartbeat(remote, result.revision);
      return report;
    } catch (error) {
      onState(failureState(error));
      throw error;
    }
  }

  async #rounds(remote: RemoteWorkspace, wanted: Wanted): Promise<RoundResult> {
    const { reader, host, clock, onProgress } = this.#ports;
    const { remoteName, agent, config } = this.#settings;
    let pushed = 0;
    let pulled = 0;
    const decided: RoundResult['conflicts'][number][] = [];
    for (let round = 1; ; round += 1) {
      const result = await runRound(
        {
          reader,
          host,
          remote,
          remoteName,
          agent,
          config,
          clock,
          progress: (phase, done, total, bytes) => onProgress({ phase, done, total, bytes }),
        },
        wanted,
      );
      pushed += result.pushed;
      pulled += result.pulled;
      if (result.settled) {
        return { ...result, pushed, pulled, conflicts: [...decided, ...result.conflicts] };
      }
      decided.push(...result.conflicts.filter((conflict) => conflict.winner !== undefined));
      if (round === ROUND_LIMIT) {
        throw new AgentFsError('SYNC_BUSY', 'the remote changed faster than this agent could follow', {
          operation: 'sync',
          hint: 'Nothing is lost. Sync again.',
        });
      }
    }
  }

  #report(
    result: RoundResult,
    of: { readonly before: RemoteStatistics; readonly after: RemoteStatistics; readonly startedMs: number },
  ): SyncReport {
    const { before, after, startedMs } = of;
    return {
      remote: this.#settings.remoteName,
      revision: result.revision,
      pushed: result.pushed,
      pulled: result.pulled,
      bytesSent: after.bytesSent - before.bytesSent,
      bytesReceived: after.bytesReceived - before.bytesReceived,
      roundTrips: after.roundTrips - before.roundTrips,
      rowsWritten: after.rowsWritten - before.rowsWritten,
      chunksSent: after.chunksSent - before.chunksSent,
      chunksReused: after.chunksReused - before.chunksReused,
      durationMs: Math.round(performance.now() - startedMs),
      conflicts: result.conflicts,
    };
  }

  /** Says that this agent lives; that it fails is no failure of the sync. */
  #heartbeat(remote: RemoteWorkspace, revision: number): void {
    const now = performance.now();
    if (this.#stopped || !this.#scheduled || now < this.#heartbeatAt) return;
    this.#heartbeatAt = now + HEARTBEAT_MS;
    remote.heartbeat({ host: hostname(), revision }).catch(() => undefined);
  }
}

function failureState(error: unknown): LoopState {
  if (!(error instanceof AgentFsError)) {
    return { state: 'error', error: { code: 'INTERNAL', message: String(error) } };
  }
  const state: SyncState =
    error.code === 'REMOTE_UNREACHABLE' ? 'offline' : error.code === 'REMOTE_AUTH' ? 'auth' : 'error';
  return {
    state,
    error: {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    },
  };
}
