/**
 * What differs between two trees, by path. Pure.
 *
 * The same node in another place is a rename; what only hangs on a directory that was renamed is not told. A directory's
 * time is no difference.
 */
import { sameState } from '../core/index.js';
import { type NodeId, type NodeVersion, ROOT_NODE, type TreeView } from '../core/tree.js';
import type { DiffEntry, DiffSide } from './types.js';

export interface Difference extends Omit<DiffEntry, 'binary' | 'patch'> {
  readonly beforeId: NodeId | undefined;
  readonly afterId: NodeId | undefined;
}

interface Located {
  readonly path: string;
  readonly id: NodeId;
  readonly parent: NodeId;
  readonly name: string;
  readonly state: NodeVersion;
}

/** Sorted by path. `path` as split names; only what is at or below it on either side. */
export function diffTrees(before: TreeView, after: TreeView, path: readonly string[]): Difference[] {
  const [had, has] = [flatten(before, path), flatten(after, path)];
  const byId = new Map<NodeId, Located>();
  for (const [at, located] of had) if (!has.has(at)) byId.set(located.id, located);
  const found: Difference[] = [];
  const moved = new Set<NodeId>();
  for (const [at, now] of has) {
    const then = had.get(at);
    if (then !== undefined) {
      const what = changeOf(then.state, now.state);
      if (what !== undefined) found.push(difference(what, then, now));
      continue;
    }
    const elsewhere = byId.get(now.id);
    if (elsewhere === undefined || elsewhere.state.kind !== now.state.kind || moved.has(now.id)) {
      found.push(difference('added', undefined, now));
      continue;
    }
    moved.add(now.id);
    const carried = elsewhere.parent === now.parent && elsewhere.name === now.name;
    const what = changeOf(elsewhere.state, now.state);
    if (!carried) found.push(difference('renamed', elsewhere, now));
    else if (what !== undefined) found.push(difference(what, elsewhere, now));
  }
  for (const [at, then] of had)
    if (!has.has(at) && !moved.has(then.id)) found.push(difference('removed', then, undefined));
  return found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function difference(
  what: DiffEntry['what'],
  before: Located | undefined,
  after: Located | undefined,
): Difference {
  return {
    path: (after ?? before)!.path,
    what,
    before: before === undefined ? null : sideOf(before),
    after: after === undefined ? null : sideOf(after),
    beforeId: before?.id,
    afterId: after?.id,
  };
}

function sideOf({ path, state }: Located): DiffSide {
  const { kind, size, hash, mode } = state;
  return { path, kind, size, hash, mode };
}

function changeOf(before: NodeVersion, after: NodeVersion): 'modified' | 'attributes' | undefined {
  if (before.kind !== after.kind) return 'modified';
  if (after.kind !== 'directory' && (before.hash !== after.hash || before.size !== after.size))
    return 'modified';
  const { mtimeSec, mtimeNsec } = before;
  return sameState(before, { ...after, mtimeSec, mtimeNsec }) ? undefined : 'attributes';
}

function flatten(tree: TreeView, names: readonly string[]): Map<string, Located> {
  const found = new Map<string, Located>();
  let parent = ROOT_NODE;
  let top = ROOT_NODE;
  for (const name of names) {
    const next = tree.entry(top, name);
    if (next === undefined) return found;
    [parent, top] = [top, next];
  }
  const state = tree.node(top);
  const path = names.length === 0 ? '' : `/${names.join('/')}`;
  if (names.length > 0 && state !== undefined)
    found.set(path, { path, id: top, parent, name: names.at(-1)!, state });
  const queue: { id: NodeId; path: string }[] = [{ id: top, path }];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (tree.node(at.id)?.kind !== 'directory') continue;
    for (const { name, node } of tree.children(at.id)) {
      const below = tree.node(node);
      if (below === undefined) continue;
      const to = `${at.path}/${name}`;
      found.set(to, { path: to, id: node, parent: at.id, name, state: below });
      queue.push({ id: node, path: to });
    }
  }
  return found;
}
