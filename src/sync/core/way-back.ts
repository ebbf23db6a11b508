/**
 * Whether there is a way back for what loses its place. Pure; it looks at the trees alone, so that the answer hangs on no order.
 *
 * Who loses a name goes back to where the winner's side has it. That undoes a move, and where something else was moved into the
 * old place on his own side, that goes back too, and so on. The way ends where his own side made something new there: a
 * name that one side left as it was and the other gave to something new is the new thing's, under every policy, since
 * nobody contests it. Otherwise somebody's newer file would lose to the older one that he had replaced by it.
 */
import type { Trees } from './identity.js';
import { isEdit, otherSide, type Side } from './state.js';
import type { Entry, NodeId } from './tree.js';

/**
 * True for a name that `side` has for this node as it was, and that the other side gave to something with no way back. A
 * directory keeps its claim: one file is lost then, and not all that is in it.
 */
export function isGivenAway(trees: Trees, { parent, name, node }: Entry, side: Side): boolean {
  const [before, now] = [trees.base.node(node), trees[side].node(node)];
  if (!before || !now || now.kind === 'directory' || isEdit(before, now)) return false;
  if ([trees.base, trees[side]].some((tree) => tree.entry(parent, name) !== node)) return false;
  const put = trees[otherSide(side)].entry(parent, name);
  return put !== undefined && put !== node && !goesBack(trees, put, side);
}

/** True where that is so of every name that it has there. */
export function hasNoWayBack(trees: Trees, id: NodeId, side: Side): boolean {
  return trees[side].entriesOf(id).every((entry) => isGivenAway(trees, entry, side));
}

/**
 * The names with which something comes back that the other side deleted along with the directory around it: not those
 * that the other side took away by themselves, in directories which it still has.
 */
export function namesToComeBackWith(trees: Trees, id: NodeId, side: Side): readonly Entry[] {
  const there = trees[otherSide(side)];
  return trees[side]
    .entriesOf(id)
    .filter(({ parent, name }) => !there.node(parent) || trees.base.entry(parent, name) !== id);
}

/** True where this node has a place on `side`, and whatever the other side put there goes back as well; those in a ring all do. */
export function goesBack(trees: Trees, id: NodeId, side: Side): boolean {
  const onTheWay = new Set([id]);
  for (const it of onTheWay) {
    for (const { parent, name } of trees[side].entriesOf(it)) {
      const put = trees[otherSide(side)].entry(parent, name);
      if (put === undefined || onTheWay.has(put)) return true;
      onTheWay.add(put);
    }
  }
  return false;
}
