/**
 * A tree in which some nodes are called by another id. Pure; nothing is copied.
 *
 * Adopting a node gives it another side's identity. Everything after that step reads the tree through this view, so
 * that no later rule knows of adoption at all. The renaming is one to one, and no new id stands in the tree under
 * its own name: `identity.ts` sees to both.
 */
import type { Entry, NodeId, NodeVersion, TreeView } from './tree.js';

export class RenamedTree implements TreeView {
  readonly #inner: TreeView;
  readonly #toNew: ReadonlyMap<NodeId, NodeId>;
  readonly #toOld: ReadonlyMap<NodeId, NodeId>;

  constructor(inner: TreeView, names: ReadonlyMap<NodeId, NodeId>) {
    this.#inner = inner;
    this.#toNew = names;
    this.#toOld = new Map([...names].map(([old, now]) => [now, old]));
  }

  /** The id in the tree below for an id of this view; undefined for the old name of what was renamed. */
  #below(id: NodeId): NodeId | undefined {
    return this.#toOld.get(id) ?? (this.#toNew.has(id) ? undefined : id);
  }

  #above(entry: Entry): Entry {
    const [parent, node] = [this.#toNew.get(entry.parent), this.#toNew.get(entry.node)];
    if (parent === undefined && node === undefined) return entry;
    return { parent: parent ?? entry.parent, name: entry.name, node: node ?? entry.node };
  }

  node(id: NodeId): NodeVersion | undefined {
    const below = this.#below(id);
    return below === undefined ? undefined : this.#inner.node(below);
  }

  entry(parent: NodeId, name: string): NodeId | undefined {
    const below = this.#below(parent);
    const node = below === undefined ? undefined : this.#inner.entry(below, name);
    return node === undefined ? undefined : (this.#toNew.get(node) ?? node);
  }

  entriesOf(id: NodeId): readonly Entry[] {
    const below = this.#below(id);
    return below === undefined ? [] : this.#inner.entriesOf(below).map((entry) => this.#above(entry));
  }

  *children(parent: NodeId): Iterable<Entry> {
    const below = this.#below(parent);
    if (below === undefined) return;
    for (const entry of this.#inner.children(below)) yield this.#above(entry);
  }
}
