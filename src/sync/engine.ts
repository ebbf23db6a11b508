/**
 * The sync of one workspace on the owner's main thread: what is configured, what is going on, and the worker.
 *
 * The worker (worker-link.ts) is loaded and started with the first thing that needs it, so that asking for the status
 * costs no thread. All writes of sync state go through the vfs's group commit.
 */
import { AgentFsError, type Clock, rfc3339, systemClock, toAgentFsError } from '../base/index.js';
import type { RemoteRow } from '../store/index.js';
import type { Vfs } from '../vfs/index.js';
import { type Brake, brakeOf, needsNewId, needsRejoin } from './brakes/brake.js';
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
import * as parts from './late-parts.js';
import type { RemoteAgent, RemoteAuditRow } from './remote/types.js';
import type { Resolver, ResolverCall } from './resolver.js';
import type { LoopState } from './schedule/loop-state.js';
import type { LoopSettings } from './schedule/remote-loop.js';
import type { Selection } from './selection.js';
import { checkedConfig, isFiltered, notEnabled, parseConfig } from './settings.js';
import { stateOfStored, storedState, toBeStored } from './stored-state.js';
import { TokenWatch } from './token-watch.js';
import {
  type AgentInfo,
  type ConfigChanges,
  DEFAULT_REMOTE,
  type EnableOptions,
  type FilterExplanation,
  type ResetOptions,
  type SyncConfig,
  type SyncEngine,
  type SyncEvents,
  type SyncMetrics,
  type SyncReport,
  type SyncRunOptions,
  type SyncStatus,
} from './types.js';
import type { AuditLog } from './watch/audit.js';
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
  /** Makes another id of this agent, and keeps it durably before it resolves. */
  readonly newAgentId: () => Promise<string>;
  readonly credentials: SyncCredentials;
  readonly clock?: Clock;
  /** Told of what went wrong without anybody waiting for it. */
  readonly onError?: (error: unknown) => void;
}

/** From the end of a worker to the next one. */
const AGAIN_MS = 1000;

export function openSyncEngine(options: SyncEngineOptions): SyncEngine {
  return new Engine(options);
}

class Engine implements SyncEngine {
  readonly #options: SyncEngineOptions;
  readonly #clock: Clock;
  readonly #states = new Map<string, LoopState>();
  readonly #listeners = new Map<keyof SyncEvents, Set<(data: never) => void>>();
  #link: Promise<WorkerLink> | undefined;
  /** Starts what was scheduled, after the worker has failed or could not be started. */
  #again: NodeJS.Timeout | undefined;
  /** What the worker was given last. */
  readonly #tokens = new Map<string, string | undefined>();
  readonly #tokenWatch: TokenWatch;
  #selection: Selection | undefined;
  #agent: string;
  #started = false;
  #ended = false;

  constructor(options: SyncEngineOptions) {
    this.#options = options;
    this.#agent = options.agent;
    this.#clock = options.clock ?? systemClock;
    this.#tokenWatch = new TokenWatch({
      token: (remote) => options.credentials.token(remote),
      onNewToken: (remote) => void this.#reconfigure(remote).catch((error) => this.#report(error)),
    });
  }

  async enable(options: EnableOptions): Promise<SyncStatus> {
    const { tursoDb, remote: name = DEFAULT_REMOTE, ...given } = options;
    const others = this.#options.vfs.syncState.remotes().filter((row) => row.name !== name);
    const { checkedAddress } = await parts.addressPart();
    const { url, token: inside } = checkedAddress(tursoDb, others);
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

  push(options: SyncRunOptions = {}, signal?: AbortSignal): Promise<SyncReport> {
    return this.#run(options, { push: true, pull: false }, signal);
  }

  pull(options: SyncRunOptions = {}, signal?: AbortSignal): Promise<SyncReport> {
    if (options.at !== undefined || options.version !== undefined)
      return this.#past(signal).then((past) => past.pull(options));
    return this.#run(options, { push: false, pull: true }, signal);
  }

  async status(remote?: string): Promise<SyncStatus> {
    const row = this.#required(remote);
    const { vfs, workspace } = this.#options;
    vfs.flush();
    const config = parseConfig(row.config);
    const stored = storedState(row);
    const { lastSyncMs } = stored;
    const state = this.#states.get(row.name) ?? stateOfStored(stored);
    const pendingChanges = await this.#pending(row);
    const pendingConflicts = vfs.syncState.conflicts(row.id).length;
    const quarantined = summaryOfQuarantine(vfs.syncState.watching.quarantine(row.id));
    return {
      workspace,
      remote: row.name,
      url: row.url,
      mode: config.mode,
      interval: config.interval,
      lastSync: lastSyncMs === undefined ? null : rfc3339(lastSyncMs),
      pendingChanges,
      pendingConflicts,
      syncStatus: combinedState(state?.state, pendingChanges, pendingConflicts),
      ...(state?.error === undefined ? {} : { error: state.error }),
      revision: row.cursor,
      agent: this.#agent,
      ...(quarantined === undefined ? {} : { quarantined }),
    };
  }

  async conflicts(remote?: string): Promise<readonly SyncConflict[]> {
    const { id } = this.#required(remote);
    return listConflicts(this.#options.vfs.syncState.conflicts(id)).map(publicConflict);
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
    const { Resolver } = await parts.resolverPart();
    const call: ResolverCall = (method, ...params) => this.#call(method, settings, ...params);
    return new Resolver({ vfs: this.#options.vfs, remoteId: row.id, call });
  }

  async metrics(remote?: string): Promise<SyncMetrics> {
    const row = this.#required(remote);
    const { syncState } = this.#options.vfs;
    const conflictsPending = syncState.conflicts(row.id).length;
    const { metricsOf } = await parts.metricsPart();
    return metricsOf(syncState.watching.metrics(row.id), { remote: row.name, conflictsPending });
  }

  note({ action, remote, detail }: { action: string; remote: string; detail: string }): void {
    const entry = { atMs: this.#clock.nowMs(), agent: this.#agent, remote, action, detail };
    this.#options.vfs.syncState.watching.appendAudit(entry);
  }

  async audit({ remote, limit }: { remote?: string; limit?: number } = {}): Promise<AuditLog> {
    const row = remote === undefined ? this.#row(DEFAULT_REMOTE) : this.#required(remote);
    const { readAudit } = await parts.auditPart();
    const ask = async (most: number) =>
      await this.#call<RemoteAuditRow[]>('audit', await this.#settings(row!), most);
    const asked = row === undefined ? {} : { ask };
    return await readAudit(this.#options.vfs.syncState, { agent: this.#agent, limit, ...asked });
  }

  async verify(remote?: string, signal?: AbortSignal): Promise<VerifyReport> {
    this.#options.vfs.flush();
    return await this.#callUntil(signal, 'verify', await this.#settings(this.#required(remote)));
  }

  async agents(remote?: string): Promise<readonly AgentInfo[]> {
    const row = this.#required(remote);
    const found = await this.#call<RemoteAgent[]>('agents', await this.#settings(row));
    return found.map((it) => agentInfo(it, this.#agent));
  }

  async reset(remote?: string, { newId = false }: ResetOptions = {}): Promise<SyncStatus> {
    const row = this.#required(remote);
    const { brake } = storedState(row);
    // What a copy has made under this id must not meet what is made here under it.
    if (newId || (brake?.brake !== undefined && needsNewId(brake.brake))) await this.#takeNewId();
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

  /** What was done under the id before is another agent's from now on. */
  async #takeNewId(): Promise<void> {
    this.#agent = await this.#options.newAgentId();
    this.#selection?.close();
    this.#selection = undefined;
    for (const name of this.remotes()) await this.#reconfigure(name);
  }

  readonly history: WorkspaceHistory = parts.lateHistory(() => this.#past());

  async #past(signal?: AbortSignal): Promise<EngineHistory> {
    const { EngineHistory } = await parts.historyPart();
    return new EngineHistory(async ({ remote, timeout }, question) =>
      this.#callUntil(signal, 'history', await this.#settings(this.#required(remote), timeout), question),
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
    this.#ended = true;
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

  async #run(
    options: SyncRunOptions,
    way: { push: boolean; pull: boolean },
    signal: AbortSignal | undefined,
  ): Promise<SyncReport> {
    const row = this.#required(options.remote);
    const { dryRun = false, force = false, timeout } = options;
    const wanted = { ...way, dryRun, force };
    const run = async () =>
      await this.#callUntil<SyncReport>(signal, 'run', await this.#settings(row, timeout), wanted);
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
    if (needsNewId(brake.kind)) await this.#takeNewId();
    else if (needsRejoin(brake)) await this.reset(remote);
    else return false;
    return true;
  }

  async #reconfigure(name: string): Promise<void> {
    const row = this.#row(name);
    if (row === undefined) return;
    // Who stays for the schedule has the worker ready, also for a push by hand: its start costs 0.2 s.
    if (this.#started) this.#worker().catch(() => undefined);
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
      agent: this.#agent,
      config: timeout === undefined ? config : checkedConfig(config, { timeout }),
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
    const { Selection } = await parts.selectionPart();
    this.#selection ??= new Selection(this.#options.vfs, this.#agent);
    return this.#selection;
  }

  /** Filters ask for the paths of inodes. */
  #indexPaths(): void {
    const { syncState } = this.#options.vfs;
    const asks = (row: RemoteRow) =>
      isFiltered(parseConfig(row.config)) || (storedState(row).scope ?? '') !== '';
    syncState.indexEntries(syncState.remotes().some(asks));
  }

  #row(name: string): RemoteRow | undefined {
    return this.#options.vfs.syncState.remotes().find((row) => row.name === name);
  }

  #required(name = DEFAULT_REMOTE): RemoteRow {
    const row = this.#row(name);
    if (row !== undefined) return row;
    throw notEnabled(this.#options.workspace, name, this.remotes());
  }

  async #call<T>(method: string, ...params: unknown[]): Promise<T> {
    return await this.#callUntil(undefined, method, ...params);
  }

  async #callUntil<T>(signal: AbortSignal | undefined, method: string, ...params: unknown[]): Promise<T> {
    return await (await this.#worker()).callUntil<T>(signal, method, ...params);
  }

  #worker(): Promise<WorkerLink> {
    if (this.#ended) return parts.workerPart().then((it) => Promise.reject(it.syncStopped()));
    this.#link ??= this.#openLink().catch((error: unknown) => {
      this.#workerGone(error);
      throw error;
    });
    return this.#link;
  }

  async #openLink(): Promise<WorkerLink> {
    const { WorkerLink } = await parts.workerPart();
    return new WorkerLink({
      vfs: this.#options.vfs,
      clock: this.#clock,
      onEvent: (event, data) => this.#onEvent(event, data),
      onGone: (error) => this.#workerGone(error),
      onError: (error) => this.#report(error),
    });
  }

  #workerGone(problem: unknown): void {
    const { code, message } = toAgentFsError(problem);
    this.#link = undefined;
    for (const name of this.#states.keys())
      this.#states.set(name, { state: 'error', error: { code, message } });
    this.#report(problem);
    this.#again ??= setTimeout(() => {
      this.#again = undefined;
      if (this.#started) this.start();
    }, AGAIN_MS).unref();
  }

  #onEvent(event: string, data: unknown): void {
    if (event === 'state') {
      const { remote, state } = data as { remote: string; state: LoopState };
      const row = this.#row(remote);
      if (row === undefined) return;
      if (state.isCut === true) this.#states.delete(remote);
      else this.#states.set(remote, state);
      if (state.state === 'auth' && this.#started) this.#tokenWatch.watch(remote, this.#tokens.get(remote));
      else if (state.state !== 'syncing') this.#tokenWatch.forget(remote);
      const stored = toBeStored(state);
      if (stored !== undefined) this.#options.vfs.syncState.mergeState(row.id, { ...stored });
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
