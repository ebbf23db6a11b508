/**
 * One side's tree as sync sees it: without what is excluded. Pure; nothing is copied.
 *
 * An entry is shown where its path, on this side, is included and so is every directory above. A file of which no name is
 * shown is not there. A directory that the base has is shown as long as its path is included. A new one comes along
 * only when it is needed: when something shown is in it, or when it is empty and wanted for its own sake. So a directory
 * that holds nothing but excluded things is not there, as in git.
 *
 * Two sets of a caller that has seen both sides overrule this: `blocked` slots are hidden, because the other side has
 * something excluded there; `revealed` directories are shown, because the other side has the same directory.
 */
import type { PathFilter } from './filters.js';
import { type SlotKey, slotKey } from './slot.js';
import {
  type Entry,
  type NodeId,
  type NodeKind,
  type NodeVersion,
  ROOT_NODE,
  type TreeView,
} from './tree.js';

/** All that one side has, excluded or not. */
export interface WholeTree extends TreeView {
  /** The kind alone: what is excluded is never asked for more. */
  kindOf(id: NodeId): NodeKind | undefined;
}

/** A tree whose nodes cost nothing to look at. */
export function wholeTree(tree: TreeView): WholeTree {
  return {
    node: (id) => tree.node(id),
    kindOf: (id) => tree.node(id)?.kind,
    entry: (parent, name) => tree.entry(parent, name),
    entriesOf: (id) => tree.entriesOf(id),
    children: (parent) => tree.children(parent),
  };
}

export interface FilteredTreeOptions {
  readonly filter: PathFilter;
  /** Whether the base has this directory. */
  readonly isBased: (directory: NodeId) => boolean;
  readonly blocked?: ReadonlySet<SlotKey>;
  readonly revealed?: ReadonlySet<NodeId>;
}

const NOTHING: ReadonlySet<string> = new Set();

export class FilteredTree implements TreeView {
  readonly whole: WholeTree;
  readonly #filter: PathFilter;
  readonly #isBased: (directory: NodeId) => boolean;
  readonly #blocked: ReadonlySet<SlotKey>;
  readonly #revealed: ReadonlySet<NodeId>;
  /** Of directories; undefined for one that is excluded or has no name. */
  readonly #paths = new Map<NodeId, string | undefined>([[ROOT_NODE, '']]);
  readonly #needed = new Map<NodeId, boolean>();

  constructor(whole: WholeTree, options: FilteredTreeOptions) {
    this.whole = whole;
    this.#filter = options.filter;
    this.#isBased = options.isBased;
    this.#blocked = options.blocked ?? NOTHING;
    this.#revealed = options.revealed ?? NOTHING;
  }

  node(id: NodeId): NodeVersion | undefined {
    return this.has(id) ? this.whole.node(id) : undefined;
  }

  has(id: NodeId): boolean {
    return id === ROOT_NODE || this.whole.entriesOf(id).some((entry) => this.shows(entry));
  }

  entry(parent: NodeId, name: string): NodeId | undefined {
    const node = this.whole.entry(parent, name);
    return node !== undefined && this.shows({ parent, name, node }) ? node : undefined;
  }

  entriesOf(id: NodeId): readonly Entry[] {
    return this.whole.entriesOf(id).filter((entry) => this.shows(entry));
  }

  *children(parent: NodeId): Iterable<Entry> {
    if (this.#pathOf(parent) === undefined) return;
    for (const entry of this.whole.children(parent)) if (this.shows(entry)) yield entry;
  }

  shows(entry: Entry): boolean {
    const path = this.#includedPath(entry);
    if (path === undefined) return false;
    return this.whole.kindOf(entry.node) !== 'directory' || this.#isNeeded(entry.node, path);
  }

  /** True for an entry whose path is included: it may still be a directory that nobody needs. */
  includes(entry: Entry): boolean {
    return this.#includedPath(entry) !== undefined;
  }

  /** True where the directory cannot go without something that is hidden here. */
  hidesChild(directory: NodeId): boolean {
    for (const entry of this.whole.children(directory)) if (!this.shows(entry)) return true;
    return false;
  }

  #includedPath(entry: Entry): string | undefined {
    const above = this.#pathOf(entry.parent);
    if (above === undefined || this.#blocked.has(slotKey(entry))) return undefined;
    const kind = this.whole.kindOf(entry.node);
    if (kind === undefined) return undefined;
    const path = `${above}/${entry.name}`;
    return this.#filter.includes(path, kind === 'directory') ? path : undefined;
  }

  #pathOf(directory: NodeId): string | undefined {
    if (this.#paths.has(directory)) return this.#paths.get(directory);
    // For the time being, so that a circle ends.
    this.#paths.set(directory, undefined);
    const [entry] = this.whole.kindOf(directory) === 'directory' ? this.whole.entriesOf(directory) : [];
    const path = entry && this.#includedPath(entry);
    this.#paths.set(directory, path);
    return path;
  }

  #isNeeded(directory: NodeId, path: string): boolean {
    const known = this.#needed.get(directory);
    if (known !== undefined) return known;
    this.#needed.set(directory, false);
    const needed = this.#isBased(directory) || this.#revealed.has(directory) || this.#holds(directory, path);
    this.#needed.set(directory, needed);
    return needed;
  }

  #holds(directory: NodeId, path: string): boolean {
    let empty = true;
    for (const entry of this.whole.children(directory)) {
      if (this.shows(entry)) return true;
      empty = false;
    }
    return empty && this.#filter.wants(path);
  }
}
