/**
 * Groups a plan's changes into units that one commit must hold together. Pure.
 *
 * After each commit the remote is a tree: every node has an entry, every entry a parent and a node. So a node goes with
 * the entries that it gets and loses, and with the node whose place it takes (which is removed, or moves on to another
 * place, and so on). A directory whose place is taken goes with everything in it that is removed.
 *
 * Units come in an order in which they can be committed one by one: what is made before what stands in it, what is
 * removed after what stood in it.
 */
import type { Change, NodeId } from '../core/index.js';

export function commitUnits(
  changes: readonly Change[],
  entryBefore: (parent: NodeId, name: string) => NodeId | undefined,
): Change[][] {
  const groups = new Groups();
  const replaced: NodeId[] = [];
  const removedFrom = new Map<NodeId, NodeId[]>();
  for (const change of changes) {
    if (change.type === 'node') continue;
    const before = entryBefore(change.parent, change.name);
    if (before === undefined) continue;
    if (change.node === null) grow(removedFrom, change.parent, before);
    else if (before !== change.node) {
      groups.join(before, change.node);
      replaced.push(before);
    }
  }
  for (let node = replaced.pop(); node !== undefined; node = replaced.pop()) {
    const inside = removedFrom.get(node) ?? [];
    removedFrom.delete(node);
    for (const child of inside) groups.join(child, node);
    replaced.push(...inside);
  }
  const units = new Map<NodeId, Change[]>();
  for (const change of [...changes].sort((a, b) => rank(a) - rank(b))) {
    const node =
      change.type === 'node'
        ? change.id
        : (change.node ?? entryBefore(change.parent, change.name) ?? change.parent);
    grow(units, groups.of(node), change);
  }
  return [...units.values()];
}

/** Made and edited first, removals last; the sort is stable, so the plan's order holds among equals. */
function rank(change: Change): number {
  if (change.type === 'node') return change.state === null ? 3 : 0;
  return change.node === null ? 2 : 1;
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
