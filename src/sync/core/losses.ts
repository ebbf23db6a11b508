/**
 * Sees to it that nothing is lost silently. Pure.
 *
 * Invariant: after this, every file (or other node that is no directory) which a side made or edited is in the decided
 * tree, or some conflict carries its version. Most losers have a conflict already; what is left are the
 * files in a directory that lost, each of which is reported as directory/deleted. So is a file that was moved into such a
 * directory and has no way back (way-back.ts): nobody deleted it.
 */
import type { Deciding } from './nodes.js';
import { otherSide, type Side, sameState } from './state.js';
import type { TreeView } from './tree.js';

/** `before` has the ancestors as they are, whatever a resolution takes them for. */
export function reportLosses({ subjects, book, arbiter }: Deciding, before: TreeView): void {
  if (arbiter.manual && !book.hasResolved) return;
  for (const subject of subjects.values()) {
    const { id, held, absorbed, oustedBy, isDirectory, decision } = subject;
    if (held || absorbed || isDirectory || decision.state || book.concerns(id)) continue;
    const base = before.node(id);
    const side = (['local', 'remote'] as const).find((it: Side) => {
      const state = subject[it].state;
      return state && (oustedBy || !(base && sameState(base, state)));
    });
    if (!side) continue;
    const winner = oustedBy ?? otherSide(side);
    book.add(`lost:${id}`, { type: 'directory/deleted', local: subject, remote: subject, winner });
  }
}
