/**
 * How much a plan deletes, and whether that is too much to be done unasked. Pure; the time comes in.
 *
 * A path counts as deleted where its node goes and nothing stands at the path afterwards: a file that was saved by
 * renaming a new one over it, a directory built anew at once, and anything that moved are not deleted. Rounds that follow
 * each other quickly count together, since real-time sync cuts one `rm -r` into many.
 */
import { pathOf } from '../core/conflict.js';
import { type Change, type NodeId, OverlayTree, ROOT_NODE, type TreeView } from '../core/index.js';
import type { Brake, BrakedSide } from './brake.js';

/** A smaller tree is nobody's loss. */
const ENTRIES_MIN = 10;
/** Deletions within this time count together, milliseconds. */
const TOGETHER_MS = 60_000;
const PATHS_SHOWN = 3;

/** The paths of `before` that are gone when `changes` are laid over it. */
export function deletedPaths(before: TreeView, changes: readonly Change[]): string[] {
  const removed = changes.flatMap((it) => (it.type === 'node' && it.state === null ? [it.id] : []));
  if (removed.length === 0) return [];
  const after = new OverlayTree(before, changes);
  return removed.flatMap((id) => {
    const path = pathOf(before, id);
    return path === undefined || isThere(after, path) ? [] : [path];
  });
}

function isThere(tree: TreeView, path: string): boolean {
  let at: NodeId | undefined = ROOT_NODE;
  for (const name of path.slice(1).split('/')) {
    at = tree.entry(at, name);
    if (at === undefined) return false;
  }
  return true;
}

interface Loss {
  readonly side: BrakedSide;
  readonly deleted: number;
  readonly atMs: number;
}

/** What was deleted lately on the two sides of one remote. */
export class DeletionWatch {
  #losses: Loss[] = [];

  /** The brake for deleting `paths` of `total` entries now; undefined where it may go on. */
  judge(
    side: BrakedSide,
    paths: readonly string[],
    at: { readonly total: number; readonly nowMs: number },
  ): Brake | undefined {
    if (paths.length === 0) return undefined;
    const before = this.#recent(side, at.nowMs);
    const deleted = before + paths.length;
    const total = before + at.total;
    if (total < ENTRIES_MIN || deleted * 2 <= total) return undefined;
    const shown = [...paths].sort().slice(0, PATHS_SHOWN);
    return { kind: 'deletions', side, deleted: paths.length, total: at.total, paths: shown };
  }

  /** It was done. */
  note(side: BrakedSide, deleted: number, nowMs: number): void {
    if (deleted > 0) this.#losses.push({ side, deleted, atMs: nowMs });
  }

  /** Somebody said that it is meant. */
  confirm(): void {
    this.#losses = [];
  }

  #recent(side: BrakedSide, nowMs: number): number {
    this.#losses = this.#losses.filter(({ atMs }) => Math.abs(nowMs - atMs) < TOGETHER_MS);
    return this.#losses.reduce((sum, loss) => (loss.side === side ? sum + loss.deleted : sum), 0);
  }
}
