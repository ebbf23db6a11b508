/**
 * The tree of a workspace as it was at a revision, read from the remote and checked.
 *
 * It must be a tree, and nothing of it may be missing: whatever is not in it would be removed here.
 */
import { AgentFsError } from '../../base/index.js';
import { MemoryTree, type NodeId, type NodeVersion, ROOT_NODE } from '../core/index.js';
import type { FeedEntry, FeedNode, NodeContent, RemoteWorkspace } from '../remote/index.js';

export interface PastTree {
  readonly tree: MemoryTree;
  /** Of the nodes that were wanted, as many as memory should hold. */
  readonly contents: ReadonlyMap<NodeId, NodeContent>;
}

/** Of content in memory; the rest is fetched when it is needed. */
const CONTENT_BYTES = 64 * 1024 * 1024;

/** `wantsContent` says of which nodes the content is remembered. Throws REMOTE_CORRUPT. */
export async function readPastTree(
  remote: RemoteWorkspace,
  revision: number,
  wantsContent: (node: FeedNode & { readonly state: NodeVersion }) => boolean,
): Promise<PastTree> {
  const nodes = new Map<NodeId, NodeVersion>();
  const entries: FeedEntry[] = [];
  const contents = new Map<NodeId, NodeContent>();
  let bytes = 0;
  for await (const page of remote.history.treeAt(revision)) {
    const [bad] = page.quarantined;
    if (bad !== undefined) throw corrupt(revision, `${bad.what} ${bad.id}: ${bad.reason}`);
    for (const node of page.nodes) {
      const { state } = node;
      if (state === null) continue;
      nodes.set(node.id, state);
      if (bytes > CONTENT_BYTES || !wantsContent({ ...node, state })) continue;
      contents.set(node.id, node.content);
      bytes += sizeOf(node.content);
    }
    for (const entry of page.entries) if (entry.node !== null) entries.push(entry);
  }
  const tree = new MemoryTree(
    nodes,
    entries.map(({ parent, name, node }) => ({ parent, name, node: node! })),
  );
  if (tree.node(ROOT_NODE) === undefined && nodes.size === 0) throw corrupt(revision, 'it has no root');
  const [problem] = tree.problems();
  if (problem !== undefined) throw corrupt(revision, problem);
  return { tree, contents };
}

function sizeOf(content: NodeContent): number {
  if (content.kind === 'inline') return content.bytes.length;
  return content.kind === 'chunks' ? content.chunks.length * 100 : 100;
}

function corrupt(revision: number, what: string): AgentFsError {
  return new AgentFsError('REMOTE_CORRUPT', `revision ${revision} on the remote is damaged: ${what}`, {
    operation: 'history',
    hint: 'Nothing was changed here. Choose another revision.',
  });
}
