/**
 * One remote's life in the worker: when to sync, and what state it is in.
 *
 * Runs never overlap: what is asked for while one runs is answered by the next. real-time syncs right after a local
 * commit and on the server's hint, and polls where there are no hints; periodic syncs at its interval; manual only when
 * asked. This is the one place that retries: failures of the network with backoff; a wrong token and a brake wait until
 * something is changed or asked for.
 */
import { randomUUID } from 'node:crypto';
import { AgentFsError, type Clock, systemTimers, type Timers } from '../../base/index.js';
import type { StoreReader } from '../../store/index.js';
import { DeletionWatch } from '../brakes/index.js';
import { pushKept } from '../history/push-kept.js';
import type { QuestionParts } from '../history/question.js';
import {
  isBusyServer,
  isReadOnlyToken,
  type RemoteOptions,
  type RemoteWorkspace,
  readOnlyToken,
  retryAfterMs,
} from '../remote/index.js';
import type { RoundOptions } from '../round/context.js';
import { runRound } from '../round/round.js';
import type { RoundResult } from '../round/round-result.js';
import type { SyncHost } from '../steps.js';
import type { SyncReport } from '../types.js';
import { sendAudit } from '../watch/send-audit.js';
import { Backoff } from './backoff.js';
import { Concern } from './concern.js';
import { Echoes } from './echoes.js';
import { Errands } from './errands.js';
import { codeOf, failureState, isHalting } from './failure-state.js';
import type { LoopState } from './loop-state.js';
import { PendingChoices, type ResolveRun } from './pending-choices.js';
import { type LoopProgress, ProgressWatch } from './progress-watch.js';
import { type LinkSettings, RemoteLink } from './remote-link.js';
import { reportOf } from './run-report.js';
import { type Asked, unlessCut } from './unless-cut.js';

/** Wait after a local commit, and at most so long while commits keep coming, milliseconds. */
const DEBOUNCE_MS = 2;
const DEBOUNCE_LIMIT_MS = 50;
/** With hints from the server, a look at the head now and then all the same. */
const POLL_WITH_HINTS_MS = 30_000;
const POLL_FIRST_MS = 500;
const POLL_LAST_MS = 5_000;
/** A hint can come before its commit is visible: looks after one that found nothing. */
const LOOK_AGAIN_MS: readonly number[] = [15, 60, 250, 1000];
/** Rounds of one run before it gives up chasing a remote that keeps moving. */
const ROUND_LIMIT = 20;

export type LoopSettings = LinkSettings;

export interface LoopPorts {
  /** Of this loop alone; the loop closes it. */
  readonly reader: StoreReader;
  readonly host: SyncHost;
  readonly clock: Clock;
  readonly random: () => number;
  readonly openRemote?: (options: RemoteOptions) => RemoteWorkspace;
  /** Makes the id of a commit; default a random one. */
  readonly newUuid?: () => string;
  readonly timers?: Timers;
  readonly onState: (state: LoopState) => void;
  /** What is remembered does not fit: everything is looked at again. */
  readonly onRecheck: () => void;
  /** `asked`: somebody asked for this run; else it was due. */
  readonly onReport: (report: SyncReport, asked: boolean) => void;
  readonly onProgress: (progress: LoopProgress) => void;
}

export class RemoteLoop {
  #settings: LoopSettings;
  readonly #ports: LoopPorts;
  readonly #backoff: Backoff;
  readonly #link: RemoteLink;
  #reconnect = false;
  #running: Promise<unknown> = Promise.resolve();
  /** What the schedule does: its run waits for its turn, is under way, or was, and the next look is being chosen. */
  #due: { readonly cut: AbortController; readonly run: Promise<ResolveRun> } | undefined;
  /** The timer ran out while a run was under way. */
  #isDue = false;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #firstDirtyAt = 0;
  #pollMs = POLL_FIRST_MS;
  /** Looks since a hint that nothing has explained yet. */
  #looks: number | undefined;
  readonly #echoes = new Echoes();
  readonly #deletions = new DeletionWatch();
  readonly #concern: Concern;
  /** Who wanted the run that is under way. */
  #runFor: Asked | undefined;
  #hintedMeanwhile = false;
  /** Of the run that is under way. */
  #commits = 0;
  readonly #errands: Errands;
  #scheduled = false;
  /** What went wrong stays wrong until something is changed or asked for. */
  #halted = false;
  #stopped = false;
  readonly #progress: ProgressWatch;
  /** The token does not let us write: the schedule only pulls, until there is another token. */
  #readOnly = false;

  constructor(settings: LoopSettings, ports: LoopPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#backoff = new Backoff(ports.random);
    this.#progress = new ProgressWatch(ports.onProgress);
    this.#concern = new Concern(ports.reader);
    this.#errands = new Errands(ports.clock);
    this.#link = new RemoteLink({
      reader: ports.reader,
      host: ports.host,
      openRemote: ports.openRemote,
      onHint: () => this.#hint(),
      // What was committed between the last event and now would be missed otherwise.
      onSilence: () => this.#wake(POLL_FIRST_MS),
    });
  }

  /** Begins the schedule of the mode. */
  start(): void {
    this.#scheduled = true;
    if (this.#settings.config.mode !== 'manual') this.#wake(0);
  }

  /**
   * New settings: what went wrong with the old ones may go well. Under manual, nothing that nobody asked for goes on once
   * this has returned.
   */
  async configure(settings: LoopSettings): Promise<void> {
    this.use(settings);
    this.#halted = false;
    this.#backoff.reset();
    this.#clearTimer();
    if (this.#scheduled) this.start();
    if (settings.config.mode === 'manual') await this.#endDue();
  }

  async #endDue(): Promise<void> {
    this.#due?.cut.abort();
    // One that waits for its turn does not begin any more.
    if (this.#runFor?.asked === false) await this.#due?.run.catch(() => undefined);
  }

  /** Takes settings for the runs to come; what runs now goes on with what it has. */
  use(settings: LoopSettings): void {
    const { url, token, agent, config } = this.#settings;
    this.#reconnect ||=
      url !== settings.url ||
      agent !== settings.agent ||
      token !== settings.token ||
      config.timeout !== settings.config.timeout ||
      config.compression !== settings.config.compression;
    if (token !== settings.token || url !== settings.url) this.#readOnly = false;
    this.#settings = settings;
    if (settings.config.mode !== 'real-time') this.#link.stopListening();
  }

  get #isRealTime(): boolean {
    return this.#scheduled && !this.#halted && this.#settings.config.mode === 'real-time';
  }

  /** The workspace was committed to by somebody here, or by another remote's pull. */
  localCommit(): void {
    if (!this.#isRealTime || this.#backoff.failures > 0) return;
    if (!this.#isOfConcern()) return;
    const now = performance.now();
    if (this.#firstDirtyAt === 0) this.#firstDirtyAt = now;
    if (this.#due !== undefined) return;
    this.#wake(Math.max(0, Math.min(DEBOUNCE_MS, this.#firstDirtyAt + DEBOUNCE_LIMIT_MS - now)), true);
  }

  /**
   * Runs when asked, after what runs now. A server that says it is busy is tried again, for as long as a request may take
   * and as it asks; what else fails is thrown.
   */
  async run(wanted: RoundOptions, signal?: AbortSignal): Promise<SyncReport> {
    return (await this.#patiently(wanted, signal)).report;
  }

  /** As `run`, both ways, with decisions about conflicts. */
  async resolve(wanted: Pick<RoundOptions, 'choices' | 'force'>): Promise<ResolveRun> {
    return await this.#patiently({ ...wanted, push: true, pull: true, dryRun: false });
  }

  async #patiently(wanted: RoundOptions, signal?: AbortSignal): Promise<ResolveRun> {
    const patience = new Backoff(this.#ports.random);
    const giveUpAt = performance.now() + this.#settings.config.timeout * 1000;
    for (;;) {
      try {
        return await this.#once(wanted, { asked: true, signal });
      } catch (error) {
        if (this.#stopped || !isBusyServer(error)) throw error;
        const waitMs = patience.next(retryAfterMs(error));
        if (performance.now() + waitMs > giveUpAt) throw error;
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  /** While a run reads the workspace, nobody knows. */
  #isOfConcern(): boolean {
    return this.#runFor !== undefined || this.#concern.isGiven(this.#settings);
  }

  /** Runs once, after what runs now. Rejects with what it failed with. */
  #once(wanted: RoundOptions, by: Asked): Promise<ResolveRun> {
    return this.#inTurn(() => this.#sync(wanted, by), by.signal);
  }

  /** After what runs now, and before what is asked for later. */
  #inTurn<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const next = this.#running.then(() => unlessCut(work, { signal, cut: () => this.#link.close() }));
    this.#running = next.catch(() => undefined);
    return next;
  }

  /** Answers a question after what runs now; no sync begins meanwhile but what it asks for itself. */
  ask<T>(answer: (parts: QuestionParts) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#inTurn(async () => {
      try {
        return await answer(this.#questionParts(signal));
      } catch (error) {
        if (codeOf(error).startsWith('REMOTE_')) this.#link.close();
        throw error;
      }
    }, signal);
  }

  #questionParts(signal: AbortSignal | undefined): QuestionParts {
    const { reader, host, clock, newUuid = randomUUID } = this.#ports;
    const { remoteName, agent, workspace } = this.#settings;
    const connect = () => this.#connect();
    return {
      reader,
      host,
      remoteName,
      agent,
      workspace,
      keep: this.#settings.config.keep,
      newUuid,
      connect,
      nowMs: () => clock.nowMs(),
      transferred: (progress) => this.#progress.onProgress('pull', progress),
      sync: async (wanted) => (await this.#sync(wanted, { asked: true, signal })).report,
      preview: async () => await this.#rounds(await connect(), { push: true, pull: true, dryRun: true }),
    };
  }

  async #connect(): Promise<RemoteWorkspace> {
    if (this.#reconnect) this.#link.close();
    this.#reconnect = false;
    return await this.#link.connect(this.#settings);
  }

  /** Looks at the remote and, in one snapshot, at what is here, between two runs. */
  inspect<T>(
    look: (remote: RemoteWorkspace, reader: StoreReader) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#inTurn(async () => {
      const remote = await this.#connect();
      const { reader } = this.#ports;
      reader.begin();
      try {
        return await look(remote, reader);
      } catch (error) {
        if (codeOf(error).startsWith('REMOTE_')) this.#link.close();
        throw error;
      } finally {
        reader.end();
      }
    }, signal);
  }

  async stop(): Promise<void> {
    this.#scheduled = false;
    this.#stopped = true;
    this.#clearTimer();
    await this.#running;
    this.#link.close();
    this.#ports.reader.close();
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Runs the schedule in `delayMs`, or earlier where it is due earlier; `later` may also put it off. */
  #wake(delayMs: number, later = false): void {
    if (this.#stopped || !this.#scheduled) return;
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
    if (!this.#scheduled || this.#settings.config.mode === 'manual') return;
    if (this.#due !== undefined) {
      this.#isDue = true;
      return;
    }
    this.#isDue = false;
    this.#firstDirtyAt = 0;
    const cut = new AbortController();
    const wanted = { push: !this.#readOnly, pull: true, dryRun: false };
    const run = this.#once(wanted, { asked: false, signal: cut.signal });
    this.#due = { cut, run };
    let waitMs: number | undefined;
    try {
      waitMs = await this.#nextLook((await run).report);
    } catch (error) {
      // What others write still comes.
      if (isReadOnlyToken(error) && !this.#readOnly) {
        this.#readOnly = true;
        this.#halted = false;
        waitMs = 0;
      } else if (!this.#halted) waitMs = this.#backoff.next(retryAfterMs(error));
    }
    this.#due = undefined;
    if (waitMs === undefined) return;
    // A commit that came during the run could not set a timer.
    const mayBeDirty = this.#firstDirtyAt > 0 && this.#isRealTime && this.#backoff.failures === 0;
    const isDirty = mayBeDirty && this.#isOfConcern();
    this.#wake(this.#isDue ? 0 : isDirty ? Math.min(waitMs, DEBOUNCE_MS) : waitMs);
  }

  #hint(): void {
    if (!this.#isRealTime) return;
    if (this.#echoes.isForeign(performance.now())) {
      this.#looks = 0;
      this.#wake(0);
    } else if (this.#due === undefined) this.#lookLater();
  }

  /** Another agent's commit may have come together with an own one, and be told of once. */
  #lookLater(): void {
    this.#looks ??= LOOK_AGAIN_MS.length - 1;
    this.#wake(LOOK_AGAIN_MS[this.#looks] ?? POLL_WITH_HINTS_MS);
  }

  /** Milliseconds to the next look; undefined where nothing is due. */
  async #nextLook(report: SyncReport): Promise<number | undefined> {
    const { mode, interval } = this.#settings.config;
    if (mode === 'periodic') return interval * 1000;
    if (mode === 'manual') return undefined;
    // A commit may have come between the look and the subscription, whatever that look has found.
    const isNew = await this.#link.listen();
    if (isNew) this.#looks = 0;
    if (this.#link.isHinting) {
      // A hint that came during the run may be of a commit that the run came too early for.
      if (report.pulled > 0 && !this.#hintedMeanwhile && !isNew) this.#looks = undefined;
      const waitMs = this.#looks === undefined ? undefined : LOOK_AGAIN_MS[this.#looks];
      this.#looks = waitMs === undefined ? undefined : this.#looks! + 1;
      return waitMs ?? POLL_WITH_HINTS_MS;
    }
    this.#pollMs = report.pulled > 0 ? POLL_FIRST_MS : Math.min(POLL_LAST_MS, this.#pollMs * 1.5);
    return this.#pollMs;
  }

  async #sync(wanted: RoundOptions, by: Asked): Promise<ResolveRun> {
    const { asked, signal } = by;
    const { clock, onState } = this.#ports;
    const startedMs = performance.now();
    // The schedule mostly looks and finds nothing, of which nobody needs to be told.
    if (!wanted.dryRun) this.#progress.onFirst = () => onState({ state: 'syncing' });
    if (asked) this.#progress.first();
    this.#runFor = by;
    this.#commits = 0;
    this.#echoes.begin();
    try {
      const watched = <T>(work: () => Promise<T>): Promise<T> =>
        this.#progress.during(() => this.#link.waitingMs, this.#settings.config.timeout * 1000, work);
      const remote = await watched(() => this.#connect());
      const before = remote.statistics();
      const result = await watched(() => this.#rounds(remote, wanted));
      const report = reportOf(result, {
        remoteName: this.#settings.remoteName,
        before,
        after: remote.statistics(),
        startedMs,
        wanted,
      });
      if (wanted.dryRun) return { report, decided: result.decided };
      const pending = result.conflicts.filter((conflict) => conflict.winner === undefined).length;
      if (wanted.push) this.#readOnly = false;
      const state = pending > 0 ? 'conflicts' : 'synced';
      onState({ ...(this.#readOnly ? failureState(readOnlyToken()) : { state }), lastSyncMs: clock.nowMs() });
      // Somebody asked, and it went well: the schedule goes on.
      if (this.#halted && this.#settings.config.mode !== 'manual') this.#wake(0);
      this.#halted = false;
      this.#backoff.reset();
      this.#ports.onReport(report, wanted.push !== wanted.pull);
      // A process that was started for one sync ends with it.
      const told = this.#stopped ? undefined : this.#errands.heartbeat(remote, result.revision);
      if (!this.#scheduled) await told;
      await sendAudit(remote, { ...this.#ports, remoteName: this.#settings.remoteName }).catch(
        () => undefined,
      );
      return { report, decided: result.decided };
    } catch (error) {
      // Whatever it was, the next run looks anew at what it talks to.
      this.#link.close();
      if (signal?.aborted === true) {
        onState({ state: 'synced', isCut: true });
        this.#wake(POLL_FIRST_MS);
      } else {
        this.#halted = isHalting(error);
        onState(failureState(error));
      }
      throw error;
    } finally {
      this.#runFor = undefined;
      this.#progress.onFirst = undefined;
      this.#hintedMeanwhile = this.#echoes.end(this.#commits, performance.now()) > 0;
      if (this.#hintedMeanwhile) this.#looks = 0;
      else if (this.#commits > 0) this.#looks ??= LOOK_AGAIN_MS.length - 1;
    }
  }

  async #rounds(remote: RemoteWorkspace, wanted: RoundOptions): Promise<RoundResult> {
    const { reader, host, clock, newUuid = randomUUID, timers = systemTimers } = this.#ports;
    const { remoteName, workspace, agent, config } = this.#settings;
    if (wanted.force === true) this.#deletions.confirm();
    let pushed = 0;
    let pulled = 0;
    const decided = new Map<string, RoundResult['conflicts'][number]>();
    // Who asks for a pull by hand wants to know whether what was not believed has become better.
    let recheck = wanted.pull && !wanted.push && reader.quarantineOf(remoteName).length > 0;
    const choices = new PendingChoices(wanted.choices ?? []);
    for (let round = 1; ; round += 1) {
      const result = await runRound(
        {
          reader,
          host,
          remote,
          remoteName,
          workspace,
          deletions: this.#deletions,
          agent,
          config,
          clock,
          newUuid,
          timers,
          onProgress: this.#progress.onProgress,
        },
        { ...wanted, recheck, choices: choices.next },
      );
      // Nobody else has moved, and still it does not fit: what is remembered must be wrong.
      const isWrong = result.stale && (await remote.catchUp()).revision === result.head;
      const isLost = isWrong && !recheck && result.commits === 0;
      if (isLost) this.#ports.onRecheck();
      recheck = isLost || result.doubtful === true;
      pushed += result.pushed;
      pulled += result.pulled;
      this.#commits += result.commits;
      choices.note(result);
      if (result.settled) {
        for (const { id } of result.conflicts) decided.delete(id);
        await this.#pushKept(remote, wanted);
        const conflicts = [...decided.values(), ...result.conflicts];
        return { ...result, pushed, pulled, conflicts, decided: choices.outcome };
      }
      for (const it of result.conflicts) if (it.winner !== undefined) decided.set(it.id, it);
      if (round === ROUND_LIMIT) {
        throw new AgentFsError('SYNC_BUSY', 'the remote changed faster than this agent could follow', {
          operation: 'sync',
          hint: 'Nothing is lost. Sync again.',
        });
      }
    }
  }

  /** What lost here goes into the remote's history. */
  async #pushKept(remote: RemoteWorkspace, wanted: RoundOptions): Promise<void> {
    const { reader, host, clock } = this.#ports;
    const row = reader.remote(this.#settings.remoteName);
    if (!wanted.push || wanted.dryRun || row === undefined) return;
    await pushKept({ reader, host, remote, remoteId: row.id, nowMs: () => clock.nowMs() });
    const trimmed = this.#errands.trimHistory(remote, this.#settings.config.keep);
    if (!this.#scheduled) await trimmed;
  }
}
