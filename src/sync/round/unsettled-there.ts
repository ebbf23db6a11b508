/**
 * The remote's side of what waits for a person: rows of the feed that the base has not followed, kept over rounds so that the
 * cursor passes them.
 *
 * Invariant: cursor and kept rows together are the feed from before the oldest of them. A newer row of the feed replaces
 * a kept one; one that the base has followed meanwhile is recognised like any row that was seen before (feed-tree.ts).
 */
import { InvariantError } from '../../base/index.js';
import type { StoreReader, UnsettledContent, UnsettledNodeRow, UnsettledThere } from '../../store/index.js';
import type { NodeVersion } from '../core/index.js';
import { slotKey } from '../core/slot.js';
import type { FeedEntry, FeedNode, NodeContent } from '../remote/index.js';
import { decodeManifest, encodeManifest } from '../transfer/index.js';
import type { UnsettledRemote } from './feed-tree.js';
import { ownBytes } from './pieces.js';

type Source = Pick<StoreReader, 'unsettled'>;

export function readUnsettled(reader: Source, remote: number): UnsettledRemote {
  return {
    nodes: reader.unsettled.nodes(remote).map((row) => feedNode(row, { reader, remote })),
    entries: reader.unsettled
      .entries(remote)
      .map((row): FeedEntry => ({ ...row, node: row.node === '' ? null : row.node })),
  };
}

/** Contents are read when somebody asks for them: a round that only finds the conflict again does not. */
function feedNode(row: UnsettledNodeRow, of: { readonly reader: Source; readonly remote: number }): FeedNode {
  const { node: id, revision, agent, committedAtMs } = row;
  const state = JSON.parse(row.state) as NodeVersion | null;
  return {
    ...{ id, state, revision, agent, committedAtMs },
    get content() {
      const stored = of.reader.unsettled.contentOf(of.remote, id);
      return stored === undefined ? { kind: 'none' as const } : contentOf(stored, state?.size ?? 0);
    },
  };
}

/** What has to be written for `left` to be kept; undefined where it is already. */
export function changeOfUnsettled(kept: UnsettledRemote, left: UnsettledRemote): UnsettledThere | undefined {
  const nodesKept = new Map(kept.nodes.map((row) => [row.id, row]));
  const entriesKept = new Map(kept.entries.map((row) => [slotKey(row), row]));
  const nodesLeft = new Set(left.nodes.map(({ id }) => id));
  const entriesLeft = new Set(left.entries.map(slotKey));
  const change = {
    nodes: left.nodes.filter((row) => !isSameNode(nodesKept.get(row.id), row)).map(nodeRow),
    entries: left.entries
      .filter((row) => !isSameEntry(entriesKept.get(slotKey(row)), row))
      .map(({ parent, name, node, revision, agent, committedAtMs }) => ({
        ...{ parent, name, node: node ?? '', revision, agent, committedAtMs },
      })),
    settledNodes: [...nodesKept.keys()].filter((id) => !nodesLeft.has(id)),
    settledEntries: kept.entries
      .filter((row) => !entriesLeft.has(slotKey(row)))
      .map(({ parent, name }) => ({ parent, name })),
  };
  return Object.values(change).some((rows) => rows.length > 0) ? change : undefined;
}

function isSameNode(a: FeedNode | undefined, b: FeedNode): boolean {
  return a !== undefined && a.revision === b.revision && (a.state === null) === (b.state === null);
}

function isSameEntry(a: FeedEntry | undefined, b: FeedEntry): boolean {
  return a !== undefined && a.revision === b.revision && a.node === b.node;
}

function nodeRow(row: FeedNode): UnsettledThere['nodes'][number] {
  const { id, state, content, revision, agent, committedAtMs } = row;
  const { kind } = content;
  return {
    ...{ node: id, revision, agent, committedAtMs, state: JSON.stringify(state), kind },
    content: bytesOf(content),
  };
}

function bytesOf(content: NodeContent): Uint8Array {
  switch (content.kind) {
    case 'none':
      return new Uint8Array(0);
    case 'inline':
      return ownBytes(content.bytes);
    case 'target':
      return Buffer.from(content.target);
    case 'chunks':
      return encodeManifest(content.chunks);
  }
}

function contentOf({ kind, content }: UnsettledContent, size: number): NodeContent {
  switch (kind) {
    case 'none':
      return { kind };
    case 'inline':
      return { kind, bytes: content };
    case 'target':
      return { kind, target: Buffer.from(content).toString('utf8') };
  }
  const chunks = decodeManifest(content, size);
  if (kind !== 'chunks' || chunks === undefined) throw new InvariantError('a content that waits is none');
  return { kind, chunks };
}
