/**
 * One workspace on one remote, as the rest of sync sees it, and how it is opened.
 */
import type { Clock, Timers } from '../../base/index.js';
import type { NodeId } from '../core/tree.js';
import type { RemoteHistory } from './history.js';
import type { Fetch } from './plain-fetch.js';
import type { Database } from './statement.js';
import type {
  Chunk,
  ChunkReference,
  FeedNode,
  FeedPage,
  FetchedChunks,
  NodeContent,
  PackedChanges,
  PushChange,
  PushCommit,
  PushOutcome,
  RemoteAgent,
  RemoteAuditRow,
  RemoteHead,
  RemoteIdentity,
  RemoteStatistics,
  Subscription,
} from './types.js';

export interface RemotePorts {
  /** Takes the statements in place of the address's server: a database in this process. */
  readonly database?: () => Database;
  readonly fetch?: Fetch;
  readonly clock?: Clock;
  readonly timers?: Timers;
  readonly randomBytes?: (count: number) => Uint8Array;
}

export interface RemoteOptions {
  /** `libsql:`, `https:`, `http:`, `wss:`, `ws:` or `file:`. */
  readonly url: string;
  readonly token?: string;
  /** The name of the workspace on the remote. */
  readonly workspace: string;
  /** This agent's id, as commits carry it. */
  readonly agent: string;
  /** How long one request may take; default 60 000. */
  readonly timeoutMs?: number;
  /** Whether what is uploaded is compressed where that pays; default true. */
  readonly compression?: boolean;
  readonly ports?: RemotePorts;
}

/**
 * One workspace on one remote. Methods throw AgentFsError (REMOTE_UNREACHABLE, REMOTE_AUTH, REMOTE_NOT_LIBSQL,
 * REMOTE_REJECTED, REMOTE_CORRUPT, REMOTE_NEWER, CLOSED); nothing is retried here. `ensure` comes first.
 */
export interface RemoteWorkspace {
  /** Creates schema and workspace where absent; safe to repeat and to race. */
  ensure(): Promise<RemoteIdentity>;
  /** One round trip. */
  head(): Promise<RemoteHead>;
  /**
   * What differs between the revisions `cursor` and head: the latest state of every node and entry touched since, in
   * bounded pages of one round trip each. Cursor 0 reads what is live only. There is always at least one page. A replica
   * that does not have the cursor's revision yet is waited for. `commitsAfter`: its first page names this agent's commits
   * after that revision.
   */
  feed(cursor: number, options?: { readonly commitsAfter: number }): AsyncIterable<FeedPage>;
  /** Waits until what is read is not older than what the primary has now. */
  catchUp(): Promise<RemoteHead>;
  /** Makes changes ready ahead of their `push`, leaving this thread to others again and again. No round trip. */
  pack(changes: readonly PushChange[]): Promise<PackedChanges>;
  push(commit: PushCommit): Promise<PushOutcome>;
  /** Which of these the remote lacks, in their order, each once. */
  chunksMissing(hashes: readonly string[]): Promise<string[]>;
  /** Those that are there already are skipped. */
  putChunks(chunks: readonly Chunk[]): Promise<void>;
  getChunks(references: readonly ChunkReference[]): Promise<FetchedChunks>;
  /** A node as it is live now, or as it was at a revision; undefined where there is none. */
  nodeContent(id: NodeId, revision?: number): Promise<FeedNode | undefined>;
  /** The version of content `hash` (64 hex digits) that the commit of a revision made, of whichever node. */
  versionOf(revision: number, hash: string): Promise<FeedNode | undefined>;
  /** The bytes of a content in order, verified; throws REMOTE_CORRUPT. */
  readContent(content: NodeContent): AsyncIterable<Uint8Array>;
  /** What was, and what is kept of it. */
  readonly history: RemoteHistory;
  /** Of the tables there, once `ensure` was called. */
  readonly schemaVersion: number;
  /** Whether the token allows to write. One round trip, which changes nothing. */
  mayWrite(): Promise<boolean>;
  /** Says what was done here; a row that is there already is left. */
  appendAudit(rows: readonly Omit<RemoteAuditRow, 'revision'>[]): Promise<void>;
  /** What was done, and the commits: the last `limit` of each. */
  audit(limit: number): Promise<RemoteAuditRow[]>;
  /** Who has been seen, the latest first. */
  agents(): Promise<RemoteAgent[]>;
  /** Says that this agent lives and which revision it has. */
  heartbeat(report: { readonly host: string; readonly revision: number }): Promise<void>;
  /**
   * Calls `onHint` when something may have been committed. A hint can come before its commit is visible and can be
   * lost: look at `head`, and poll at a slow pace as well.
   */
  listen(onHint: () => void): Promise<Subscription>;
  statistics(): RemoteStatistics;
  close(): void;
}
