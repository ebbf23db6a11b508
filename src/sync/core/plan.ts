/**
 * Writes the decisions down as changes to each side and to the base. Pure.
 *
 * `push` and `apply` are what separates the remote, and the local side after adopting, from the decided tree. `agreed` is
 * what separates the base from what both sides have already, and nothing that is held: a base moves only when
 * both sides are known to be there. Its versions are the remote's, whose revisions the next push is checked against.
 */
import type { Identity, Trees } from './identity.js';
import { type Difference, inOrder } from './order.js';
import { type Slot, type SlotKey, slotKey } from './slot.js';
import { type Side, sameState } from './state.js';
import type { Subject } from './subject.js';
import type { Change, NodeId, NodeVersion, Plan, TouchedSet, TreeView } from './tree.js';

type Subjects = ReadonlyMap<NodeId, Subject>;

/** `taken`: what was taken to be otherwise than it is in these trees while it was decided. */
export function writePlan(
  trees: Trees,
  subjects: Subjects,
  taken?: TouchedSet,
): Pick<Plan, 'push' | 'apply' | 'agreed'> {
  const slots = new Map<SlotKey, Slot>();
  for (const slot of taken?.entries ?? []) slots.set(slotKey(slot), slot);
  for (const id of taken?.nodes ?? []) {
    for (const tree of [trees.base, trees.local, trees.remote]) {
      for (const entry of tree.entriesOf(id)) slots.set(slotKey(entry), entry);
    }
  }
  for (const { base, local, remote } of subjects.values()) {
    for (const { entries } of [base, local, remote]) {
      for (const entry of entries) slots.set(slotKey(entry), entry);
    }
  }
  const scope = { subjects, slots, taken: taken?.nodes ?? NONE };
  const differences = {
    local: differenceOf(trees.local, 'local', scope),
    remote: differenceOf(trees.remote, 'remote', scope),
  };
  return {
    push: inOrder(trees.remote, differences.remote),
    apply: inOrder(trees.local, differences.local),
    agreed: inOrder(trees.base, agreedOf(trees, scope, differences)),
  };
}

interface Scope {
  readonly subjects: Subjects;
  readonly slots: ReadonlyMap<SlotKey, Slot>;
  readonly taken: ReadonlySet<NodeId>;
}

const NONE: ReadonlySet<NodeId> = new Set();

function differenceOf(tree: TreeView, side: Side, { subjects, slots, taken }: Scope): Difference {
  const nodes = new Map<NodeId, NodeVersion | null>();
  const occupants = new Map<SlotKey, NodeId>();
  for (const subject of subjects.values()) {
    const { state, entries } = subject.target(side);
    const now = taken.has(subject.id) ? tree.node(subject.id) : subject[side].state;
    if (state) for (const entry of entries) occupants.set(slotKey(entry), subject.id);
    if (state ? !now || !sameState(now, state) : now) nodes.set(subject.id, state ?? null);
  }
  const changed = new Map<SlotKey, NodeId | null>();
  for (const [key, { parent, name }] of slots) {
    const target = occupants.get(key);
    if (tree.entry(parent, name) !== target) changed.set(key, target ?? null);
  }
  return { nodes, slots: changed };
}

/** Where neither side differs from the decision both are there already, and the base may follow. */
function agreedOf(
  trees: Trees,
  { subjects, slots, taken }: Scope,
  { local, remote }: Readonly<Record<Side, Difference>>,
): Difference {
  const isHeld = (id: NodeId | undefined) => id !== undefined && subjects.get(id)?.held === true;
  const isWaitedFor = ({ parent, name }: Slot) =>
    [trees.local, trees.remote].some((tree) => isHeld(tree.entry(parent, name)));
  const nodes = new Map<NodeId, NodeVersion | null>();
  for (const subject of subjects.values()) {
    const { id, held, base } = subject;
    if (held || local.nodes.has(id) || remote.nodes.has(id)) continue;
    const isTaken = taken.has(id);
    const state = isTaken ? trees.remote.node(id) : subject.remote.state;
    const before = isTaken ? trees.base.node(id) : base.state;
    // Two that wait for the name this one had are in conflict over it: it stays in the base as their ancestor.
    if (!state && base.entries.some((entry) => isWaitedFor(entry))) continue;
    if (!isSameVersion(before, state)) nodes.set(id, state ?? null);
  }
  const changed = new Map<SlotKey, NodeId | null>();
  for (const [key, { parent, name }] of slots) {
    if (local.slots.has(key) || remote.slots.has(key)) continue;
    const [before, now, there] = [trees.base, trees.local, trees.remote].map((it) => it.entry(parent, name));
    if (!isHeld(before) && !isHeld(now) && now === there && before !== now) changed.set(key, now ?? null);
  }
  return { nodes, slots: changed };
}

function isSameVersion(a: NodeVersion | undefined, b: NodeVersion | undefined): boolean {
  return a && b ? sameState(a, b) && a.revision === b.revision : a === b;
}

/** The changes that give nodes of the base their adopted ids: the base under its new names is where all else starts. */
export function renameBase(base: TreeView, { adoptInBase }: Identity): Change[] {
  const changes: Change[] = [];
  for (const [old, now] of adoptInBase) {
    changes.push({ type: 'node', id: now, state: base.node(old) ?? null });
    for (const { parent, name } of base.entriesOf(old)) {
      changes.push({ type: 'entry', parent: adoptInBase.get(parent) ?? parent, name, node: now });
    }
    for (const { name, node } of base.children(old)) {
      changes.push({ type: 'entry', parent: now, name, node: adoptInBase.get(node) ?? node });
      changes.push({ type: 'entry', parent: old, name, node: null });
    }
    changes.push({ type: 'node', id: old, state: null });
  }
  return changes;
}
