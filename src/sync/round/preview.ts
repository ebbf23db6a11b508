/**
 * What a plan would do to one side, as a person reads it: a line a file. Pure.
 */
import {
  type Change,
  type NodeId,
  type NodeVersion,
  type Plan,
  pathOf,
  ROOT_NODE,
  type TreeView,
} from '../core/index.js';
import type { PlannedChange } from '../types.js';

/** More are counted and not listed. */
const LISTED_MAX = 1000;
const UNSYNCED_SHOWN = 20;

/** `before` is the side as it is, `after` the one that it is made like. */
export function preview(changes: readonly Change[], before: TreeView, after: TreeView): PlannedChange[] {
  const planned: PlannedChange[] = [];
  for (const id of nodesOf(changes, before)) {
    if (planned.length === LISTED_MAX) break;
    const one = plannedChange(id, before, after);
    if (one !== undefined) planned.push(one);
  }
  return planned.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function nodesOf(changes: readonly Change[], before: TreeView): Set<NodeId> {
  const ids = new Set<NodeId>();
  for (const change of changes) {
    if (change.type === 'node') ids.add(change.id);
    else {
      const id = change.node ?? before.entry(change.parent, change.name);
      if (id !== undefined) ids.add(id);
    }
  }
  ids.delete(ROOT_NODE);
  return ids;
}

function plannedChange(id: NodeId, before: TreeView, after: TreeView): PlannedChange | undefined {
  const [from, to] = [placeOf(before, id), placeOf(after, id)];
  if (to === undefined) return from === undefined ? undefined : { action: 'remove', ...from };
  if (from === undefined) return { action: 'create', ...to };
  const [was, is] = [before.node(id) as NodeVersion, after.node(id) as NodeVersion];
  if (from.path !== to.path) return { action: 'move', ...to, from: from.path };
  return { action: was.hash === is.hash && was.size === is.size ? 'attributes' : 'change', ...to };
}

function placeOf(tree: TreeView, id: NodeId): Omit<PlannedChange, 'action'> | undefined {
  const version = tree.node(id);
  const path = version === undefined ? undefined : pathOf(tree, id);
  if (version === undefined || path === undefined) return undefined;
  return { path, kind: version.kind, size: version.size };
}

/** Of what is to be pushed, or in conflict: the first paths. */
export function pathsOf({ push, conflicts }: Plan, local: TreeView): string[] {
  const paths = new Set(conflicts.map(({ path }) => path));
  for (const change of push) {
    if (paths.size >= UNSYNCED_SHOWN) break;
    const path = change.type === 'node' ? pathOf(local, change.id) : undefined;
    if (path !== undefined) paths.add(path);
    else if (change.type === 'entry')
      paths.add(`${(pathOf(local, change.parent) ?? '').replace(/\/$/, '')}/${change.name}`);
  }
  return [...paths].filter((path) => path !== '/' || paths.size === 1).slice(0, UNSYNCED_SHOWN);
}
