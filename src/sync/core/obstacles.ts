/**
 * What excluded things keep a plan from doing. Pure.
 *
 * A plan is made from what is shown and carried out on what is there. So on each side:
 * - a directory that hides something is not removed, nor any directory that it is in: it loses what was shown in it;
 * - a file that has another name which is hidden loses the one that was shown, and no more;
 * - nothing is put where something hidden stands, or where a directory stays that the plan wanted to go. What wants the
 *   place is excluded as well, on the side that it comes from: a path is synced only if it is on both sides. Where it is a
 *   directory on both sides, and the hidden one is only one that nobody needed, that one is shown instead.
 */
import type { FilteredTree } from './filtered-tree.js';
import { type Slot, type SlotKey, slotKey } from './slot.js';
import { type Change, type NodeId, type NodeKind, ROOT_NODE } from './tree.js';

export interface Ground {
  readonly view: FilteredTree;
  /** The id that the view has for an id of the plan. */
  readonly below: (id: NodeId) => NodeId;
  /** The id that the plan has for an id of the view. */
  readonly above: (id: NodeId) => NodeId;
}

export interface Obstacle {
  readonly slot: Slot;
  /** How many directories it stands below: what is wrong further up is put right first, since the rest may follow. */
  readonly depth: number;
}

export interface Obstacles {
  /** Slots, as the plan calls them, that the side the plan comes from may not have either. */
  readonly blocked: readonly Obstacle[];
  /** Slots of this side, as the view calls them, with a directory that is needed after all. */
  readonly revealed: readonly Obstacle[];
  /** Nodes and slots, as the plan calls them, that stay although the plan wants them to go. */
  readonly kept: ReadonlySet<NodeId>;
  readonly keptSlots: ReadonlySet<SlotKey>;
  /** A directory wants the place of one that stays: they become one, when the base has forgotten that one. */
  readonly meets: boolean;
}

export function findObstacles(
  changes: readonly Change[],
  ground: Ground,
  kindOf: (id: NodeId) => NodeKind | undefined,
): Obstacles {
  const { view, below } = ground;
  const kept = keptNodes(changes, ground);
  const keptSlots = slotsOf(kept, ground);
  const blocked: Obstacle[] = [];
  const revealed: Obstacle[] = [];
  let meets = false;
  for (const change of changes) {
    if (change.type !== 'entry' || change.node === null) continue;
    const isDirectory = kindOf(change.node) === 'directory';
    const at = { parent: below(change.parent), name: change.name };
    const depth = depthOf(view, at.parent);
    if (keptSlots.has(slotKey(change))) {
      blocked.push({ slot: change, depth });
      meets ||= isDirectory;
      continue;
    }
    const there = view.whole.entry(at.parent, at.name);
    // A directory that is hidden here is made anew, with nothing in it.
    if (there === undefined || !view.has(at.parent)) continue;
    const entry = { ...at, node: there };
    if (view.shows(entry)) continue;
    const isUnneeded = view.whole.kindOf(there) === 'directory' && view.includes(entry);
    if (isUnneeded && (isDirectory || isEmpty(view, there))) revealed.push({ slot: entry, depth });
    else blocked.push({ slot: change, depth });
  }
  return { blocked, revealed, kept, keptSlots, meets };
}

/** The plan without what stays. */
export function withoutKept(changes: readonly Change[], { kept, keptSlots }: Obstacles): Change[] {
  return changes.filter((change) => !isKept(change, { kept, keptSlots }));
}

export function isKept(change: Change, { kept, keptSlots }: Pick<Obstacles, 'kept' | 'keptSlots'>): boolean {
  return change.type === 'node'
    ? change.state === null && kept.has(change.id)
    : keptSlots.has(slotKey(change));
}

function keptNodes(changes: readonly Change[], { view, below, above }: Ground): Set<NodeId> {
  const { whole } = view;
  const removed = new Set(changes.flatMap((it) => (it.type === 'node' && it.state === null ? [it.id] : [])));
  const kept = new Set<NodeId>();
  const keep = (id: NodeId): void => {
    if (!removed.has(id) || kept.has(id)) return;
    kept.add(id);
    for (const { parent } of whole.entriesOf(below(id))) keep(above(parent));
  };
  for (const id of removed) {
    const node = below(id);
    if (whole.kindOf(node) === 'directory') {
      if (view.hidesChild(node)) keep(id);
    } else if (whole.entriesOf(node).some((entry) => !view.shows(entry))) kept.add(id);
  }
  return kept;
}

/** Only directories keep their names. */
function slotsOf(kept: ReadonlySet<NodeId>, { view, below, above }: Ground): Set<SlotKey> {
  const slots = new Set<SlotKey>();
  for (const id of kept) {
    if (view.whole.kindOf(below(id)) !== 'directory') continue;
    for (const { parent, name } of view.whole.entriesOf(below(id)))
      slots.add(slotKey({ parent: above(parent), name }));
  }
  return slots;
}

function depthOf(view: FilteredTree, directory: NodeId): number {
  let depth = 0;
  for (let at: NodeId | undefined = directory; at !== undefined && at !== ROOT_NODE; depth += 1)
    at = view.whole.entriesOf(at)[0]?.parent;
  return depth;
}

function isEmpty(view: FilteredTree, directory: NodeId): boolean {
  for (const _ of view.whole.children(directory)) return false;
  return true;
}
