/**
 * Which nodes a reconcile has to look at. Pure.
 *
 * Invariant: a node outside the scope has the same state and the same entries on both sides, and no node inside wants a
 * name that it stands under. So the scope is closed: with a node come all that stand under its names on any
 * side, the directories it stands in where a side does not have them, and what is in it where a side does not have it. The
 * rest of the workspace is never read.
 */
import type { Trees } from './identity.js';
import { slotKey } from './slot.js';
import { ABSENT, type Presence, Subject } from './subject.js';
import { type Entry, type NodeId, ROOT_NODE, type TouchedSet, type TreeView } from './tree.js';

function presenceIn(tree: TreeView, id: NodeId): Presence {
  const state = tree.node(id);
  const entries = id === ROOT_NODE ? [] : sorted(tree.entriesOf(id));
  return state || entries.length > 0 ? { state, entries } : ABSENT;
}

function sorted(entries: readonly Entry[]): readonly Entry[] {
  return entries.length < 2 ? entries : entries.toSorted((a, b) => (slotKey(a) < slotKey(b) ? -1 : 1));
}

/** The subjects by id, in the order of their ids, so that equal input is always worked in equal order. */
export function gather(
  trees: Trees,
  touched: readonly TouchedSet[],
  more: Iterable<NodeId>,
): Map<NodeId, Subject> {
  const all = [trees.base, trees.local, trees.remote];
  const found = new Map<NodeId, Subject>();
  const queue: NodeId[] = [];
  const add = (id: NodeId | undefined): void => {
    if (id === undefined || found.has(id)) return;
    const [base, local, remote] = all.map((tree) => presenceIn(tree, id)) as [Presence, Presence, Presence];
    if (!base.state && !local.state && !remote.state) return;
    found.set(id, new Subject(id, { base, local, remote }));
    queue.push(id);
  };
  const addChildren = (id: NodeId): void => {
    for (const tree of all) for (const child of tree.children(id)) add(child.node);
  };

  for (const set of touched) {
    for (const id of set.nodes) add(id);
    for (const { parent, name } of set.entries) for (const tree of all) add(tree.entry(parent, name));
  }
  for (const id of more) {
    add(id);
    addChildren(id);
  }
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    const subject = found.get(id)!;
    for (const { entries } of [subject.base, subject.local, subject.remote]) {
      for (const { parent, name } of entries) {
        for (const tree of all) add(tree.entry(parent, name));
        if (!trees.local.node(parent) || !trees.remote.node(parent)) add(parent);
      }
    }
    if (subject.isDirectory && !(subject.local.state && subject.remote.state)) addChildren(id);
  }
  return new Map([...found.keys()].sort().map((id) => [id, found.get(id)!]));
}
