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
import type { FeedEntry, FeedNode, RemoteWorkspace } from '../remote/index.js';
import type { RemoteSide } from './feed-tree.js';

export async function withLostRemovals(
  side: RemoteSide,
  of: { readonly reader: StoreReader; readonly inos: NodeInos; readonly remote: RemoteWorkspace },
): Promise<RemoteSide> {
  const { reader, inos, remote } = of;
  const { nodes, entries } = side.unknownRemovals;
  const base: Change[] = [];
  const found: { readonly change: Change; readonly row: FeedNode | FeedEntry }[] = [];
  const removedAt = new Map(side.removedAt);
  const removed = new Set<NodeId>();
  for (const row of nodes.values()) {
    const { id, revision, committedAtMs } = row;
    if ((reader.inode(inos.inoOf(id))?.nlink ?? 0) === 0) continue;
    // Without a history nobody knows what was pushed: then it stays.
    const before = (await remote.nodeContent(id, revision - 1))?.state;
    if (before == null) continue;
    removed.add(id);
    base.push({ type: 'node', id, state: before });
    found.push({ change: { type: 'node', id, state: null }, row });
    if (committedAtMs > 0) removedAt.set(id, committedAtMs);
  }
  if (removed.size === 0) return side;
  for (const row of entries.values()) {
    const { parent, name } = row;
    const ino = reader.entry(inos.inoOf(parent), name)?.ino;
    const node = ino === undefined ? undefined : inos.nodeOf(ino);
    if (node === undefined || !removed.has(node)) continue;
    base.push({ type: 'entry', parent, name, node });
    found.push({ change: { type: 'entry', parent, name, node: null }, row });
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
    unsettled: (isSettled) => {
      const open = found.flatMap(({ change, row }) => (isSettled(change) ? [] : [row]));
      const known = side.unsettled(isSettled);
      return {
        nodes: [...known.nodes, ...open.filter((row) => 'id' in row)],
        entries: [...known.entries, ...open.filter((row) => 'name' in row)],
      };
    },
  };
}
