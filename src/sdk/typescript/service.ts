/**
 * The flat list of what an owner of a workspace can be asked, with the shapes of params and results: everything that
 * the SDK and the CLI do goes through it, in process or over the socket, so everything is reachable by JSON-RPC.
 *
 * All values are JSON-compatible, but for the member `data`, which carries raw bytes (rpc/protocol.ts); a client that has
 * only JSON sends `data` as a string with `encoding` and asks for `encoding` back. Paths are workspace paths: `/` is the
 * root, symlinks are followed inside the workspace, `..` climbs no further than the root. Times are seconds and
 * nanoseconds. Methods throw AgentFsError with the POSIX code that the system call of that name would give.
 */
import type { Timespec } from '../../base/index.js';
import type {
  AbsolutePath,
  ConflictContents,
  ConflictReference,
  ResolveReport,
  ResolveStrategy,
  SyncConflict,
} from '../../sync/conflicts.js';
import type {
  Checkpoint,
  DiffOptions,
  DiffReport,
  HistoryLog,
  HistoryOptions,
  RestoreOptions,
  RestoreReport,
} from '../../sync/history/types.js';
import type {
  AgentInfo,
  ConfigChanges,
  EnableOptions,
  FilterExplanation,
  SyncConfig,
  SyncMetrics,
  SyncProgress,
  SyncReport,
  SyncRunOptions,
  SyncStatus,
  TimeoutSeconds,
} from '../../sync/types.js';
import type { AuditLog } from '../../sync/watch/audit.js';
import type { VerifyReport } from '../../sync/watch/verify-report.js';

export type FileKind = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'block' | 'character';
export type Encoding = 'utf8' | 'base64';
/** As open(2)'s by their fopen(3) names; `x` refuses a file that exists. */
export type OpenFlags = 'r' | 'r+' | 'w' | 'w+' | 'wx' | 'wx+' | 'a' | 'a+' | 'ax' | 'ax+';
export type TimeChange = Timespec | 'now';

/**
 * A size or a position in a file, bytes.
 * @asType integer
 * @minimum 0
 * @maximum 9007199254740991
 */
export type ByteCount = number;
/**
 * How much one call carries, bytes.
 * @asType integer
 * @minimum 0
 * @maximum 4194304
 */
export type ChunkLength = number;
/**
 * An open file of this connection.
 * @asType integer
 * @minimum 0
 * @maximum 9007199254740991
 */
export type FileHandle = number;
/**
 * Permission bits, with set-user-id, set-group-id and sticky.
 * @asType integer
 * @minimum 0
 * @maximum 4095
 */
export type PermissionBits = number;
/**
 * A uid_t or gid_t; the value above the maximum means "unchanged" to chown(2).
 * @asType integer
 * @minimum 0
 * @maximum 4294967294
 */
export type UserId = number;
/**
 * Where a listing goes on: the `next` of the page before.
 * @asType integer
 * @minimum 0
 * @maximum 9007199254740991
 */
export type DirectoryPosition = number;
/**
 * Entries of a page.
 * @asType integer
 * @minimum 1
 * @maximum 16384
 */
export type PageSize = number;
/**
 * Rows of the audit log.
 * @asType integer
 * @minimum 1
 * @maximum 100000
 */
export type AuditLimit = number;

/** What stat(2) tells, as data. */
export interface StatRecord {
  readonly ino: number;
  readonly kind: FileKind;
  /** Type and permission bits. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  /** Bytes. */
  readonly size: number;
  readonly atime: Timespec;
  readonly mtime: Timespec;
  readonly ctime: Timespec;
}

export interface ListedEntry {
  readonly name: string;
  readonly ino: number;
  readonly kind: FileKind;
  readonly stat?: StatRecord;
}

export interface FilesystemRecord {
  readonly blockSize: number;
  readonly blocks: number;
  readonly blocksFree: number;
  readonly blocksAvailable: number;
  readonly files: number;
  readonly filesFree: number;
  readonly nameMax: number;
}

export interface MountOptions {
  readonly driver?: 'native' | 'fuse-native';
  readonly readOnly?: boolean;
  readonly allowOther?: boolean;
  /** Let device nodes, and set-user-id bits, work on the mount. Root only. */
  readonly dev?: boolean;
  readonly suid?: boolean;
}

export interface MountInfo {
  readonly workspace: string;
  readonly mountpoint: string;
  readonly driver: string;
  readonly readOnly: boolean;
  /** The process that serves it. */
  readonly pid: number;
  /** RFC 3339 in UTC. */
  readonly since: string;
}

export interface OwnerInfo {
  readonly workspace: string;
  readonly database: string;
  readonly pid: number;
  /** `background`: a process of its own; `in-process`: a program or a command that owns while it runs. */
  readonly kind: 'background' | 'in-process';
  readonly version: string;
  readonly protocol: number;
  /** RFC 3339 in UTC. */
  readonly since: string;
  readonly clients: number;
  readonly mounts: readonly MountInfo[];
  /** Names of the remotes whose mode keeps an owner running. */
  readonly remotes: readonly string[];
  /** Why a background owner goes on: any of `mount`, `sync`, `clients`. */
  readonly staysFor: readonly string[];
}

/** Counts since the owner began, that do not depend on the machine: for benchmarks and tests. */
export interface OwnerStatistics {
  /** Transactions, rows written in them, and syncs to disk of the workspace database. */
  readonly store: { readonly commits: number; readonly rowsWritten: number; readonly syncs: number };
  /** FUSE requests by opcode, a mount each; with fuse-native by callback. */
  readonly mounts: readonly {
    readonly mountpoint: string;
    readonly requests: Readonly<Record<string, number>>;
  }[];
}

export interface WorkspaceInfo {
  readonly name: string;
  readonly database: string;
  /** Bytes of the database file and its write-ahead log. */
  readonly databaseBytes: number;
  readonly agent: string;
  readonly createdAt: string;
  readonly filesystem: FilesystemRecord;
  readonly owner: OwnerInfo;
}

type Nothing = Readonly<Record<string, never>>;
/** Exactly one of them says which file; a handle is the connection's own and outlives renames and pulls. */
export type FileTarget =
  | { readonly path: string; readonly handle?: never }
  | { readonly handle: FileHandle; readonly path?: never };
type Ask<P, R> = { readonly params: P; readonly result: R };

export interface ServiceMethods {
  'fs.stat': Ask<FileTarget & { follow?: boolean }, StatRecord>;
  'fs.exists': Ask<{ path: string }, { exists: boolean }>;
  'fs.realpath': Ask<{ path: string }, { path: string }>;
  /** Whole files up to MAX_DATA_BYTES; EFBIG beyond, where `fs.open` and `fs.read` go on. */
  'fs.readFile': Ask<{ path: string; encoding?: Encoding }, { data: Uint8Array | string; size: ByteCount }>;
  'fs.writeFile': Ask<
    {
      path: string;
      data: Uint8Array | string;
      encoding?: Encoding;
      flag?: 'w' | 'wx' | 'a' | 'ax';
      mode?: PermissionBits;
    },
    { size: ByteCount }
  >;
  'fs.open': Ask<
    { path: string; flags?: OpenFlags; mode?: PermissionBits },
    { handle: FileHandle; stat: StatRecord }
  >;
  'fs.close': Ask<{ handle: FileHandle }, Nothing>;
  /** At most MAX_DATA_BYTES a call; short only at the end of the file. */
  'fs.read': Ask<
    FileTarget & { offset: ByteCount; length: ChunkLength; encoding?: Encoding },
    { data: Uint8Array | string }
  >;
  'fs.write': Ask<
    FileTarget & { offset: ByteCount; data: Uint8Array | string; encoding?: Encoding },
    { written: ChunkLength }
  >;
  'fs.truncate': Ask<FileTarget & { size: ByteCount }, Nothing>;
  /** Pages of at most `limit` entries; `next` null at the end, else the `after` of the next page. */
  'fs.readdir': Ask<
    { path: string; after?: DirectoryPosition; limit?: PageSize; stat?: boolean },
    { entries: readonly ListedEntry[]; next: DirectoryPosition | null }
  >;
  /** `first`: the outermost directory that was made. */
  'fs.mkdir': Ask<
    { path: string; recursive?: boolean; mode?: PermissionBits },
    { created: boolean; first?: string }
  >;
  'fs.rmdir': Ask<{ path: string }, Nothing>;
  'fs.unlink': Ask<{ path: string }, Nothing>;
  'fs.rm': Ask<{ path: string; recursive?: boolean; force?: boolean }, { removed: number }>;
  'fs.rename': Ask<{ from: string; to: string; noReplace?: boolean; exchange?: boolean }, Nothing>;
  'fs.link': Ask<{ existing: string; path: string }, Nothing>;
  'fs.symlink': Ask<{ target: string; path: string }, Nothing>;
  'fs.readlink': Ask<{ path: string }, { target: string }>;
  'fs.chmod': Ask<FileTarget & { mode: PermissionBits; follow?: boolean }, Nothing>;
  'fs.chown': Ask<FileTarget & { uid: UserId; gid: UserId; follow?: boolean }, Nothing>;
  'fs.utimes': Ask<FileTarget & { atime: TimeChange; mtime: TimeChange; follow?: boolean }, Nothing>;
  'fs.copyFile': Ask<{ from: string; to: string; noReplace?: boolean }, { size: ByteCount }>;
  'fs.getxattr': Ask<
    { path: string; name: string; follow?: boolean; encoding?: Encoding },
    { data: Uint8Array | string }
  >;
  'fs.setxattr': Ask<
    {
      path: string;
      name: string;
      data: Uint8Array | string;
      encoding?: Encoding;
      create?: boolean;
      replace?: boolean;
      follow?: boolean;
    },
    Nothing
  >;
  'fs.listxattr': Ask<{ path: string; follow?: boolean }, { names: readonly string[] }>;
  'fs.removexattr': Ask<{ path: string; name: string; follow?: boolean }, Nothing>;
  'fs.statfs': Ask<Nothing, FilesystemRecord>;

  'sync.enable': Ask<EnableOptions, SyncStatus>;
  'sync.disable': Ask<{ remote?: string }, Nothing>;
  'sync.push': Ask<Omit<SyncRunOptions, 'at' | 'version'>, SyncReport>;
  'sync.pull': Ask<SyncRunOptions, SyncReport>;
  /** Without `changes`: what is set. */
  'sync.config': Ask<{ remote?: string; changes?: ConfigChanges }, SyncConfig>;
  'sync.explain': Ask<{ remote?: string; path: string }, FilterExplanation>;
  'sync.status': Ask<{ remote?: string }, SyncStatus>;
  'sync.conflicts': Ask<{ remote?: string }, { conflicts: readonly SyncConflict[] }>;
  /** What was done to the workspace, by whom, the latest first. */
  'sync.audit': Ask<{ remote?: string; limit?: AuditLimit }, AuditLog>;
  'sync.verify': Ask<{ remote?: string }, VerifyReport>;
  'sync.metrics': Ask<{ remote?: string }, SyncMetrics>;
  'sync.agents': Ask<{ remote?: string }, { agents: readonly AgentInfo[] }>;
  /** Forgets what was agreed with a remote; every file on both sides stays, and the next sync joins them anew. */
  'sync.reset': Ask<{ remote?: string; newId?: boolean }, SyncStatus>;
  /** Pushes and pulls what is pending first. */
  'checkpoint.create': Ask<{ name: string; remote?: string }, Checkpoint>;
  'checkpoint.list': Ask<{ remote?: string }, { checkpoints: readonly Checkpoint[] }>;
  'checkpoint.delete': Ask<{ name: string; remote?: string }, Nothing>;
  'history.log': Ask<HistoryOptions, HistoryLog>;
  'history.diff': Ask<DiffOptions, DiffReport>;
  'history.restore': Ask<{ path: string } & RestoreOptions, RestoreReport>;
  /**
   * `conflict` is one (as it was listed, or a path) and what is refused is an error; `conflicts` are several, none of both
   * is all, and what is refused is in the result. One of `useLocal`, `useRemote`, `strategy` says how.
   */
  'sync.resolve': Ask<
    {
      conflict?: ConflictReference;
      conflicts?: readonly ConflictReference[];
      useLocal?: boolean;
      useRemote?: boolean;
      strategy?: ResolveStrategy;
      force?: boolean;
      remote?: string;
      timeout?: TimeoutSeconds;
    },
    ResolveReport
  >;
  'sync.compare': Ask<{ conflict: ConflictReference; remote?: string }, ConflictContents>;
  'sync.remotes': Ask<Nothing, { remotes: readonly string[]; needsOwner: boolean }>;

  /** Only a background owner mounts; an in-process one answers UNSUPPORTED (start one with startOwner). */
  'mount.add': Ask<{ mountpoint: AbsolutePath } & MountOptions, MountInfo>;
  /** Returns when everything is durable and the mount is gone. NOT_MOUNTED where nothing was. */
  'mount.remove': Ask<
    { mountpoint?: string; force?: boolean },
    { removed: readonly string[]; ownerStays: boolean }
  >;
  'mount.list': Ask<Nothing, { mounts: readonly MountInfo[] }>;

  'owner.info': Ask<Nothing, OwnerInfo>;
  'owner.statistics': Ask<Nothing, OwnerStatistics>;
  /** Makes everything applied so far durable. */
  'owner.flush': Ask<Nothing, Nothing>;
  /** Unmounts, flushes, closes; answers when the database is closed, then the connection ends. */
  'owner.stop': Ask<{ force?: boolean }, Nothing>;
  /** An in-process owner gives the workspace up for a background one; a background owner answers `handedOver` false. */
  'owner.handover': Ask<Nothing, { handedOver: boolean }>;
  'workspace.info': Ask<Nothing, WorkspaceInfo>;
  /** What is wrong in the database, a line each; it reads all of it and holds up everyone else meanwhile. */
  'workspace.check': Ask<Nothing, { problems: readonly string[] }>;

  /** Events are sent as notifications `event` {name, payload} from now on, only to those who asked. */
  'events.subscribe': Ask<{ names: readonly EventName[] }, Nothing>;
}

/** What an owner tells of its own accord. */
export interface ServiceEvents {
  'sync.change': SyncReport;
  'sync.conflict': readonly SyncConflict[];
  'sync.status': SyncStatus;
  'sync.progress': SyncProgress;
}

export type EventName = keyof ServiceEvents;
export const EVENT_NAMES: readonly EventName[] = [
  'sync.change',
  'sync.conflict',
  'sync.status',
  'sync.progress',
];

export type MethodName = keyof ServiceMethods;
export type MethodParams<M extends MethodName> = ServiceMethods[M]['params'];
export type MethodResult<M extends MethodName> = ServiceMethods[M]['result'];

export interface ServiceCallOptions {
  /** Ends the call with CANCELLED. */
  readonly signal?: AbortSignal;
}

/** One workspace's owner as its callers see it: in this process or behind the socket, they cannot tell. */
export interface WorkspaceService {
  call<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
    options?: ServiceCallOptions,
  ): Promise<MethodResult<M>>;
  on<E extends EventName>(event: E, listener: (payload: ServiceEvents[E]) => void): () => void;
}
