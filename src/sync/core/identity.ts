/**
 * Finds out which local nodes are a remote node under another id, before anything is compared. Pure.
 *
 * Two agents that make /src/a each give it an id. Where a local and a remote node stand under one name, are of one kind
 * and neither is on the other side, the local one takes the remote one's id when
 * - both are new, and they are directories, or the same thing (content, mode, attributes; times and owner are then
 *   the remote's). A workspace that joins a full remote without an ancestor is adopted whole by this rule;
 * - one is new and stands where the base has the other: it was replaced, as an editor does that writes a new file and
 *   renames it over the old. Directories always, others when the replaced one was changed on the other side, so
 *   that the two edits meet in one node, as a modify/modify, and not as a deletion beside a creation. A symlink does
 *   not: its target never changes.
 *
 * Adopting a directory goes on with its children. Renaming is one to one: two local files that equal one remote file of
 * two names stay apart, and `structure.ts` lets the remote's have the name. When it is the remote that replaced
 * a node of the base, the base is renamed too, else the children would seem to have moved.
 */
import { type Slot, slotKey } from './slot.js';
import { sameState, sameThing } from './state.js';
import type { NodeId, TouchedSet, TreeView } from './tree.js';

export interface Trees {
  readonly base: TreeView;
  readonly local: TreeView;
  readonly remote: TreeView;
}

export interface Identity {
  /** Local id to remote id. */
  readonly adopt: ReadonlyMap<NodeId, NodeId>;
  /** The part of `adopt` by which the base is renamed. */
  readonly adoptInBase: ReadonlyMap<NodeId, NodeId>;
}

interface Pair {
  readonly local: Slot;
  readonly remote: Slot;
}

/** Only touched names are looked at, and what is in a directory that is adopted. */
export function findIdentity(trees: Trees, touched: Iterable<Slot>): Identity {
  const adopt = new Map<NodeId, NodeId>();
  const adoptInBase = new Map<NodeId, NodeId>();
  const taken = new Set<NodeId>();
  const pairs: Pair[] = [];

  const look = (pair: Pair): void => {
    const x = trees.local.entry(pair.local.parent, pair.local.name);
    const y = trees.remote.entry(pair.remote.parent, pair.remote.name);
    if (x === undefined || y === undefined || x === y || adopt.has(x) || taken.has(y)) return;
    if (!isSameNode(trees, { x, y, pair })) return;
    adopt.set(x, y);
    taken.add(y);
    if (trees.base.node(x)) adoptInBase.set(x, y);
    if (trees.remote.node(y)?.kind !== 'directory') return;
    for (const { name } of trees.local.children(x)) {
      pairs.push({ local: { parent: x, name }, remote: { parent: y, name } });
    }
  };

  for (const slot of inOneOrder(contested(trees, touched))) {
    look({ local: slot, remote: slot });
    for (let pair = pairs.pop(); pair; pair = pairs.pop()) look(pair);
  }
  return { adopt, adoptInBase };
}

function* contested(trees: Trees, slots: Iterable<Slot>): Iterable<Slot> {
  for (const slot of slots) {
    const [x, y] = [trees.local, trees.remote].map((tree) => tree.entry(slot.parent, slot.name));
    if (x !== undefined && y !== undefined && x !== y) yield slot;
  }
}

/** Where a node could be one of two, the answer must not hang on which side was read first. */
function inOneOrder(slots: Iterable<Slot>): Iterable<Slot> {
  const keyed = new Map([...slots].map((slot) => [slotKey(slot), slot]));
  return [...keyed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, slot]) => slot);
}

function isSameNode(trees: Trees, at: { x: NodeId; y: NodeId; pair: Pair }): boolean {
  const { x, y, pair } = at;
  const [local, remote] = [trees.local.node(x), trees.remote.node(y)];
  if (!local || !remote || local.kind !== remote.kind) return false;
  if (trees.remote.node(x) || trees.local.node(y)) return false;
  const [baseOfX, baseOfY] = [trees.base.node(x), trees.base.node(y)];
  const directory = local.kind === 'directory';
  if (!baseOfX && !baseOfY) return directory || sameThing(local, remote);
  if (baseOfX && baseOfY) return false;
  const replaced = baseOfX ? x : y;
  if (!standsIn(trees.base, pair, replaced)) return false;
  if (directory) return true;
  // The target of a symlink is part of what it is; only what is in a file can become something else.
  if (local.kind !== 'file' && local.hash !== remote.hash) return false;
  return baseOfX ? !sameState(baseOfX, local) : !!baseOfY && !sameState(baseOfY, remote);
}

function standsIn(base: TreeView, pair: Pair, node: NodeId): boolean {
  return [pair.local, pair.remote].some(({ parent, name }) => base.entry(parent, name) === node);
}

/** The touched set as it reads after adopting. */
export function renameTouched(touched: TouchedSet, names: ReadonlyMap<NodeId, NodeId>): TouchedSet {
  if (names.size === 0) return touched;
  return {
    nodes: new Set([...touched.nodes].map((id) => names.get(id) ?? id)),
    entries: touched.entries.map(({ parent, name }) => ({ parent: names.get(parent) ?? parent, name })),
  };
}
