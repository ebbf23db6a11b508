/**
 * `workspace.checkpoints` and the past of its files, as the SDK offers them. A place in the past is a revision, the name of
 * a checkpoint, or a time: RFC 3339, a date, or `2h ago`.
 */
import type {
  Checkpoint,
  DiffOptions,
  DiffReport,
  HistoryLog,
  HistoryOptions,
  RestoreOptions,
  RestoreReport,
} from '../../sync/history/types.js';
import type { WorkspaceService } from './service.js';

/** Names for revisions. */
export class WorkspaceCheckpoints {
  readonly #service: WorkspaceService;

  constructor(service: WorkspaceService) {
    this.#service = service;
  }

  /** Pushes and pulls what is pending first, so that it names what is here. Throws where the name is taken. */
  async create(name: string, options: { readonly remote?: string } = {}): Promise<Checkpoint> {
    return await this.#service.call('checkpoint.create', { name, ...options });
  }

  /** The newest first. */
  async list(options: { readonly remote?: string } = {}): Promise<readonly Checkpoint[]> {
    return (await this.#service.call('checkpoint.list', options)).checkpoints;
  }

  async delete(name: string, options: { readonly remote?: string } = {}): Promise<void> {
    await this.#service.call('checkpoint.delete', { name, ...options });
  }
}

/** Versions of a file across renames, with those that lost a conflict; without a path, the workspace's commits. */
export async function readHistory(
  service: WorkspaceService,
  path: string | undefined,
  options: Omit<HistoryOptions, 'path'>,
): Promise<HistoryLog> {
  return await service.call('history.log', { ...options, ...(path === undefined ? {} : { path }) });
}

export async function readDiff(service: WorkspaceService, options: DiffOptions): Promise<DiffReport> {
  return await service.call('history.diff', options);
}

export async function restore(
  service: WorkspaceService,
  path: string,
  options: RestoreOptions,
): Promise<RestoreReport> {
  return await service.call('history.restore', { path, ...options });
}
