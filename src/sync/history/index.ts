/**
 * history: the past of a workspace: checkpoints, versions of files, the way back to them, and what has to be kept.
 *
 * It promises that a version which was replaced or removed by a sync can be brought back: one that was pushed from the
 * remote's own rows, one that was not from what was kept by the transaction that took it away. A return to the past is a
 * change made here. This file is the owner's side (main thread); `answer.ts` is the worker's.
 */
import type { SyncReport, SyncRunOptions } from '../types.js';
import type { HistoryQuestion } from './question.js';
import type {
  Checkpoint,
  DiffOptions,
  DiffReport,
  HistoryLog,
  HistoryOptions,
  PastReport,
  PruneOptions,
  PruneReport,
  RestoreOptions,
  RestoreReport,
  WorkspaceHistory,
} from './types.js';

export * from './types.js';

/** Asks the worker of a remote. */
export type AskHistory = (
  remote: { readonly remote?: string | undefined; readonly timeout?: number | undefined },
  question: HistoryQuestion,
) => Promise<unknown>;

export class EngineHistory implements WorkspaceHistory {
  readonly #ask: AskHistory;

  constructor(ask: AskHistory) {
    this.#ask = ask;
  }

  async createCheckpoint(name: string, options: { readonly remote?: string } = {}): Promise<Checkpoint> {
    return (await this.#ask(options, { type: 'create-checkpoint', name })) as Checkpoint;
  }

  async checkpoints(remote?: string): Promise<readonly Checkpoint[]> {
    return (await this.#ask({ remote }, { type: 'list-checkpoints' })) as readonly Checkpoint[];
  }

  async deleteCheckpoint(name: string, options: { readonly remote?: string } = {}): Promise<void> {
    await this.#ask(options, { type: 'delete-checkpoint', name });
  }

  async log(options: HistoryOptions = {}): Promise<HistoryLog> {
    return (await this.#ask(options, { type: 'log', options })) as HistoryLog;
  }

  async diff(options: DiffOptions = {}): Promise<DiffReport> {
    return (await this.#ask(options, { type: 'diff', options })) as DiffReport;
  }

  async restore(path: string, options: RestoreOptions): Promise<RestoreReport> {
    return (await this.#ask(options, { type: 'restore', path, options })) as RestoreReport;
  }

  /** Does now what `keep` asks for; by itself it is done after a push, at most once in an hour. */
  async prune(options: PruneOptions = {}): Promise<PruneReport> {
    const { graceMs } = options;
    return (await this.#ask(options, { type: 'prune', graceMs })) as PruneReport;
  }

  /** `sync pull --at` and `--version`. */
  async pull(options: SyncRunOptions): Promise<SyncReport> {
    const { at, version, force = false, dryRun = false } = options;
    const answer = await this.#ask(options, { type: 'pull-past', at, version, force, dryRun });
    const { report, past } = answer as { readonly report: SyncReport; readonly past: PastReport };
    return { ...report, past };
  }
}
