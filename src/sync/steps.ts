/**
 * What the worker asks the owner's main thread to do, as plain data that crosses threads.
 *
 * A node is named by its identity, and by its inode number where the worker knows one (0 where the node is new: the
 * main thread remembers the number it gave). Steps are carried out in order.
 */
import type {
  BaseEntryRow,
  BaseManifestRow,
  BaseNodeRow,
  CommitReference,
  KeptRow,
  QuarantineRow,
  UnsettledChangeRow,
  UnsettledThere,
} from '../store/index.js';
import type { NodeId, NodeVersion } from './core/tree.js';
import type { Dropped } from './local/attributes.js';
import type { OwnCommit } from './remote/types.js';

export interface NodeReference {
  readonly id: NodeId;
  /** 0 where it is not known to have an inode yet. */
  readonly ino: number;
}

export interface PlacedEntry {
  readonly parentIno: number;
  readonly name: string;
}

export type StepContent =
  /** What is there stays. */
  | { readonly kind: 'keep' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'target'; readonly target: string }
  /** Parts of what is there are changed, where nobody can have it open. */
  | {
      readonly kind: 'patch';
      readonly size: number;
      readonly pieces: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
    }
  /** The content of a stage made before. */
  | { readonly kind: 'stage'; readonly ino: number };

/** A version that only this side has and that is about to go: what is remembered of it, but for where its content is. */
export type Keepsake = Omit<KeptRow, 'ino'>;

/**
 * `record` also moves the base, in the same transaction. Without it the remote is to be changed too: the log says so, in
 * case that this does not come about.
 */
export type SyncStep =
  | {
      readonly type: 'node';
      readonly node: NodeReference;
      readonly version: NodeVersion;
      readonly content: StepContent;
      /** Entries of a file whose content changes, for the kernel's caches. */
      readonly places: readonly PlacedEntry[];
      /** Of a large file: the list of its chunks, as stored. */
      readonly manifest?: Uint8Array;
      readonly record: boolean;
      /** What is there is to be kept in history. */
      readonly keep?: Keepsake;
    }
  /** Comes before whatever removes the node: its content stays, without a name. */
  | { readonly type: 'keep'; readonly node: NodeReference; readonly keep: Keepsake }
  | { readonly type: 'remove'; readonly node: NodeReference; readonly record: boolean }
  | {
      readonly type: 'entry';
      readonly parent: NodeReference;
      readonly name: string;
      readonly node: NodeReference | null;
      /** The node that stands there goes away altogether; else it has another place by now, or gets one. */
      readonly removes: boolean;
      /** The node that the plan saw at this name. */
      readonly displaces: NodeId | undefined;
      /** Where the plan saw `node`. */
      readonly from: readonly PlacedEntry[];
      readonly revision: number;
      readonly record: boolean;
      /** What the base has from the moment on in which this entry is there: in the same transaction. */
      readonly seen?: readonly SeenStep[];
    }
  /** An inode turned out to be this node; the base follows at once. */
  | { readonly type: 'adopt'; readonly node: NodeReference }
  | {
      readonly type: 'base-node';
      readonly node: NodeReference;
      readonly version: NodeVersion | null;
      /** What of the version the file here goes on without. */
      readonly dropped: Dropped;
      /** Of a large file: the list of its chunks, as stored. */
      readonly manifest?: Uint8Array;
      /** What is here is another state, still to be pushed. */
      readonly notes: boolean;
    }
  | {
      readonly type: 'base-entry';
      readonly parent: NodeReference;
      readonly name: string;
      readonly node: NodeReference | null;
      readonly revision: number;
      readonly notes: boolean;
    }
  /** What was pushed has arrived. */
  | ({ readonly type: 'commit' } & CommitReference)
  /** What the remote has and this side does not take; null where the remote has it no more. */
  | { readonly type: 'excluded-node'; readonly id: NodeId; readonly version: NodeVersion | null }
  | {
      readonly type: 'excluded-entry';
      readonly parent: NodeId;
      readonly name: string;
      readonly node: NodeId | null;
      readonly revision: number;
    };

/** The base gets what the remote has. */
export type SeenStep = Extract<SyncStep, { type: 'base-node' | 'base-entry' }>;

/** A node that is nowhere here yet, with its first name: both come, and go into the base, in one transaction. */
export interface NewNodeStep {
  readonly id: NodeId;
  readonly version: NodeVersion;
  /** Of a file that has any. */
  readonly bytes: Uint8Array | undefined;
  /** Of a symbolic link. */
  readonly target: string | undefined;
  /** ROOT_NODE, or made by a step before. */
  readonly parent: NodeId;
  readonly name: string;
  /** Of the entry. */
  readonly revision: number;
}

/** What a first push has made, for a base that had nothing of it. */
export interface AgreedRows {
  readonly nodes: readonly BaseNodeRow[];
  readonly entries: readonly BaseEntryRow[];
  readonly manifests: readonly BaseManifestRow[];
  readonly commit: CommitReference;
}

/** What the worker is started with. */
export interface WorkerData {
  /** Path of the workspace database. */
  readonly database: string;
  /** What to add to this machine's clock to get the owner's, milliseconds; 0 but in tests. */
  readonly clockSkewMs: number;
  /** The process stays: the thread loads ahead what it may need. */
  readonly loadsAhead: boolean;
}

/** What ends a round: all in one transaction. Absent stays as it is. */
export interface RoundEnd {
  readonly remote: number;
  readonly cursor?: number;
  readonly pushedSeq?: number;
  readonly incarnation?: string;
  /** The remote's revision when this workspace joined it. */
  readonly joinedAt?: number;
  /** Tells the identities of the nodes made here from those that were made before it was joined. */
  readonly idsFrom?: number;
  /** After this revision every commit of this agent was noted before it was sent. */
  readonly notedFrom?: number;
  /** Whether the base has something that came after the cursor. */
  readonly isAhead?: boolean;
  /** The filters under which all of the base was made; '' where there were none, and then nothing is excluded any more. */
  readonly scope?: string;
  /** The last row of the audit log that the remote has. */
  readonly auditSeq?: number;
  /** Rows of the remote that are not believed. */
  readonly quarantine?: readonly QuarantineRow[];
  readonly conflicts?: readonly { readonly id: string; readonly json: string }[];
  /** Rows of the remote up to the cursor that the base has not followed: what is new among them, and what has gone. */
  readonly unsettledThere?: UnsettledThere;
  /** Places here that differ from the base though the log is pushed: all of them. */
  readonly unsettledHere?: readonly UnsettledChangeRow[];
}

/** A piece of a stage's content. What no part has is a hole. */
export interface StagePart {
  readonly ino: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Where the last part is a hole: the stage's size, bytes. */
  readonly size?: number;
}

/** The main thread, as the worker sees it. */
export interface SyncHost {
  /** Commits what is pending and notes from now on what is touched here. */
  begin(remote: number): Promise<void>;
  /** Notes a commit (32 hex digits) that is about to be sent; resolves when no power cut can take that away. */
  announce(remote: number, commit: string): Promise<void>;
  /** Those of these commits that no round of this database has announced. */
  unknownCommits(remote: number, commits: readonly OwnCommit[]): Promise<OwnCommit[]>;
  /** Carries steps out; returns how many were refused because somebody here touched the same. */
  apply(remote: number, steps: readonly SyncStep[]): Promise<number>;
  /** Makes nodes in a workspace that was empty when the round began; returns how many were refused, as `apply` does. */
  insert(remote: number, steps: readonly NewNodeStep[]): Promise<number>;
  /** Puts into the base what it has nothing of. */
  agree(remote: number, rows: AgreedRows): Promise<void>;
  /** Makes a stage; returns its inode number. */
  stage(remote: number): Promise<number>;
  /** Puts bytes into a stage; `size` makes it so long. */
  fill(remote: number, part: StagePart): Promise<void>;
  /** Whether the content of a file can be changed where it is; the answer may be old when it comes. */
  isPatchable(remote: number, ino: number): Promise<boolean>;
  unstage(remote: number, ino: number): Promise<void>;
  /** Forgets kept versions (Keepsake.id) that a remote has by now. */
  dropKept(remote: number, ids: readonly string[]): Promise<void>;
  finish(end: RoundEnd): Promise<void>;
  end(remote: number): Promise<void>;
}
