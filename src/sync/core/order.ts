/**
 * Puts changes into an order in which they can be carried out one by one. Pure.
 *
 * First nodes are made and edited, parents before children, so that every entry finds its node. Then entries are set, from
 * the root down by where they will be, each followed by the removal of the name that its node leaves: a move is two
 * neighbours, and a directory is attached only below what is at its final place already, so no circle is
 * closed in between. Last everything is removed from the leaves up, a node right after its entries.
 *
 * An entry may be set over another (two names swap), so a node may be without an entry for a while, and one that
 * moves may have two. Only a removed node is gone.
 */
import { OverlayTree } from './overlay-tree.js';
import { type Slot, type SlotKey, slotKey, slotOf } from './slot.js';
import { type Change, type NodeId, type NodeVersion, ROOT_NODE, type TreeView } from './tree.js';

export interface Difference {
  readonly nodes: ReadonlyMap<NodeId, NodeVersion | null>;
  readonly slots: ReadonlyMap<SlotKey, NodeId | null>;
}

type EntryChange = Extract<Change, { type: 'entry' }>;
type NodeChange = Extract<Change, { type: 'node' }>;

/** `from` is the tree that the difference is carried out on. */
export function inOrder(from: TreeView, difference: Difference): Change[] {
  const nodes = [...difference.nodes].map(([id, state]): NodeChange => ({ type: 'node', id, state }));
  const entries = [...difference.slots].map(
    ([key, node]): EntryChange => ({ type: 'entry', ...slotOf(key), node }),
  );
  const before = new Depths(from);
  const after = new Depths(new OverlayTree(from, [...nodes, ...entries]));

  const made = nodes.filter(({ state }) => state !== null);
  const set = entries.filter(({ node }) => node !== null);
  const ordered: Change[] = [
    ...byNumber(made, ({ id }) => after.ofNode(id)),
    ...withDepartures(
      byNumber(set, (change) => after.ofSlot(change)),
      { from, slots: difference.slots },
    ),
  ];
  const done = new Set(ordered.flatMap((change) => (change.type === 'entry' ? [slotKey(change)] : [])));
  const removed: Change[] = [
    ...entries.filter((change) => change.node === null && !done.has(slotKey(change))),
    ...nodes.filter(({ state }) => state === null),
  ];
  // At equal depth the sort keeps entries before nodes.
  const height = (change: Change) =>
    change.type === 'node' ? before.ofNode(change.id) : before.ofSlot(change);
  return [...ordered, ...byNumber(removed, (change) => -height(change))];
}

function withDepartures(
  set: readonly EntryChange[],
  { from, slots }: { from: TreeView; slots: Difference['slots'] },
): EntryChange[] {
  const left = new Set<NodeId>();
  return set.flatMap((change) => {
    const node = change.node!;
    if (left.has(node)) return [change];
    left.add(node);
    const departures = from.entriesOf(node).filter((entry) => slots.get(slotKey(entry)) === null);
    return [
      change,
      ...departures.map(({ parent, name }): EntryChange => ({ type: 'entry', parent, name, node: null })),
    ];
  });
}

function byNumber<T>(items: readonly T[], number: (item: T) => number): T[] {
  return items
    .map((item) => [number(item), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** How far from the root nodes stand in a tree; of several names the nearest. */
class Depths {
  readonly #tree: TreeView;
  readonly #known = new Map<NodeId, number>([[ROOT_NODE, 0]]);

  constructor(tree: TreeView) {
    this.#tree = tree;
  }

  ofNode(id: NodeId): number {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    this.#known.set(id, 0);
    let depth = Number.POSITIVE_INFINITY;
    for (const entry of this.#tree.entriesOf(id)) depth = Math.min(depth, this.ofSlot(entry));
    if (depth === Number.POSITIVE_INFINITY) depth = 0;
    this.#known.set(id, depth);
    return depth;
  }

  ofSlot(slot: Slot): number {
    return this.ofNode(slot.parent) + 1;
  }
}
