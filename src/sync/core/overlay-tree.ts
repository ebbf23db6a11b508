/**
 * A tree and what changed on top of it, read as one tree. Pure; nothing of the base is copied.
 *
 * "Remote" is the base with the feed on top, "local" is the base with the local changes: both cost as much as what
 * changed, however large the workspace is. Looking up a node or an entry is one or two map look-ups; only
 * `children` goes through a directory, and only when asked. Removing a node does not remove its entries or what is
 * in it: whoever writes changes says each one.
 */
import { innerMap } from './nested-map.js';
import { setIn, unsetIn } from './slot.js';
import type { Change, Entry, NodeId, NodeVersion, TreeView } from './tree.js';

export class OverlayTree implements TreeView {
  readonly #base: TreeView;
  readonly #nodes = new Map<NodeId, NodeVersion | null>();
  readonly #slots = new Map<NodeId, Map<string, NodeId | null>>();
  readonly #placed = new Map<NodeId, readonly Entry[]>();

  constructor(base: TreeView, changes: Iterable<Change> = []) {
    this.#base = base;
    this.apply(changes);
  }

  /** Lays further changes on top; a later one replaces an earlier one of the same node or slot. */
  apply(changes: Iterable<Change>): this {
    for (const change of changes) {
      if (change.type === 'node') this.#nodes.set(change.id, change.state);
      else this.#setEntry(change.parent, change.name, change.node);
    }
    return this;
  }

  #setEntry(parent: NodeId, name: string, node: NodeId | null): void {
    const names = innerMap(this.#slots, parent);
    const before = names.get(name);
    if (before) unsetIn(this.#placed, before, { parent, name });
    names.set(name, node);
    if (node !== null) setIn(this.#placed, node, { parent, name, node });
  }

  node(id: NodeId): NodeVersion | undefined {
    const changed = this.#nodes.get(id);
    return changed === undefined ? this.#base.node(id) : (changed ?? undefined);
  }

  entry(parent: NodeId, name: string): NodeId | undefined {
    const changed = this.#slots.get(parent)?.get(name);
    return changed === undefined ? this.#base.entry(parent, name) : (changed ?? undefined);
  }

  entriesOf(id: NodeId): readonly Entry[] {
    const below = this.#base.entriesOf(id);
    const placed = this.#placed.get(id);
    if (below.length === 0) return placed ?? below;
    const untouched = below.filter((entry) => this.#slots.get(entry.parent)?.get(entry.name) === undefined);
    return placed ? [...untouched, ...placed] : untouched;
  }

  *children(parent: NodeId): Iterable<Entry> {
    const names = this.#slots.get(parent);
    if (!names) {
      yield* this.#base.children(parent);
      return;
    }
    for (const entry of this.#base.children(parent)) if (!names.has(entry.name)) yield entry;
    for (const [name, node] of names) if (node !== null) yield { parent, name, node };
  }
}
