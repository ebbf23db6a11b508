/**
 * `workspace.checkpoints`: names for states of a workspace, as the SDK offers them.
 */
import type { Checkpoint } from '../../sync/history/types.js';
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
