/**
 * Removals of what this agent pushed without hearing of it.
 *
 * A commit whose answer was lost is recognised by its rows in the feed. Where somebody has removed them again by then, the
 * feed has only the removal, of something that the base does not know, and what is here would look new and go up a second
 * time. But its identity is on the remote's record, so it was pushed: what the remote had last is its base.
 */
import type { StoreReader } from '../../store/index.js';
import { type Change, type NodeId, OverlayTree } from '../core/index.js';
import type { NodeInos } from '../local/node-inos.js';
import type { RemoteWorkspace } from '../remote/index.js';
import type { RemoteSide } from './feed-tree.js';

export async function withLostRemovals(
  side: RemoteSide,
  of: { readonly reader: StoreReader; readonly inos: NodeInos; readonly remote: RemoteWorkspace },
): Promise<RemoteSide> {
  const { reader, inos, remote } = of;
  const { nodes, entries } = side.unknownRemovals;
  const base: Change[] = [];
  const found: { readonly change: Change; readonly revision: number }[] = [];
  const removedAt = new Map(side.removedAt);
  const removed = new Set<NodeId>();
  for (const { id, revision, committedAtMs } of nodes.values()) {
    if ((reader.inode(inos.inoOf(id))?.nlink ?? 0) === 0) continue;
    // Without a history nobody knows what was pushed: then it stays.
    const before = (await remote.nodeContent(id, revision - 1))?.state;
    if (before == null) continue;
    removed.add(id);
    base.push({ type: 'node', id, state: before });
    found.push({ change: { type: 'node', id, state: null }, revision });
    if (committedAtMs > 0) removedAt.set(id, committedAtMs);
  }
  if (removed.size === 0) return side;
  for (const { parent, name, revision } of entries.values()) {
    const ino = reader.entry(inos.inoOf(parent), name)?.ino;
    const node = ino === undefined ? undefined : inos.nodeOf(ino);
    if (node === undefined || !removed.has(node)) continue;
    base.push({ type: 'entry', parent, name, node });
    found.push({ change: { type: 'entry', parent, name, node: null }, revision });
  }
  const slots = found.flatMap(({ change }) => (change.type === 'entry' ? [change] : []));
  return {
    ...side,
    base: new OverlayTree(side.base, base),
    removedAt,
    touched: {
      nodes: new Set([...side.touched.nodes, ...removed]),
      entries: [...side.touched.entries, ...slots],
    },
    lowestRevision(isSettled) {
      const open = found.flatMap(({ change, revision }) => (isSettled(change) ? [] : [revision]));
      return lowest([side.lowestRevision(isSettled), ...open]);
    },
  };
}

function lowest(revisions: readonly (number | undefined)[]): number | undefined {
  const known = revisions.filter((it) => it !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
