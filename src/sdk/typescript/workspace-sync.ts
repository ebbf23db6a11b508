/**
 * `workspace.sync`: a workspace's sync with its remotes, as the SDK offers it.
 */
import type {
  ConflictContents,
  ConflictReference,
  ResolveReport,
  ResolveStrategy,
  SyncConflict,
} from '../../sync/conflicts.js';
import type {
  AgentInfo,
  ConfigChanges,
  EnableOptions,
  FilterExplanation,
  ResetOptions,
  SyncConfig,
  SyncEvents,
  SyncMetrics,
  SyncReport,
  SyncRunOptions,
  SyncStatus,
} from '../../sync/types.js';
import type { VerifyReport } from '../../sync/watch/verify-report.js';
import type { ServiceCallOptions, WorkspaceService } from './service.js';

/** Which version is taken. */
export type Resolution =
  | { readonly useLocal: true }
  | { readonly useRemote: true }
  | { readonly strategy: ResolveStrategy };

export interface ResolveTarget {
  readonly remote?: string;
  /** Although a brake would stop what it deletes. */
  readonly force?: boolean;
  /** Seconds a request may take. */
  readonly timeout?: number;
}

export class WorkspaceSync {
  readonly #service: WorkspaceService;

  constructor(service: WorkspaceService) {
    this.#service = service;
  }

  /**
   * Connects the workspace to a libSQL database. The schedule of real-time and periodic runs while this program has the
   * workspace open or a background owner runs. A relative `file:` address is one of this process's directory. Throws REMOTE_….
   */
  async enable(options: EnableOptions): Promise<SyncStatus> {
    const { absoluteAddress } = await import('./absolute-address.js');
    const tursoDb = absoluteAddress(options.tursoDb, process.cwd());
    return await this.#service.call('sync.enable', { ...options, tursoDb });
  }

  /** Forgets the remote here; what is on either side stays. */
  async disable(remote?: string): Promise<void> {
    await this.#service.call('sync.disable', named(remote));
  }

  /** Changes what is given and returns all that is set. */
  async config(changes: ConfigChanges = {}, options: { readonly remote?: string } = {}): Promise<SyncConfig> {
    const given = Object.keys(changes).length === 0 ? {} : { changes };
    return await this.#service.call('sync.config', { ...named(options.remote), ...given });
  }

  /** Which include or exclude pattern decides about a path; one that is not here is a directory if it ends in a slash. */
  async explain(path: string, options: { readonly remote?: string } = {}): Promise<FilterExplanation> {
    return await this.#service.call('sync.explain', { ...named(options.remote), path });
  }

  /**
   * Throws SyncConflictError where conflicts wait for a person; everything else was pushed. An aborted signal cuts it off from
   * the remote (CANCELLED); the next one goes on from there.
   */
  async push(options: SyncRunOptions & ServiceCallOptions = {}): Promise<SyncReport> {
    const { signal, ...rest } = options;
    return await this.#service.call('sync.push', rest, signal === undefined ? {} : { signal });
  }

  async pull(options: SyncRunOptions & ServiceCallOptions = {}): Promise<SyncReport> {
    const { signal, ...rest } = options;
    return await this.#service.call('sync.pull', rest, signal === undefined ? {} : { signal });
  }

  async status(remote?: string): Promise<SyncStatus> {
    return await this.#service.call('sync.status', named(remote));
  }

  /** Compares every hash on both sides; reports what is missing, different, corrupt or orphaned, and changes nothing. */
  async verify(remote?: string, options: ServiceCallOptions = {}): Promise<VerifyReport> {
    return await this.#service.call('sync.verify', named(remote), options);
  }

  /** What the syncs with the remote have cost since it was enabled. */
  async metrics(remote?: string): Promise<SyncMetrics> {
    return await this.#service.call('sync.metrics', named(remote));
  }

  /** Who syncs this workspace, the latest seen first. */
  async agents(remote?: string): Promise<readonly AgentInfo[]> {
    return (await this.#service.call('sync.agents', named(remote))).agents;
  }

  /**
   * Forgets what was agreed with the remote; every file on both sides stays, and the next sync joins them anew. `newId`: go
   * on under another agent id, as a copy has to.
   */
  async reset(remote?: string, options: ResetOptions = {}): Promise<SyncStatus> {
    return await this.#service.call('sync.reset', { ...named(remote), ...options });
  }

  /** Conflicts that wait to be resolved. */
  async conflicts(remote?: string): Promise<readonly SyncConflict[]> {
    return (await this.#service.call('sync.conflicts', named(remote))).conflicts;
  }

  /**
   * Decides a conflict, or all at or below a path, and syncs. `local` pushes this version over the remote's, `remote` takes
   * the remote's, `both` keeps the remote's beside this one, `merge` joins two texts whose edits do not overlap. Throws
   * SYNC_CONFLICT_CHANGED where it is not as it was listed any more, SYNC_CONFLICT_GONE, SYNC_CONFLICT_WAITS,
   * SYNC_UNMERGEABLE.
   */
  async resolve(
    conflict: ConflictReference,
    resolution: Resolution,
    target: ResolveTarget = {},
  ): Promise<ResolveReport> {
    return await this.#service.call('sync.resolve', { conflict, ...resolution, ...target });
  }

  /** Decides several, or all. What could not be done is in `refused`. */
  async resolveAll(
    resolution: Resolution,
    target: ResolveTarget & { readonly conflicts?: readonly ConflictReference[] } = {},
  ): Promise<ResolveReport> {
    return await this.#service.call('sync.resolve', { ...resolution, ...target });
  }

  /** What the versions of a conflict contain, where that is text. */
  async compare(conflict: ConflictReference, remote?: string): Promise<ConflictContents> {
    return await this.#service.call('sync.compare', { conflict, ...named(remote) });
  }

  /** Names of the remotes that are enabled. */
  async remotes(): Promise<readonly string[]> {
    return (await this.#service.call('sync.remotes', {})).remotes;
  }

  /** Hears of syncs as they happen; the returned function ends it. While one listens, the process stays alive. */
  on<E extends keyof SyncEvents>(event: E, listener: SyncEvents[E]): () => void {
    const name = `sync.${event}` as const;
    return this.#service.on(name, listener as never);
  }
}

function named(remote: string | undefined): { remote?: string } {
  return remote === undefined ? {} : { remote };
}
