/**
 * Changes for the tests of the remote: nodes and entries with made-up identities, and a remote read back into maps.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { NodeId, NodeKind, NodeVersion } from '#src/sync/core/tree.js';
import type {
  FeedEntry,
  FeedNode,
  NodeContent,
  PushChange,
  PushCommit,
  PushOutcome,
  Quarantined,
  RemoteWorkspace,
} from '#src/sync/remote/index.js';
import { hashContent, sha256 } from '#src/sync/transfer/index.js';

export function id(seed: string): NodeId {
  return createHash('md5').update(seed).digest('hex');
}

export function stateOf(kind: NodeKind, content: { hash: string; size: number }): NodeVersion {
  return {
    kind,
    mode: kind === 'directory' ? 0o755 : 0o644,
    uid: 1000,
    gid: 1000,
    rdev: 0,
    size: content.size,
    mtimeSec: 1_700_000_000,
    mtimeNsec: 123_456_789,
    hash: content.hash,
    xattrs: '',
    revision: 0,
    agent: '',
    editedAtMs: 1_700_000_000_000,
  };
}

export interface NewNode {
  readonly base?: number;
  readonly state?: Partial<NodeVersion>;
}

export function directory(node: NodeId, options: NewNode = {}): PushChange {
  const state = { ...stateOf('directory', { hash: '', size: 0 }), ...options.state };
  return { type: 'node', id: node, state, content: { kind: 'none' }, base: options.base ?? 0 };
}

export function file(node: NodeId, bytes: Uint8Array, options: NewNode = {}): PushChange {
  const { content } = hashContent(bytes);
  const state = { ...stateOf('file', content), ...options.state };
  return { type: 'node', id: node, state, content, base: options.base ?? 0 };
}

export function symlink(node: NodeId, target: string): PushChange {
  const bytes = Buffer.from(target);
  const state = stateOf('symlink', { hash: sha256(bytes), size: bytes.length });
  return { type: 'node', id: node, state, content: { kind: 'target', target }, base: 0 };
}

export function removal(node: NodeId, base: number): PushChange {
  return { type: 'node', id: node, state: null, content: { kind: 'none' }, base };
}

export function entry(
  place: readonly [parent: NodeId, name: string],
  node: NodeId | null,
  base = 0,
): PushChange {
  return { type: 'entry', parent: place[0], name: place[1], node, base };
}

/** A file's chunks are brought up as an engine does: what is missing, then the commit. Returns how many were sent. */
export async function upload(remote: RemoteWorkspace, bytes: Uint8Array): Promise<number> {
  const { chunks } = hashContent(bytes);
  const missing = new Set(await remote.chunksMissing(chunks.map((chunk) => chunk.hash)));
  const sent = chunks.filter((chunk) => missing.has(chunk.hash));
  await remote.putChunks(sent);
  return sent.length;
}

export function commit(baseRevision: number, changes: readonly PushChange[]): PushCommit {
  return { commitId: randomUUID(), baseRevision, changes };
}

export async function pushed(
  remote: RemoteWorkspace,
  change: PushCommit,
): Promise<Extract<PushOutcome, { outcome: 'committed' }>> {
  const outcome = await remote.push(change);
  if (outcome.outcome !== 'committed') throw new Error(`the commit is stale: ${outcome.reason}`);
  return outcome;
}

export interface Pulled {
  readonly head: number;
  readonly pages: number;
  readonly nodes: Map<NodeId, FeedNode>;
  readonly entries: Map<string, FeedEntry>;
  readonly quarantined: Quarantined[];
}

export async function pull(remote: RemoteWorkspace, cursor = 0): Promise<Pulled> {
  const nodes = new Map<NodeId, FeedNode>();
  const entries = new Map<string, FeedEntry>();
  const quarantined: Quarantined[] = [];
  let head = -1;
  let pages = 0;
  for await (const page of remote.feed(cursor)) {
    head = page.head;
    pages++;
    for (const node of page.nodes) {
      if (nodes.has(node.id)) throw new Error(`node ${node.id} came twice`);
      nodes.set(node.id, node);
    }
    for (const one of page.entries) {
      const key = `${one.parent}/${one.name}`;
      if (entries.has(key)) throw new Error(`entry ${key} came twice`);
      entries.set(key, one);
    }
    quarantined.push(...page.quarantined);
  }
  return { head, pages, nodes, entries, quarantined };
}

export async function bytesOf(remote: RemoteWorkspace, content: NodeContent): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of remote.readContent(content)) parts.push(part);
  return Buffer.concat(parts);
}

/** Bytes that look random and are the same on every run. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = seed | 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
