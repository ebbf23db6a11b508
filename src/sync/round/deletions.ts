/**
 * What one round would delete on either side, held against the brake.
 */
import type { Clock } from '../../base/index.js';
import type { StoreReader } from '../../store/index.js';
import { brakeError, type DeletionWatch, deletedPaths } from '../brakes/index.js';
import type { Change, TreeView } from '../core/index.js';

export interface DeletionsContext {
  readonly reader: StoreReader;
  readonly workspace: string;
  readonly remoteName: string;
  readonly clock: Clock;
  readonly deletions: DeletionWatch;
}

export class Deletions {
  readonly #context: DeletionsContext;
  readonly #remoteId: number;
  readonly #paths: { readonly local: readonly string[]; readonly remote: readonly string[] };

  constructor(
    context: DeletionsContext,
    of: {
      readonly apply: readonly Change[];
      readonly push: readonly Change[];
      readonly local: TreeView;
      readonly remote: TreeView;
      readonly remoteId: number;
    },
  ) {
    this.#context = context;
    this.#remoteId = of.remoteId;
    this.#paths = { local: deletedPaths(of.local, of.apply), remote: deletedPaths(of.remote, of.push) };
  }

  /** Throws SYNC_BRAKE. What both sides have is what there is to lose. */
  check(): void {
    const { reader, clock, deletions } = this.#context;
    for (const side of ['remote', 'local'] as const) {
      const paths = this.#paths[side];
      if (paths.length === 0) continue;
      const total = reader.countBaseEntries(this.#remoteId);
      const brake = deletions.judge(side, paths, { total, nowMs: clock.nowMs() });
      if (brake !== undefined) throw brakeError(brake, this.#context);
    }
  }

  /** They were deleted. */
  note(): void {
    const { clock, deletions } = this.#context;
    for (const side of ['remote', 'local'] as const)
      deletions.note(side, this.#paths[side].length, clock.nowMs());
  }
}
