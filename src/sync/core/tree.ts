/**
 * The trees that sync compares, as plain data. Pure.
 *
 * A node is a file, directory or symlink with an identity of its own (128 random-enough bits, written as 32 hex
 * digits), so that a rename is one changed entry and hard links are several entries of one node. An entry is a
 * (parent, name) that means a node. The same shapes describe what both sides last agreed on (base), what is here
 * (local) and what the server has (remote).
 */

/** 128 bits as 32 lower-case hex digits. */
export type NodeId = string;

/** The root directory has the same identity in every workspace and on every side. */
export const ROOT_NODE: NodeId = '0'.repeat(31) + '1';

export type NodeKind = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'block' | 'character';

/** Everything about a node that is synced. Two equal states are no conflict. */
export interface NodeState {
  readonly kind: NodeKind;
  /** Permission bits (12), without the type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  /** Bytes; 0 for a directory, the target's length for a symlink. */
  readonly size: number;
  readonly mtimeSec: number;
  readonly mtimeNsec: number;
  /**
   * Content hash as 64 hex digits: of a file as `transfer/content-hash.ts` defines it, of a symlink's target;
   * '' for the rest and for an empty file.
   */
  readonly hash: string;
  /** Extended attributes, sorted by name, values as base64; '' where there are none: `name=value\n…`. */
  readonly xattrs: string;
}

/** A node's state on one side, with where it comes from. */
export interface NodeVersion extends NodeState {
  /** The revision that made this state (remote and base); 0 where it is local and unpushed. */
  readonly revision: number;
  /** The agent that made it; '' where it is this one's unpushed change. */
  readonly agent: string;
  /** When it was edited, milliseconds since the epoch, already corrected to the server's clock. */
  readonly editedAtMs: number;
}

export interface Entry {
  readonly parent: NodeId;
  readonly name: string;
  readonly node: NodeId;
}

/** Read access to one side's whole tree. An implementation may be a database; every call is cheap. */
export interface TreeView {
  node(id: NodeId): NodeVersion | undefined;
  entry(parent: NodeId, name: string): NodeId | undefined;
  /** Every entry that means this node; empty for the root and for what is not there. */
  entriesOf(id: NodeId): readonly Entry[];
  children(parent: NodeId): Iterable<Entry>;
}

/** What changed on one side since the base: ids of nodes whose state may differ, and entries that may differ. */
export interface TouchedSet {
  readonly nodes: ReadonlySet<NodeId>;
  readonly entries: readonly { readonly parent: NodeId; readonly name: string }[];
}

/** One step that takes a side towards the agreed tree. `state` / `node` null removes. */
export type Change =
  | { readonly type: 'node'; readonly id: NodeId; readonly state: NodeVersion | null }
  | { readonly type: 'entry'; readonly parent: NodeId; readonly name: string; readonly node: NodeId | null };

export type ConflictPolicy = 'last-write-wins' | 'local-wins' | 'remote-wins' | 'manual';

export type ConflictType =
  | 'modify/modify'
  | 'delete/modify'
  | 'modify/delete'
  | 'create/create'
  | 'rename/rename'
  | 'move/cycle'
  | 'directory/deleted'
  | 'type/type';

/** A conflict as data. A side that is null is deleted there. */
export interface Conflict {
  /** Stable over repeated reconciles of the same states. */
  readonly id: string;
  /** The path as the local side (else the remote) has it, beginning with `/`. */
  readonly path: string;
  readonly type: ConflictType;
  readonly node: NodeId;
  readonly base: NodeVersion | null;
  readonly local: NodeVersion | null;
  readonly remote: NodeVersion | null;
  /** Which side the policy chose; undefined under `manual`, where neither is touched. */
  readonly winner?: 'local' | 'remote';
  /** Where the two sides' nodes differ (two nodes want one name, two moves close a circle): the remote side's. */
  readonly remoteNode?: NodeId;
  /** Where the remote side has it at another path than `path`. */
  readonly remotePath?: string;
  /** Which node `base` is a version of, where it is neither of the two. */
  readonly baseNode?: NodeId;
  /** What each side has at stake, as a fingerprint: states, places and what was changed inside. Part of the id. */
  readonly stakes: { readonly local: string; readonly remote: string };
}

/** What reconcile decided. Both lists are in an order in which they can be carried out (parents before children). */
export interface Plan {
  /** Makes the remote what it should be. */
  readonly push: readonly Change[];
  /** Makes the local side what it should be. */
  readonly apply: readonly Change[];
  /** Local nodes that turn out to be a remote node (the same file made on both sides): local id to remote id. */
  readonly adopt: ReadonlyMap<NodeId, NodeId>;
  /** Nodes and entries that are equal on both sides and only need the base to be moved up. */
  readonly agreed: readonly Change[];
  readonly conflicts: readonly Conflict[];
  /** Nodes that wait for a conflict: neither side is touched there. */
  readonly held: ReadonlySet<NodeId>;
}
