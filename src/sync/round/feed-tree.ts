/**
 * The remote's side of a round: what its feed says, laid over the base.
 *
 * Rows that this agent's own commits made are no remote change: whatever is here came after them. They are laid under
 * both sides as a newer base (`own`), which is also how a commit whose answer was lost is recognised. They count as touched
 * all the same: the file may have been taken back to what it was before that commit. What this agent pushed before it
 * joined (`joinedAt`) is anybody's: the base that knew of it is gone.
 *
 * What waits for a person was in the feed once and is kept (unsettled-there.ts): it comes first, and a newer row replaces it.
 */
import type { QuarantineRow } from '../../store/index.js';
import {
  type Change,
  type NodeId,
  OverlayTree,
  ROOT_NODE,
  type TouchedSet,
  type TreeView,
} from '../core/index.js';
import { slotKey } from '../core/slot.js';
import type { BaseTree } from '../local/base-tree.js';
import type { RemoteMemory } from '../local/known-tree.js';
import type { FeedEntry, FeedNode, FeedPage, NodeContent, OwnCommit, Quarantined } from '../remote/index.js';
import { holdBack } from './quarantine.js';

/** Rows of a remote that the base has not followed. */
export interface UnsettledRemote {
  readonly nodes: readonly FeedNode[];
  readonly entries: readonly FeedEntry[];
}

export interface RemoteSide {
  readonly head: number;
  /** Removals up to this revision may be missing in what was read. */
  readonly horizon: number;
  readonly incarnation: string;
  readonly serverTimeMs: number;
  readonly ownCommits: readonly OwnCommit[];
  /** When that was told, by this machine's clock. */
  readonly answeredAtMs: number;
  /** Nothing is on the remote, and its feed does not say that it was removed. */
  readonly isEmptied: boolean;
  /** The base, with what this agent's own commits made of it. */
  readonly base: TreeView;
  readonly own: readonly Change[];
  /** Entries that mean what they meant in the base, by a later revision: they went and came back. */
  readonly renewed: readonly Change[];
  readonly tree: TreeView;
  readonly touched: TouchedSet;
  readonly removedAt: ReadonlyMap<NodeId, number>;
  /** When nodes got the names that are new, the latest of them: by their commits. */
  readonly movedAt: ReadonlyMap<NodeId, number>;
  /** Removals of what the base does not have. */
  readonly unknownRemovals: {
    readonly nodes: ReadonlyMap<NodeId, FeedNode>;
    readonly entries: ReadonlyMap<string, FeedEntry>;
  };
  /** What is not believed of it, from now on. */
  readonly quarantine: readonly QuarantineRow[];
  /** Only the whole remote can tell what to believe. */
  readonly doubtful: boolean;
  /** The rows of which the changes are not `settled`. */
  unsettled(isSettled: (change: Change) => boolean): UnsettledRemote;
  /** Whether the feed has something new of this node. */
  hasNews(id: NodeId): boolean;
  contentOf(id: NodeId): NodeContent | undefined;
  entryRevision(parent: NodeId, name: string): number;
}

export async function readRemoteSide(
  feed: AsyncIterable<FeedPage> | Iterable<FeedPage>,
  base: BaseTree,
  options: {
    /** Where the feed begins. */
    readonly cursor: number;
    readonly agent: string;
    /** This machine's clock. */
    readonly nowMs: () => number;
    readonly joinedAt: number;
    /** The base may have what came after the cursor. */
    readonly isAhead: boolean;
    /** All that is known of the remote, where that is more than the base. */
    readonly known?: RemoteMemory;
    /** What was not believed so far. */
    readonly remembered: readonly QuarantineRow[];
    /** Rows from before the cursor that the base has not followed: the feed tells of them no more. */
    readonly unsettled?: UnsettledRemote;
    /** The feed is all that there is. */
    readonly isWhole: boolean;
  },
): Promise<RemoteSide> {
  const known = options.known ?? base;
  const nodes = new Map<NodeId, FeedNode>();
  const entries = new Map<string, FeedEntry>();
  for (const node of options.unsettled?.nodes ?? []) nodes.set(node.id, node);
  for (const entry of options.unsettled?.entries ?? []) entries.set(slotKey(entry), entry);
  const quarantined: Quarantined[] = [];
  let page: FeedPage | undefined;
  let isEmpty = false;
  let horizon = 0;
  let answeredAtMs: number | undefined;
  const ownCommits: OwnCommit[] = [];
  for await (page of feed) {
    answeredAtMs ??= options.nowMs();
    isEmpty ||= page.isEmpty;
    horizon = Math.max(horizon, page.horizon);
    for (const node of page.nodes) nodes.set(node.id, node);
    for (const entry of page.entries) entries.set(slotKey(entry), entry);
    quarantined.push(...page.quarantined);
    ownCommits.push(...page.ownCommits);
  }
  const { head, incarnation, serverTimeMs } = page as FeedPage;
  // First of all, so that what a round that did not end put into the base counts as removed.
  if (options.isAhead)
    addVanished({ nodes, entries }, known, { cursor: options.cursor, malformed: quarantined });
  const isEmptied = isEmpty && !isEmptyWith(base, entries);
  const { held, doubtful } = holdBack(
    { nodes, entries },
    { known, remembered: options.remembered, malformed: quarantined, isWhole: options.isWhole },
  );
  const isOwn = (row: { readonly agent: string; readonly revision: number }) =>
    row.agent === options.agent && row.revision > options.joinedAt;
  const own: Change[] = [];
  const renewed: Change[] = [];
  const changes: Change[] = [];
  const touchedNodes = new Set<NodeId>();
  const touchedEntries: { parent: NodeId; name: string }[] = [];
  const removedAt = new Map<NodeId, number>();
  const movedAt = new Map<NodeId, number>();
  const unknownRemovals = { nodes: new Map<NodeId, FeedNode>(), entries: new Map<string, FeedEntry>() };
  for (const node of nodes.values()) {
    if (isKnownNode({ known, base }, node)) {
      if (node.state === null) unknownRemovals.nodes.set(node.id, node);
      continue;
    }
    const change: Change = { type: 'node', id: node.id, state: node.state };
    changes.push(change);
    touchedNodes.add(node.id);
    if (isOwn(node)) own.push(change);
    else if (node.state === null && node.committedAtMs > 0) removedAt.set(node.id, node.committedAtMs);
  }
  for (const entry of entries.values()) {
    const { parent, name, node } = entry;
    if (isKnownEntry({ known, base }, entry)) {
      if (node === null) unknownRemovals.entries.set(slotKey(entry), entry);
      continue;
    }
    const change: Change = { type: 'entry', parent, name, node };
    changes.push(change);
    touchedEntries.push({ parent, name });
    if (isOwn(entry)) own.push(change);
    else if (node !== null && base.entry(parent, name) === node) renewed.push(change);
    else if (node !== null && entry.committedAtMs > 0)
      movedAt.set(node, Math.max(movedAt.get(node) ?? 0, entry.committedAtMs));
  }
  return {
    head,
    horizon,
    incarnation,
    serverTimeMs,
    ownCommits,
    answeredAtMs: answeredAtMs ?? options.nowMs(),
    isEmptied,
    base: own.length === 0 ? base : new OverlayTree(base, own),
    own,
    renewed,
    tree: changes.length === 0 ? known : new OverlayTree(known, changes),
    touched: { nodes: touchedNodes, entries: touchedEntries },
    removedAt,
    movedAt,
    unknownRemovals,
    quarantine: held,
    doubtful,
    hasNews: (id) => touchedNodes.has(id),
    unsettled: (isSettled) => {
      const left = changes.filter((change) => !isSettled(change));
      return {
        nodes: left.flatMap((it) => (it.type === 'node' ? [nodes.get(it.id)!] : [])),
        entries: left.flatMap((it) => (it.type === 'entry' ? [entries.get(slotKey(it))!] : [])),
      };
    },
    contentOf: (id) => nodes.get(id)?.content,
    entryRevision: (parent, name) => {
      const entry = entries.get(slotKey({ parent, name }));
      if (entry === undefined) return known.entryRevision(parent, name);
      return entry.node === null ? 0 : entry.revision;
    },
  };
}

/** Whether the root has nothing in it once the feed is laid over the base. */
function isEmptyWith(base: BaseTree, entries: ReadonlyMap<string, FeedEntry>): boolean {
  for (const { name } of base.children(ROOT_NODE)) {
    const change = entries.get(slotKey({ parent: ROOT_NODE, name }));
    if (change?.node !== null) return false;
  }
  return true;
}

/**
 * What a round that did not end has put into the base though it is not on the remote, or not any more: what came after
 * the cursor and is in no feed, and entries that an adopted directory had under its former identity.
 */
function addVanished(
  feed: { readonly nodes: Map<NodeId, FeedNode>; readonly entries: Map<string, FeedEntry> },
  known: RemoteMemory,
  of: { readonly cursor: number; readonly malformed: readonly Quarantined[] },
): void {
  const { cursor } = of;
  // What came and cannot be read is no proof that it is gone.
  const unread = new Set(of.malformed.map(({ id }) => id));
  const gone = { agent: '', committedAtMs: 0 };
  for (const [id, { revision }] of known.nodesAfter(cursor)) {
    if (!feed.nodes.has(id) && !unread.has(id))
      feed.nodes.set(id, { id, state: null, content: { kind: 'none' }, revision, ...gone });
  }
  for (const { parent, name, revision } of known.entriesAfter(cursor)) {
    const key = slotKey({ parent, name });
    if (feed.entries.has(key)) continue;
    feed.entries.set(key, { parent, name, node: null, revision: Math.max(revision, cursor + 1), ...gone });
  }
}

interface Memories {
  readonly known: RemoteMemory;
  readonly base: BaseTree;
}

/**
 * This is known already: it was applied, or pushed, before the cursor moved. A round that died may have remembered it as
 * excluded and have left an older version in the base: then nobody has looked at it yet.
 */
function isKnownNode({ known, base }: Memories, { id, state }: FeedNode): boolean {
  const revision = known.node(id)?.revision;
  if (revision !== state?.revision) return false;
  return known === base || [undefined, revision].includes(base.node(id)?.revision);
}

function isKnownEntry({ known, base }: Memories, { parent, name, node, revision }: FeedEntry): boolean {
  const is = (memory: RemoteMemory) =>
    memory.entry(parent, name) === node && memory.entryRevision(parent, name) === revision;
  if (node === null) return known.entry(parent, name) === undefined;
  return is(known) && (known === base || base.entry(parent, name) === undefined || is(base));
}
