/**
 * What has to be looked at when a side is seen through a filter. Pure.
 *
 * A side's changes say where the whole tree differs. What is shown of it may differ in more places: a directory that moved
 * into an excluded place takes everything in it out of sight, one that moved out of it shows everything, and something new in
 * a directory that nobody needed brings that directory along. The result holds every place where the shown tree differs
 * from the base, provided that both were compared like this whenever one of them changed.
 */
import type { FilteredTree } from './filtered-tree.js';
import type { PathFilter } from './filters.js';
import { type Slot, slotKey } from './slot.js';
import { type Change, type Entry, type NodeId, ROOT_NODE, type TouchedSet, type TreeView } from './tree.js';

export interface Looking {
  readonly base: TreeView;
  readonly view: FilteredTree;
  readonly filter: PathFilter;
}

/** All that a base has, for a filter that is new. */
export interface BaseListing {
  readonly nodes: Iterable<NodeId>;
  readonly entries: Iterable<Entry>;
}

export function touchedThrough(raw: TouchedSet, looking: Looking): TouchedSet {
  const found = new Found(looking);
  for (const id of raw.nodes) found.addNode(id);
  for (const slot of raw.entries) {
    found.addSlot(slot);
    found.lookBelow(slot);
  }
  return found.touched;
}

/** The filter is new, or what lies where has changed beneath it: every difference, whatever changed. */
export function touchedEverywhere(raw: TouchedSet, looking: Looking, listing: BaseListing): TouchedSet {
  const found = new Found(looking);
  const { view } = looking;
  for (const id of raw.nodes) found.addNode(id);
  for (const slot of raw.entries) found.addSlot(slot);
  // Of directories the times may differ, because of what was excluded in them.
  for (const id of listing.nodes)
    if (!view.has(id) || view.whole.kindOf(id) === 'directory') found.addNode(id);
  for (const entry of listing.entries) {
    if (view.entry(entry.parent, entry.name) !== entry.node) found.addSlot(entry);
  }
  found.addNewIn(ROOT_NODE);
  return found.touched;
}

/** The rows of a base whose place is excluded: what stood there is forgotten, not deleted. */
export function excludedFromBase(base: TreeView, shown: FilteredTree, listing: BaseListing): Change[] {
  const forgotten: Change[] = [];
  for (const { parent, name, node } of listing.entries) {
    if (base.entry(parent, name) === node && shown.entry(parent, name) !== node)
      forgotten.push({ type: 'entry', parent, name, node: null });
  }
  for (const id of listing.nodes) {
    if (id !== ROOT_NODE && base.entriesOf(id).length > 0 && !shown.has(id))
      forgotten.push({ type: 'node', id, state: null });
  }
  return forgotten;
}

class Found {
  readonly #looking: Looking;
  readonly #nodes = new Set<NodeId>();
  readonly #slots = new Map<string, Slot>();

  constructor(looking: Looking) {
    this.#looking = looking;
  }

  get touched(): TouchedSet {
    return { nodes: this.#nodes, entries: [...this.#slots.values()] };
  }

  addNode(id: NodeId): void {
    this.#nodes.add(id);
  }

  addSlot({ parent, name }: Slot): void {
    this.#slots.set(slotKey({ parent, name }), { parent, name });
    this.#addNewAbove(parent);
  }

  /** A directory without a base is found by its own name, which changed when nobody looked. */
  #addNewAbove(directory: NodeId): void {
    const { base, view } = this.#looking;
    for (let at = directory; at !== ROOT_NODE && !base.node(at) && !this.#nodes.has(at); ) {
      const [entry] = view.entriesOf(at);
      if (!entry) return;
      this.#nodes.add(at);
      this.#slots.set(slotKey(entry), { parent: entry.parent, name: entry.name });
      at = entry.parent;
    }
  }

  lookBelow({ parent, name }: Slot): void {
    const { base, view, filter } = this.#looking;
    const now = view.whole.entry(parent, name);
    if (now === undefined || view.whole.kindOf(now) !== 'directory' || base.entry(parent, name) === now)
      return;
    const isShown = view.has(now);
    if (base.node(now) && (!isShown || filter.dependsOnParents)) this.#addGoneFrom(now);
    if (isShown && (!base.node(now) || filter.dependsOnParents)) this.addNewIn(now);
  }

  /** What is shown in a directory and not in the base. */
  addNewIn(directory: NodeId): void {
    const { base, view } = this.#looking;
    const queue = [directory];
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      for (const entry of view.children(at)) {
        if (!base.node(entry.node)) this.#nodes.add(entry.node);
        if (base.entry(at, entry.name) !== entry.node) this.addSlot(entry);
        if (view.whole.kindOf(entry.node) === 'directory') queue.push(entry.node);
      }
    }
  }

  /** What the base has in a directory and is not shown there any more. */
  #addGoneFrom(directory: NodeId): void {
    const { base, view } = this.#looking;
    const queue = [directory];
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      for (const entry of base.children(at)) {
        if (!view.has(entry.node)) this.#nodes.add(entry.node);
        if (view.entry(at, entry.name) !== entry.node) this.addSlot(entry);
        if (base.node(entry.node)?.kind === 'directory') queue.push(entry.node);
      }
    }
  }
}
