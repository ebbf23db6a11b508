/**
 * Groups a plan's changes into units that one commit must hold together, in an order in which they can be committed. Pure.
 *
 * After each commit the remote is a tree: every node has an entry, every entry a parent and a node. So a node goes with
 * the entries that it gets and loses, and with the node whose place it takes (which is removed, or moves on to another
 * place, and so on). A directory is made before what stands in it, and removed after what stood in it; where units need
 * each other, they are one.
 */
import type { Change, NodeId } from '../core/index.js';

export function commitUnits(
  changes: readonly Change[],
  entryBefore: (parent: NodeId, name: string) => NodeId | undefined,
): Change[][] {
  const ordered = [...changes].sort((a, b) => rank(a) - rank(b));
  const nodeOf = (change: Change): NodeId =>
    change.type === 'node'
      ? change.id
      : (change.node ?? entryBefore(change.parent, change.name) ?? change.parent);
  const groups = new Groups();
  for (const change of ordered) {
    if (change.type === 'node' || change.node === null) continue;
    const before = entryBefore(change.parent, change.name);
    if (before !== undefined) groups.join(before, change.node);
  }
  const needs = needsOf(ordered, nodeOf);
  for (;;) {
    const units = new Map<NodeId, Change[]>();
    for (const change of ordered) grow(units, groups.of(nodeOf(change)), change);
    const order = new Order(units.keys(), needs, groups);
    if (order.circle === undefined) return order.units.map((unit) => units.get(unit)!);
    for (const unit of order.circle) groups.join(unit, order.circle[0]!);
  }
}

/** Made and edited first, removals last; the sort is stable, so the plan's order holds among equals. */
function rank(change: Change): number {
  if (change.type === 'node') return change.state === null ? 3 : 0;
  return change.node === null ? 2 : 1;
}

/** Which nodes must be committed no later than a node, since they are its directory, or stood in it. */
function needsOf(
  changes: readonly Change[],
  nodeOf: (change: Change) => NodeId,
): ReadonlyMap<NodeId, NodeId[]> {
  const changed = new Map<NodeId, boolean>();
  for (const change of changes) if (change.type === 'node') changed.set(change.id, change.state !== null);
  const needs = new Map<NodeId, NodeId[]>();
  for (const change of changes) {
    if (change.type === 'node') continue;
    const lives = changed.get(change.parent);
    if (lives === undefined) continue;
    if (change.node !== null && lives) grow(needs, change.node, change.parent);
    else if (change.node === null && !lives) grow(needs, change.parent, nodeOf(change));
  }
  return needs;
}

/** Units after those that they need; `circle` where some need each other. */
class Order {
  readonly units: NodeId[] = [];
  circle: NodeId[] | undefined;
  readonly #needs = new Map<NodeId, NodeId[]>();
  readonly #done = new Set<NodeId>();
  readonly #path: NodeId[] = [];

  constructor(units: Iterable<NodeId>, needs: ReadonlyMap<NodeId, readonly NodeId[]>, groups: Groups) {
    for (const [node, needed] of needs) {
      for (const it of needed) grow(this.#needs, groups.of(node), groups.of(it));
    }
    const known = new Set(units);
    for (const unit of known) this.#visit(unit, known);
  }

  /** As deep as directories are nested. */
  #visit(unit: NodeId, known: ReadonlySet<NodeId>): void {
    if (this.#done.has(unit) || !known.has(unit) || this.circle !== undefined) return;
    const at = this.#path.indexOf(unit);
    if (at >= 0) {
      this.circle = this.#path.slice(at);
      return;
    }
    this.#path.push(unit);
    for (const needed of this.#needs.get(unit) ?? []) if (needed !== unit) this.#visit(needed, known);
    this.#path.pop();
    this.#done.add(unit);
    this.units.push(unit);
  }
}

/** Disjoint sets of nodes, with halved paths. */
class Groups {
  readonly #above = new Map<NodeId, NodeId>();

  of(node: NodeId): NodeId {
    let at = node;
    for (let next = this.#above.get(at); next !== undefined; next = this.#above.get(at)) {
      const further = this.#above.get(next);
      if (further !== undefined) this.#above.set(at, further);
      at = next;
    }
    return at;
  }

  join(a: NodeId, b: NodeId): void {
    const [from, to] = [this.of(a), this.of(b)];
    if (from !== to) this.#above.set(from, to);
  }
}

function grow<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
