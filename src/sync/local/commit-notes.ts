/**
 * What the main thread notes of the commits that a remote is sent, so that those of a copy can be told from its own.
 */
import type { CommitReference } from '../../store/index.js';
import type { Importer } from '../../vfs/index.js';
import type { OwnCommit } from '../remote/types.js';

export class CommitNotes {
  readonly #importer: Importer;
  readonly #remote: number;

  constructor(importer: Importer, remote: number) {
    this.#importer = importer;
    this.#remote = remote;
  }

  /** Resolves when it is durable, and with it everything that the commit can have in it. */
  async announce(id: string): Promise<void> {
    const { sentCommits } = this.#importer.syncState;
    this.#importer.run(() => this.#importer.also(() => sentCommits.note(this.#remote, id)));
    await this.#importer.sync();
  }

  /** In the transaction of what the base gets of it. */
  arrived(commit: CommitReference): void {
    this.#importer.also(() => this.#importer.syncState.sentCommits.arrived(commit));
  }

  /** Those that no database of this id but another one can have sent. */
  unknown(commits: readonly OwnCommit[]): OwnCommit[] {
    return this.#importer.syncState.sentCommits.unknown(commits);
  }
}
