/**
 * Which paths of both sides the filters let sync see.
 *
 * A directory that holds nothing but excluded things is on neither side. Where something excluded stands on one side, what the
 * other has of that name waits with all that is in it, unless both are directories: it is not synced either.
 */
import { FilteredTree, type WholeTree } from '../core/filtered-tree.js';
import { createFilter, type Entry, type FilterPatterns, type NodeId } from '../core/index.js';

export interface WalkedSide {
  readonly tree: WholeTree;
  /** What stands at each path; a directory comes before what is in it. */
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface BothSides {
  readonly here: WalkedSide;
  readonly there: WalkedSide;
  /** Whether the base has this directory. */
  readonly isBased: (directory: NodeId) => boolean;
}

export interface ShownPaths {
  here(path: string): boolean;
  there(path: string): boolean;
}

/** `sides` are only made where a filter asks for them. */
export function shownPaths(patterns: FilterPatterns, sides: () => BothSides): ShownPaths {
  const filter = createFilter(patterns);
  if (!filter.isActive) return { here: () => true, there: () => true };
  const { here, there, isBased } = sides();
  const hidden = ({ tree, entries }: WalkedSide): Set<string> => {
    const view = new FilteredTree(tree, { filter, isBased });
    return new Set([...entries].filter(([, entry]) => !view.shows(entry)).map(([path]) => path));
  };
  const [hiddenHere, hiddenThere] = [hidden(here), hidden(there)];
  const waitsHere = waiting(here, { ...there, hidden: hiddenThere });
  const waitsThere = waiting(there, { ...here, hidden: hiddenHere });
  return {
    here: (path) => !hiddenHere.has(path) && !waitsHere.has(path),
    there: (path) => !hiddenThere.has(path) && !waitsThere.has(path),
  };
}

function waiting(
  side: WalkedSide,
  other: WalkedSide & { readonly hidden: ReadonlySet<string> },
): Set<string> {
  const found = new Set<string>();
  const isDirectory = ({ tree, entries }: WalkedSide, path: string) =>
    tree.kindOf(entries.get(path)!.node) === 'directory';
  for (const path of side.entries.keys()) {
    const meets = other.hidden.has(path) && !(isDirectory(side, path) && isDirectory(other, path));
    if (meets || found.has(path.slice(0, path.lastIndexOf('/')))) found.add(path);
  }
  return found;
}
