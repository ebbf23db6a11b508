/**
 * The contents of conflict copies: what the remote has under one node is to be made here, and there, under another.
 *
 * Only references travel: a large content is chunks that the remote has already.
 */
import { AgentFsError } from '../../base/index.js';
import type { NodeId } from '../core/index.js';
import type { NodeContent, RemoteWorkspace } from '../remote/index.js';
import type { RemoteSide } from './feed-tree.js';

/** `copies`: the copy's node, and the node that has its content. Throws REMOTE_CORRUPT where the remote has none. */
export async function copyContents(
  copies: ReadonlyMap<NodeId, NodeId>,
  of: { readonly side: RemoteSide; readonly remote: RemoteWorkspace },
): Promise<ReadonlyMap<NodeId, NodeContent>> {
  const contents = new Map<NodeId, NodeContent>();
  for (const [copy, source] of copies) {
    const known = of.side.contentOf(source) ?? (await of.remote.nodeContent(source, of.side.head))?.content;
    if (known === undefined)
      throw new AgentFsError('REMOTE_CORRUPT', `the remote has no content for node ${source}`, {
        operation: 'resolve',
      });
    contents.set(copy, known);
  }
  return contents;
}
