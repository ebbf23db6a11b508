/**
 * The sync of one workspace on the owner's main thread: what is configured, what is going on, and the worker.
 *
 * The worker (worker-link.ts) is loaded and started with the first thing that needs it, so that asking for the status
 * costs no thread. All writes of sync state go through the vfs's group commit.
 */
import { AgentFsError, type Clock, systemClock } from '../base/index.js';
import type { RemoteRow } from '../store/index.js';
import type { Vfs } from '../vfs/index.js';
import { type Brake, brakeOf, needsRejoin } from './brakes/brake.js';
import { checkedAddress } from './checked-address.js';
import {
  type ConflictContents,
  type ConflictReference,
  listConflicts,
  publicConflict,
  type ResolveOptions,
  type ResolveReport,
  type SyncConflict,
} from './conflicts.js';
import type { EngineHistory, WorkspaceHistory } from './history/index.js';
import type { RemoteAgent, RemoteAuditRow } from './remote/types.js';
import type { Resolver, ResolverCall } from './resolver.js';
import type { LoopSettings, LoopState } from './schedule/remote-loop.js';
import type { Selection } from './selection.js';
import { checkedConfig, isFiltered, parseConfig } from './settings.js';
import { TokenWatch } from './token-watch.js';
import {
  type AgentInfo,
  type ConfigChanges,
  DEFAULT_REMOTE,
  type EnableOptions,
  type FilterExplanation,
  type SyncConfig,
  type SyncEngine,
  type SyncEvents,
  type SyncReport,
  type SyncRunOptions,
  type SyncStatus,
} from './types.js';
import type { AuditLog } from './watch/audit.js';
import type { SyncMetrics } from './watch/metrics.js';
import { agentInfo, combinedState, summaryOfQuarantine } from './watch/summary.js';
import type { VerifyReport } from './watch/verify-report.js';
import type { ReportEvent, WorkerLink } from './worker-link.js';

/** Tokens, kept by somebody else. */
export interface SyncCredentials {
  token(remote: string): Promise<string | undefined>;
  store(remote: string, token: string): Promise<void>;
  remove(remote: string): Promise<void>;
}

export interface SyncEngineOptions {
  readonly vfs: Vfs;
  /** The workspace's name, here and on the remote. */
  readonly workspace: string;
  /** This agent's id. */
  readonly agent: string;
  readonly credentials: SyncCredentials;
  readonly clock?: Clock;
  /** Told of what went wrong without anybody waiting for it. */
  readonly onError?: (error: unknown) => void;
}

/** What afs_remote.state keeps over restarts. */
interface StoredState {
  /** The filters under which everything was compared last. */
  scope?: string;
  lastSyncMs?: number;
  /** The brake that stopped the last sync, for whoever asks in another process. */
  brake?: LoopState['error'] | null;
}

/** Entries of the audit log that are told unasked. */
const AUDIT_ENTRIES = 100;
const OUT_OF_REACH: ReadonlySet<string> = new Set(['REMOTE_UNREACHABLE', 'REMOTE_AUTH']);

export function openSyncEngine(options: SyncEngineOptions): SyncEngine {
  return new Engine(options);
}

class Engine implements SyncEngine {
  readonly #options: SyncEngineOptions;
  readonly #clock: Clock;
  readonly #states = new Map<string, LoopState>();
  readonly #listeners = new Map<keyof SyncEvents, Set<(data: never) => void>>();
  #link: Promise<WorkerLink> | undefined;
  /** What the worker was given last. */
  readonly #tokens = new Map<string, string | undefined>();
  readonly #tokenWatch: TokenWatch;
  #selection: Selection | undefined;
  #started = false;

  constructor(options: SyncEngineOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#tokenWatch = new TokenWatch({
      token: (remote) => options.credentials.token(remote),
      onNewToken: (remote) => void this.#reconfigure(remote).catch((error) => this.#report(error)),
    });
  }

  async enable(options: EnableOptions): Promise<SyncStatus> {
    const { tursoDb, remote: name = DEFAULT_REMOTE, ...given } = options;
    const { url, token: inside } = await checkedAddress(tursoDb);
    const { token = inside, ...changes } = given;
    const known = this.#row(name);
    const config = checkedConfig(parseConfig(known?.config), changes);
    const { vfs } = this.#options;
    vfs.flush();
    if (known !== undefined && known.url !== url) {
      throw new AgentFsError('INVALID_ARGUMENT', `remote '${name}' is enabled already, for ${known.url}`, {
        operation: 'sync enable',
        hint: `Disable it first (agentfs sync disable ${this.#options.workspace}), or give the second one a name: --remote NAME.`,
      });
    }
    if (token !== undefined) await this.#options.credentials.store(name, token);
    if (known === undefined) {
      vfs.keepLog(this.remotes().length + 1);
      vfs.syncState.addRemote(name, url, JSON.stringify(config));
    } else vfs.syncState.setConfig(known.id, JSON.stringify(config));
    this.#indexPaths();
    await this.#reconfigure(name);
    return this.status(name);
  }

  async disable(remote?: string): Promise<void> {
    const row = this.#required(remote);
    const link = await this.#link;
    await link?.call('forget', row.name);
    link?.forget(row.id);
    this.#states.delete(row.name);
    this.#tokenWatch.forget(row.name);
    const { vfs } = this.#options;
    vfs.flush();
    vfs.syncState.removeRemote(row.id);
    vfs.keepLog(this.remotes().length);
    this.#indexPaths();
    await this.#options.credentials.remove(row.name);
  }

  async config(remote: string | undefined, changes?: ConfigChanges): Promise<SyncConfig> {
    const row = this.#required(remote);
    const before = parseConfig(row.config);
    if (changes === undefined) return before;
    const { token, ...settings } = changes;
    const config = checkedConfig(before, settings);
    if (token !== undefined) await this.#options.credentials.store(row.name, token);
    this.#options.vfs.flush();
    this.#options.vfs.syncState.setConfig(row.id, JSON.stringify(config));
    this.#indexPaths();
    await this.#reconfigure(row.name);
    return config;
  }

  async explain(remote: string | undefined, path: string): Promise<FilterExplanation> {
    const row = this.#required(remote);
    return (await this.#selecting()).explain(row, parseConfig(row.config), path);
  }

  push(options: SyncRunOptions = {}): Promise<SyncReport> {
    return this.#run(options, { push: true, pull: false });
  }

  pull(options: SyncRunOptions = {}): Promise<SyncReport> {
    if (options.at !== undefined || options.version !== undefined)
      return this.#past().then((past) => past.pull(options));
    return this.#run(options, { push: false, pull: true });
  }

  async status(remote?: string): Promise<SyncStatus> {
    const row = this.#required(remote);
    const { vfs, workspace, agent } = this.#options;
    vfs.flush();
    const config = parseConfig(row.config);
    const { lastSyncMs, brake } = JSON.parse(row.state) as StoredState;
    const state =
      this.#states.get(row.name) ?? (brake ? ({ state: 'error', error: brake } as const) : undefined);
    const pendingChanges = await this.#pending(row);
    const pendingConflicts = vfs.syncState.conflicts(row.id).length;
    const quarantined = summaryOfQuarantine(vfs.syncState.watching.quarantine(row.id));
    return {
      workspace,
      remote: row.name,
      url: row.url,
      mode: config.mode,
      interval: config.interval,
      lastSync: lastSyncMs === undefined ? null : new Date(lastSyncMs).toISOString().replace(/\.\d+Z$/, 'Z'),
      pendingChanges,
      pendingConflicts,
      syncStatus: combinedState(state?.state, pendingChanges, pendingConflicts),
      ...(state?.error === undefined ? {} : { error: state.error }),
      revision: row.cursor,
      agent,
      ...(quarantined === undefined ? {} : { quarantined }),
    };
  }

  async conflicts(remote?: string): Promise<readonly SyncConflict[]> {
    const row = this.#required(remote);
    return listConflicts(this.#options.vfs.syncState.conflicts(row.id)).map(publicConflict);
  }

  async resolve(
    conflicts: readonly ConflictReference[] | undefined,
    options: ResolveOptions,
  ): Promise<ResolveReport> {
    return await (await this.#resolver(options.remote, options.timeout)).resolve(conflicts, options);
  }

  async compare(conflict: ConflictReference, remote?: string): Promise<ConflictContents> {
    return await (await this.#resolver(remote)).contents(conflict);
  }

  async #resolver(remote?: string, timeout?: number): Promise<Resolver> {
    const row = this.#required(remote);
    const settings = await this.#settings(row, timeout);
    const { Resolver } = await import('./resolver.js');
    const call: ResolverCall = (method, ...params) => this.#call(method, settings, ...params);
    return new Resolver({ vfs: this.#options.vfs, remoteId: row.id, call });
  }

  async metrics(remote?: string): Promise<SyncMetrics> {
    const row = this.#required(remote);
    const { syncState } = this.#options.vfs;
    const conflictsPending = syncState.conflicts(row.id).length;
    const { metricsOf } = await import('./watch/metrics.js');
    return metricsOf(syncState.watching.metrics(row.id), { remote: row.name, conflictsPending });
  }

  note({ action, remote, detail }: { action: string; remote: string; detail: string }): void {
    const { vfs, agent } = this.#options;
    vfs.syncState.watching.appendAudit({ atMs: this.#clock.nowMs(), agent, remote, action, detail });
  }

  async audit(options: { readonly remote?: string; readonly limit?: number } = {}): Promise<AuditLog> {
    const { remote, limit = AUDIT_ENTRIES } = options;
    const { vfs, agent } = this.#options;
    const row = remote === undefined ? this.#row(DEFAULT_REMOTE) : this.#required(remote);
    const { mergeAudit } = await import('./watch/audit.js');
    const here = vfs.syncState.watching.audit(limit);
    if (row === undefined) return { entries: mergeAudit(here, [], { agent, limit }), complete: true };
    try {
      const there = await this.#call<RemoteAuditRow[]>('audit', await this.#settings(row), limit);
      return { entries: mergeAudit(here, there, { agent, limit }), complete: true };
    } catch (error) {
      if (!(error instanceof AgentFsError) || !OUT_OF_REACH.has(error.code)) throw error;
      return { entries: mergeAudit(here, [], { agent, limit }), complete: false };
    }
  }

  async verify(remote?: string): Promise<VerifyReport> {
    this.#options.vfs.flush();
    return await this.#call<VerifyReport>('verify', await this.#settings(this.#required(remote)));
  }

  async agents(remote?: string): Promise<readonly AgentInfo[]> {
    const row = this.#required(remote);
    const found = await this.#call<RemoteAgent[]>('agents', await this.#settings(row));
    return found.map((it) => agentInfo(it, this.#options.agent));
  }

  async reset(remote?: string): Promise<SyncStatus> {
    const row = this.#required(remote);
    const link = await this.#link;
    await link?.call('forget', row.name);
    link?.forget(row.id);
    this.#states.delete(row.name);
    const { vfs } = this.#options;
    vfs.flush();
    vfs.syncState.rejoin(row.id);
    await this.#reconfigure(row.name);
    return this.status(row.name);
  }

  /** Loaded with the first question. */
  readonly history: WorkspaceHistory = {
    createCheckpoint: async (...asked) => (await this.#past()).createCheckpoint(...asked),
    checkpoints: async (...asked) => (await this.#past()).checkpoints(...asked),
    deleteCheckpoint: async (...asked) => (await this.#past()).deleteCheckpoint(...asked),
    log: async (...asked) => (await this.#past()).log(...asked),
    diff: async (...asked) => (await this.#past()).diff(...asked),
    restore: async (...asked) => (await this.#past()).restore(...asked),
    prune: async (...asked) => (await this.#past()).prune(...asked),
  };

  async #past(): Promise<EngineHistory> {
    const { EngineHistory } = await import('./history/index.js');
    return new EngineHistory(async ({ remote, timeout }, question) =>
      this.#call('history', await this.#settings(this.#required(remote), timeout), question),
    );
  }

  remotes(): readonly string[] {
    return this.#options.vfs.syncState.remotes().map((row) => row.name);
  }

  needsOwner(): boolean {
    return this.#options.vfs.syncState.remotes().some((row) => parseConfig(row.config).mode !== 'manual');
  }

  start(): void {
    this.#started = true;
    for (const row of this.#options.vfs.syncState.remotes()) {
      this.#reconfigure(row.name).catch((error) => this.#report(error));
    }
  }

  async stop(options: { flush: boolean } = { flush: false }): Promise<void> {
    this.#started = false;
    this.#tokenWatch.end();
    if (options.flush) await this.#flush();
    const link = await this.#link;
    await link?.stop();
    this.#link = undefined;
    this.#selection?.close();
    this.#selection = undefined;
  }

  /** What the modes promise to be there when the owner goes. What cannot be pushed now stays pending. */
  async #flush(): Promise<void> {
    const { vfs } = this.#options;
    vfs.flush();
    const scheduled = vfs.syncState.remotes().filter((row) => parseConfig(row.config).mode !== 'manual');
    const flushing = scheduled.map(async (row) => {
      if (row.pushedSeq === 0 || (await this.#pending(row)) > 0) await this.push({ remote: row.name });
    });
    await Promise.allSettled(flushing);
  }

  on<E extends keyof SyncEvents>(event: E, listener: SyncEvents[E]): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    listeners.add(listener as (data: never) => void);
    return () => listeners.delete(listener as (data: never) => void);
  }

  #emit<E extends keyof SyncEvents>(event: E, data: Parameters<SyncEvents[E]>[0]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(data as never);
  }

  async #run(options: SyncRunOptions, way: { push: boolean; pull: boolean }): Promise<SyncReport> {
    const row = this.#required(options.remote);
    const { dryRun = false, force = false, timeout } = options;
    const run = async () =>
      await this.#call<SyncReport>('run', await this.#settings(row, timeout), { ...way, dryRun, force });
    try {
      return await run();
    } catch (error) {
      const brake = brakeOf(error);
      if (!force || dryRun || brake === undefined || !(await this.#overcome(row.name, brake))) throw error;
      return await run();
    }
  }

  /** Does what makes a brake go away that only a new beginning can; false where there is nothing to do. */
  async #overcome(remote: string, brake: Brake): Promise<boolean> {
    if (!needsRejoin(brake)) return false;
    await this.reset(remote);
    return true;
  }

  async #reconfigure(name: string): Promise<void> {
    const row = this.#row(name);
    if (row === undefined) return;
    // Who stays for the schedule has the worker ready, also for a push by hand: its start costs 0.2 s.
    if (this.#started) void this.#worker();
    const settings = await this.#settings(row);
    const link = await this.#link;
    await link?.call('configure', settings);
    if (this.#started && settings.config.mode !== 'manual') await this.#call('start', settings);
  }

  async #settings(row: RemoteRow, timeout?: number): Promise<LoopSettings> {
    const config = parseConfig(row.config);
    return {
      remoteName: row.name,
      workspace: this.#options.workspace,
      url: row.url,
      token: await this.#token(row.name),
      agent: this.#options.agent,
      config: timeout === undefined ? config : { ...config, timeout },
    };
  }

  async #token(remote: string): Promise<string | undefined> {
    const token = await this.#options.credentials.token(remote);
    this.#tokens.set(remote, token);
    return token;
  }

  async #pending(row: RemoteRow): Promise<number> {
    const { vfs } = this.#options;
    const config = parseConfig(row.config);
    if (isFiltered(config)) return (await this.#selecting()).pending(row, config);
    return row.pushedSeq === 0 ? vfs.countInodes() : vfs.syncState.pendingChanges(row);
  }

  async #selecting(): Promise<Selection> {
    const { Selection } = await import('./selection.js');
    this.#selection ??= new Selection(this.#options.vfs, this.#options.agent);
    return this.#selection;
  }

  /** Filters ask for the paths of inodes. */
  #indexPaths(): void {
    const { syncState } = this.#options.vfs;
    const asks = ({ config, state }: RemoteRow) =>
      isFiltered(parseConfig(config)) || ((JSON.parse(state) as StoredState).scope ?? '') !== '';
    syncState.indexEntries(syncState.remotes().some(asks));
  }

  #row(name: string): RemoteRow | undefined {
    return this.#options.vfs.syncState.remotes().find((row) => row.name === name);
  }

  #required(name = DEFAULT_REMOTE): RemoteRow {
    const row = this.#row(name);
    if (row !== undefined) return row;
    const others = this.remotes();
    throw new AgentFsError(
      'SYNC_NOT_ENABLED',
      `workspace '${this.#options.workspace}' has no remote '${name}'`,
      {
        operation: 'sync',
        hint:
          others.length > 0
            ? `Name one of its remotes with --remote: ${others.join(', ')}.`
            : `Enable sync first: agentfs sync enable ${this.#options.workspace} --turso-db URL.`,
      },
    );
  }

  async #call<T>(method: string, ...params: unknown[]): Promise<T> {
    return await (await this.#worker()).call<T>(method, ...params);
  }

  #worker(): Promise<WorkerLink> {
    this.#link ??= this.#openLink();
    return this.#link;
  }

  async #openLink(): Promise<WorkerLink> {
    const { WorkerLink } = await import('./worker-link.js');
    return new WorkerLink({
      vfs: this.#options.vfs,
      clock: this.#clock,
      onEvent: (event, data) => this.#onEvent(event, data),
      onGone: (error) => this.#workerGone(error),
      onError: (error) => this.#report(error),
    });
  }

  #workerGone(error: AgentFsError): void {
    this.#link = undefined;
    for (const name of this.#states.keys()) {
      const { code, message } = error;
      this.#states.set(name, { state: 'error', error: { code, message } });
    }
    this.#report(error);
    if (this.#started) setTimeout(() => this.#started && this.start(), 1000).unref();
  }

  #onEvent(event: string, data: unknown): void {
    if (event === 'state') {
      const { remote, state } = data as { remote: string; state: LoopState };
      const row = this.#row(remote);
      if (row === undefined) return;
      this.#states.set(remote, state);
      if (state.state === 'auth' && this.#started) this.#tokenWatch.watch(remote, this.#tokens.get(remote));
      else if (state.state !== 'syncing') this.#tokenWatch.forget(remote);
      if (state.lastSyncMs !== undefined) {
        const stored: StoredState = { lastSyncMs: state.lastSyncMs, brake: null };
        this.#options.vfs.syncState.mergeState(row.id, { ...stored });
      } else if (state.error?.code === 'SYNC_BRAKE') {
        this.#options.vfs.syncState.mergeState(row.id, { brake: state.error });
      }
      if (state.state !== 'syncing')
        this.status(remote)
          .then((status) => this.#emit('status', status))
          .catch(() => undefined);
    } else if (event === 'report') {
      const { report } = data as ReportEvent;
      this.#emit('change', report);
      if (report.conflicts.length > 0) this.#emit('conflict', report.conflicts);
    } else if (event === 'recheck') {
      const message = `what was remembered of remote '${data}' did not fit: everything was compared again`;
      this.#report(new AgentFsError('INTERNAL', message, { operation: 'sync' }));
    } else if (event === 'progress') {
      this.#emit('progress', data as Parameters<SyncEvents['progress']>[0]);
    }
  }

  #report(error: unknown): void {
    this.#options.onError?.(error);
  }
}
