/**
 * Puts changes into an order in which they can be carried out one by one. Pure.
 *
 * First nodes are made and edited, parents before children, so that every entry finds its node. Then entries are set, from
 * the root down by where they will be, each followed by the removal of the name that its node leaves: a move is two
 * neighbours, and a directory is attached only below what is at its final place already, so no circle is
 * closed in between. Last everything is removed from the leaves up, a node right after its entries.
 *
 * A directory that goes because something else gets its name is emptied before that, of all that goes with it: without a
 * name, what is in it could be reached by nobody, were this the last that is carried out.
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

interface Emptying {
  readonly from: TreeView;
  readonly difference: Difference;
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
  const set = byNumber(
    entries.filter(({ node }) => node !== null),
    (change) => after.ofSlot(change),
  );
  const ordered: Change[] = [
    ...byNumber(made, ({ id }) => after.ofNode(id)),
    ...set.flatMap((change) => emptied(from.entry(change.parent, change.name), { from, difference })),
    ...withDepartures(set, { from, slots: difference.slots }),
  ];
  const done = new Set(ordered.map(keyOf));
  const removed: Change[] = [
    ...entries.filter((change) => change.node === null && !done.has(slotKey(change))),
    ...nodes.filter(({ id, state }) => state === null && !done.has(id)),
  ];
  // At equal depth the sort keeps entries before nodes.
  const height = (change: Change) =>
    change.type === 'node' ? before.ofNode(change.id) : before.ofSlot(change);
  return [...ordered, ...byNumber(removed, (change) => -height(change))];
}

/** Removes what goes together with a directory, from the leaves up; what moves out of it does so later, and what that is in stays. */
function emptied(directory: NodeId | undefined, of: Emptying): Change[] {
  const { from, difference } = of;
  if (directory === undefined || difference.nodes.get(directory) !== null) return [];
  return [...from.children(directory)].flatMap((entry): Change[] => {
    const { parent, name, node } = entry;
    if (difference.nodes.get(node) !== null || difference.slots.get(slotKey(entry)) !== null) return [];
    const inside = emptied(node, of);
    const gone = new Set(inside.map(keyOf));
    if ([...from.children(node)].some((it) => !gone.has(slotKey(it)))) return inside;
    const isLast = from.entriesOf(node).length === 1;
    return [
      ...inside,
      { type: 'entry', parent, name, node: null },
      ...(isLast ? [{ type: 'node', id: node, state: null } as const] : []),
    ];
  });
}

function keyOf(change: Change): string {
  return change.type === 'node' ? change.id : slotKey(change);
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
