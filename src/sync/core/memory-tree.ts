/**
 * A whole tree in memory, for tests and small callers. Pure.
 *
 * It takes changes one by one without looking at what they leave behind, as a database would; `problems` is what says
 * whether the tree is one: the root is a directory, every entry stands in a directory that is there and means a
 * node that is there, every node but the root has an entry, a directory has one, and from everywhere one comes up to
 * the root. That no name stands twice in a directory is given by the shape.
 */
import { innerMap } from './nested-map.js';
import { setIn, unsetIn } from './slot.js';
import { type Change, type Entry, type NodeId, type NodeVersion, ROOT_NODE, type TreeView } from './tree.js';

export class MemoryTree implements TreeView {
  readonly #nodes = new Map<NodeId, NodeVersion>();
  readonly #children = new Map<NodeId, Map<string, Entry>>();
  readonly #places = new Map<NodeId, readonly Entry[]>();

  constructor(nodes: Iterable<readonly [NodeId, NodeVersion]> = [], entries: Iterable<Entry> = []) {
    for (const [id, state] of nodes) this.#nodes.set(id, state);
    for (const entry of entries) this.#place(entry);
  }

  node(id: NodeId): NodeVersion | undefined {
    return this.#nodes.get(id);
  }

  entry(parent: NodeId, name: string): NodeId | undefined {
    return this.#children.get(parent)?.get(name)?.node;
  }

  entriesOf(id: NodeId): readonly Entry[] {
    return this.#places.get(id) ?? [];
  }

  children(parent: NodeId): Iterable<Entry> {
    return [...(this.#children.get(parent)?.values() ?? [])];
  }

  /** Every node of the tree, in no order that means anything. */
  nodes(): Iterable<readonly [NodeId, NodeVersion]> {
    return this.#nodes.entries();
  }

  /** Every entry of the tree. */
  *entries(): Iterable<Entry> {
    for (const names of this.#children.values()) yield* names.values();
  }

  clone(): MemoryTree {
    return new MemoryTree(this.#nodes, this.entries());
  }

  /** Carries the changes out in their order. An entry that is set replaces the one that has its name. */
  apply(changes: Iterable<Change>): this {
    for (const change of changes) {
      if (change.type === 'node') {
        if (change.state) this.#nodes.set(change.id, change.state);
        else this.#nodes.delete(change.id);
      } else {
        this.#clear(change.parent, change.name);
        if (change.node) this.#place({ parent: change.parent, name: change.name, node: change.node });
      }
    }
    return this;
  }

  /** Gives nodes other ids, wherever they stand, as adopting asks. */
  rename(names: ReadonlyMap<NodeId, NodeId>): this {
    const nodes = [...this.#nodes];
    const entries = [...this.entries()];
    for (const part of [this.#nodes, this.#children, this.#places]) part.clear();
    for (const [id, state] of nodes) this.#nodes.set(names.get(id) ?? id, state);
    for (const { parent, name, node } of entries) {
      this.#place({ parent: names.get(parent) ?? parent, name, node: names.get(node) ?? node });
    }
    return this;
  }

  #place(entry: Entry): void {
    innerMap(this.#children, entry.parent).set(entry.name, entry);
    setIn(this.#places, entry.node, entry);
  }

  #clear(parent: NodeId, name: string): void {
    const entry = this.#children.get(parent)?.get(name);
    if (!entry) return;
    this.#children.get(parent)?.delete(name);
    unsetIn(this.#places, entry.node, entry);
  }

  /** What keeps this from being a tree, as sentences; none when all is well. */
  problems(): string[] {
    const found: string[] = [];
    if (this.#nodes.get(ROOT_NODE)?.kind !== 'directory') found.push('the root is no directory');
    for (const entry of this.entries()) {
      if (this.#nodes.get(entry.parent)?.kind !== 'directory') {
        found.push(`${entry.name} stands in ${entry.parent}, which is no directory`);
      }
      if (!this.#nodes.has(entry.node)) found.push(`${entry.name} means ${entry.node}, which is not there`);
    }
    for (const [id, state] of this.#nodes) {
      const places = this.#places.get(id)?.length ?? 0;
      if (id === ROOT_NODE ? places > 0 : places === 0) found.push(`${id} has ${places} entries`);
      if (state.kind !== 'directory') continue;
      if (places > 1) found.push(`the directory ${id} has ${places} entries`);
      if (!this.#reachesRoot(id)) found.push(`the directory ${id} does not hang from the root`);
    }
    return found;
  }

  #reachesRoot(id: NodeId): boolean {
    const seen = new Set<NodeId>();
    for (let at: NodeId | undefined = id; at !== undefined && !seen.has(at); ) {
      if (at === ROOT_NODE) return true;
      seen.add(at);
      at = this.entriesOf(at)[0]?.parent;
    }
    return false;
  }
}
