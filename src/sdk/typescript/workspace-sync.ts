/**
 * `workspace.sync`: a workspace's sync with its remotes, as the SDK offers it.
 */
import type { SyncConflict } from '../../sync/conflicts.js';
import type {
  AgentInfo,
  ConfigChanges,
  EnableOptions,
  FilterExplanation,
  SyncConfig,
  SyncEvents,
  SyncReport,
  SyncRunOptions,
  SyncStatus,
} from '../../sync/types.js';
import type { SyncMetrics } from '../../sync/watch/metrics.js';
import type { VerifyReport } from '../../sync/watch/verify-report.js';
import type { ServiceCallOptions, WorkspaceService } from './service.js';

export class WorkspaceSync {
  readonly #service: WorkspaceService;

  constructor(service: WorkspaceService) {
    this.#service = service;
  }

  /**
   * Connects the workspace to a libSQL database. The schedule of real-time and periodic runs while this program has the
   * workspace open or a background owner runs. Throws REMOTE_….
   */
  async enable(options: EnableOptions): Promise<SyncStatus> {
    return await this.#service.call('sync.enable', options);
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

  /** Throws SyncConflictError where conflicts wait for a person; everything else was pushed. */
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
  async verify(remote?: string): Promise<VerifyReport> {
    return await this.#service.call('sync.verify', named(remote));
  }

  /** What the syncs with the remote have cost since it was enabled. */
  async metrics(remote?: string): Promise<SyncMetrics> {
    return await this.#service.call('sync.metrics', named(remote));
  }

  /** Who syncs this workspace, the latest seen first. */
  async agents(remote?: string): Promise<readonly AgentInfo[]> {
    return (await this.#service.call('sync.agents', named(remote))).agents;
  }

  /** Forgets what was agreed with the remote; every file on both sides stays, and the next sync joins them anew. */
  async reset(remote?: string): Promise<SyncStatus> {
    return await this.#service.call('sync.reset', named(remote));
  }

  /** Conflicts that wait to be resolved. */
  async conflicts(remote?: string): Promise<readonly SyncConflict[]> {
    return (await this.#service.call('sync.conflicts', named(remote))).conflicts;
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
