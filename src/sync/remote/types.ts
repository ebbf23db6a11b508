/**
 * What the remote half of sync takes and gives, as plain data.
 *
 * Identities and hashes are hex here (32 and 64 lower-case digits) and BLOBs in the remote database. Bytes are
 * Uint8Array. Everything received has been checked: names, kinds, sizes, and every hash over the decoded bytes; a row
 * that fails is reported in `quarantined`, never thrown and never among the good ones.
 */
import type { NodeId, NodeVersion } from '../core/tree.js';

/** A piece of a file's content: SHA-256 of the decoded bytes as 64 hex digits, and their count. */
export interface ChunkReference {
  readonly hash: string;
  /** Bytes, 1 to 256 KiB. */
  readonly size: number;
}

/** A chunk with its (decoded) bytes. */
export interface Chunk extends ChunkReference {
  readonly data: Uint8Array;
}

/** The content of one node version. Files above INLINE_MAX bytes are `chunks`, all others `inline` or `none`. */
export type NodeContent =
  /** A directory, a device, an empty file. */
  | { readonly kind: 'none' }
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'chunks'; readonly chunks: readonly ChunkReference[] }
  | { readonly kind: 'target'; readonly target: string };

/**
 * `unchanged`: hash and size are those of the version that is replaced (a chmod, a new mtime). `fresh`: the chunks that
 * the version which is replaced does not have; all of them where it is absent.
 */
export type PushContent =
  | NodeContent
  | {
      readonly kind: 'chunks';
      readonly chunks: readonly ChunkReference[];
      readonly fresh: readonly ChunkReference[];
    }
  | { readonly kind: 'unchanged' };

/**
 * One step of a commit. `base` is the revision that made the live row the caller knows, 0 where it knows none: where
 * the remote has another one the whole commit is stale. `state` / `node` null removes.
 */
export type PushChange =
  | {
      readonly type: 'node';
      readonly id: NodeId;
      /** `revision` and `agent` are ignored: the remote assigns them. */
      readonly state: NodeVersion | null;
      readonly content: PushContent;
      readonly base: number;
    }
  | {
      readonly type: 'entry';
      readonly parent: NodeId;
      readonly name: string;
      readonly node: NodeId | null;
      readonly base: number;
    };

export interface PushCommit {
  /** A UUID the caller made and keeps until it has the answer; sent again, it changes nothing twice. */
  readonly commitId: string;
  /** The revision of the remote this commit was planned on. */
  readonly baseRevision: number;
  /** In any order; at most one a node and one an entry. */
  readonly changes: readonly PushChange[];
  readonly kind?: string;
  readonly message?: string;
  /** Of the same changes. */
  readonly packed?: PackedChanges;
}

/** Changes that are ready to be sent: most of the work of a commit, which needs not to know what it is planned on. */
export interface PackedChanges {
  readonly packed: true;
}

/**
 * What made a commit stale. `head`: a directory moved to another parent while the head had moved on. `chunk`: a
 * manifest names a chunk that is not there (upload it again). `workspace`: the remote workspace was made anew.
 */
export type StaleReason =
  | 'workspace'
  | 'node'
  | 'entry'
  | 'head'
  | 'content'
  | 'parent'
  | 'children'
  | 'link'
  | 'orphan'
  | 'chunk';

export type PushOutcome =
  | {
      readonly outcome: 'committed';
      readonly revision: number;
      readonly committedAtMs: number;
      /** True when an earlier try of this commitId had arrived. */
      readonly repeated: boolean;
      /** Rows inserted or updated on the remote; 0 when repeated. */
      readonly rowsWritten: number;
    }
  | { readonly outcome: 'stale'; readonly reason: StaleReason };

export interface RemoteHead {
  readonly revision: number;
  /** 32 hex digits, made when the workspace was; another one means that it is another workspace of that name. */
  readonly incarnation: string;
  /** The primary's clock, milliseconds since the epoch. */
  readonly serverTimeMs: number;
}

export interface RemoteIdentity extends RemoteHead {
  /** True when this call made the workspace on the remote. */
  readonly created: boolean;
}

/** A node as it is at the feed's head; `state` null where it has been removed since the cursor. */
export interface FeedNode {
  readonly id: NodeId;
  readonly state: NodeVersion | null;
  readonly content: NodeContent;
  /** The commit that made this so. */
  readonly revision: number;
  readonly agent: string;
  readonly committedAtMs: number;
}

export interface FeedEntry {
  readonly parent: NodeId;
  readonly name: string;
  /** null where the entry has been removed since the cursor. */
  readonly node: NodeId | null;
  readonly revision: number;
  readonly agent: string;
  readonly committedAtMs: number;
}

/** Something the remote sent that must not be believed. */
export interface Quarantined {
  readonly what: 'node' | 'entry' | 'chunk';
  /** The node's id, the entry's `parent/name`, or the chunk's hash, made printable. */
  readonly id: string;
  readonly revision: number;
  readonly reason: string;
  /** Of an entry, as far as they are ids. */
  readonly parent?: NodeId;
  readonly node?: NodeId;
  /** Of an entry, where it is a name. */
  readonly name?: string;
}

/** A commit under this agent's id. */
export interface OwnCommit {
  /** 32 hex digits. */
  readonly id: string;
  readonly revision: number;
  /** The server's clock. */
  readonly committedAtMs: number;
}

export interface FeedPage {
  /** The revision this feed goes up to, the same on every page; the next cursor once the last page is applied. */
  readonly head: number;
  readonly incarnation: string;
  readonly serverTimeMs: number;
  readonly nodes: readonly FeedNode[];
  readonly entries: readonly FeedEntry[];
  readonly quarantined: readonly Quarantined[];
  /** Nothing at all is live in the workspace. */
  readonly isEmpty: boolean;
  /** What ended at or before this revision may be gone: a feed from before it does not tell of every removal. */
  readonly horizon: number;
  /** On the first page of a feed of everything: how many nodes there are, and the bytes of content that come with them. */
  readonly total?: { readonly nodes: number; readonly bytes: number } | undefined;
  /** On the first page, where asked for: this agent's commits after a revision. */
  readonly ownCommits: readonly OwnCommit[];
  readonly last: boolean;
}

export interface FetchedChunks {
  /** By hash; decoded and verified. */
  readonly chunks: ReadonlyMap<string, Uint8Array>;
  readonly missing: readonly string[];
  readonly quarantined: readonly Quarantined[];
}

/** Counts since the remote was opened; they do not depend on the machine. */
export interface RemoteStatistics {
  readonly roundTrips: number;
  /** Bytes of request and response bodies; for `file:` of the texts and blobs bound and read. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly rowsWritten: number;
  /** How long the oldest request under way has been waiting, milliseconds; 0 where there is none. */
  readonly waitingMs: number;
  readonly chunksSent: number;
  readonly chunksReused: number;
}

export type Subscription =
  | { readonly available: false; readonly reason: string }
  | {
      readonly available: true;
      /** Resolves when no more hints will come: stopped, or the server or the network ended it (then listen again). */
      readonly ended: Promise<{ readonly reason: string }>;
      stop(): void;
    };

/** Something that somebody did. */
export interface RemoteAuditRow {
  readonly agent: string;
  /** The number in the agent's own log; 0 of a commit. */
  readonly seq: number;
  readonly atMs: number;
  readonly action: string;
  readonly detail: string;
  /** Of a commit; else 0. */
  readonly revision: number;
}

/** Somebody who syncs this workspace. */
export interface RemoteAgent {
  readonly agent: string;
  readonly host: string;
  /** The server's clock. */
  readonly lastSeenMs: number;
  /** What this agent had when it was last seen. */
  readonly revision: number;
}
