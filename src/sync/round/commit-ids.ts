/**
 * The ids of the commits that a round sends: each is noted durably here before anything is sent under it.
 *
 * What is found on the remote under this agent's id and was never noted was made by a copy (brakes/copied.ts). An id is
 * used once, or never: a copy may have it too. Noting costs an fdatasync, which goes on beside the round's first request.
 */
import { commitIdOf } from '../remote/index.js';
import type { SyncHost } from '../steps.js';

export interface CommitIdsContext {
  readonly host: SyncHost;
  readonly remoteId: number;
  /** Makes a UUID that was never there before. */
  readonly newUuid: () => string;
}

export class CommitIds {
  readonly #context: CommitIdsContext;
  #ahead: Promise<string> | undefined;
  #noting: Promise<unknown> = Promise.resolve();

  constructor(context: CommitIdsContext) {
    this.#context = context;
  }

  /** There will be a commit soon. */
  prepare(): void {
    this.#ahead ??= this.#announce();
  }

  /** The id of the next commit (32 hex digits), once it is noted. */
  next(): Promise<string> {
    const next = this.#ahead ?? this.#announce();
    this.#ahead = undefined;
    return next;
  }

  /** Nothing is being noted any more. */
  async settled(): Promise<void> {
    await this.#noting;
  }

  #announce(): Promise<string> {
    const { host, remoteId, newUuid } = this.#context;
    const id = commitIdOf(newUuid());
    const announced = host.announce(remoteId, id).then(() => id);
    // Whoever takes it gets its failure; until then it is nobody's.
    this.#noting = announced.catch(() => undefined);
    return announced;
  }
}
