/**
 * The inode API: what FUSE, the SDK and the sync's apply call. Every call is synchronous, runs on the owner's main
 * thread, and applies in memory at once; `sync` makes what came before durable.
 *
 * Two sorts of number: an *ino* names a file for ever; a *node* is the kernel's name for one content version of it
 * (equal to the ino until a pull replaces the content under an open file). FUSE speaks nodes, everyone else inos.
 * Failures throw AgentFsError with a POSIX code; `lookup` alone answers undefined for what is absent, because that is
 * the everyday answer.
 */
import type {
  AttributeChanges,
  Attributes,
  ChangeObserver,
  DirectoryEntry,
  FilesystemStatistics,
  NewInode,
} from './types.js';

export interface Filesystem {
  /** The inode that a kernel node id stands for; throws ESTALE for one that was never given out. */
  inodeOfNode(node: number): Attributes;
  inode(ino: number): Attributes;
  /** The node id to put in an entry reply for this inode, counted as one lookup (see `forget`). */
  rememberNode(inode: Attributes): number;
  /** The kernel drops `count` lookups of a node. */
  forget(node: number, count: number): void;
  /** As `rememberNode`, for one who holds a file open without a mount; it outlives `forgetAll`. */
  pin(inode: Attributes): number;
  unpin(node: number): void;
  /** The mount has gone: the kernel knows no node any more. */
  forgetAll(): void;
  /** The number that stat shows (differs from `inode.ino` only for superseded content). */
  shownIno(inode: Attributes): number;
  /** The bytes that its content takes, without holes. */
  allocatedBytes(inode: Attributes): number;

  lookup(directory: Attributes, name: string): Attributes | undefined;
  parentOf(directory: Attributes): Attributes;
  create(directory: Attributes, name: string, node: NewInode): Attributes;
  /** An unnamed file (O_TMPFILE): link count 0 until linked. */
  createUnnamed(directory: Attributes, node: NewInode): Attributes;
  link(inode: Attributes, directory: Attributes, name: string): void;
  unlink(directory: Attributes, name: string): void;
  rmdir(directory: Attributes, name: string): void;
  rename(from: Attributes, name: string, to: { directory: Attributes; name: string; flags: number }): void;
  setattr(inode: Attributes, changes: AttributeChanges): void;
  readlink(inode: Attributes): string;

  /** Copies up to `target.length` bytes from `offset`; returns how many (short only at the end of the file). */
  read(inode: Attributes, offset: number, target: Uint8Array): number;
  /** The bytes are copied; `source` may be reused on return. Extends the file, updates mtime and ctime. */
  write(inode: Attributes, offset: number, source: Uint8Array): void;
  fallocate(inode: Attributes, flags: number, range: { offset: number; length: number }): void;
  /** SEEK_DATA or SEEK_HOLE; throws ENXIO as lseek(2) says. */
  seek(inode: Attributes, offset: number, whence: number): number;
  copyRange(
    from: { inode: Attributes; offset: number },
    to: { inode: Attributes; offset: number },
    length: number,
  ): number;

  /**
   * Calls `visit` for each entry after `cookie` (0 = from the start), in cookie order, without `.` and `..`, until it
   * returns false. Entries that exist throughout are seen exactly once, whatever changes meanwhile.
   */
  readdir(directory: Attributes, cookie: number, visit: (entry: DirectoryEntry) => boolean): void;
  /** Reads the attributes of all entries of a directory at once, before a listing asks for each. */
  preload(directory: Attributes): void;

  getxattr(inode: Attributes, name: string): Uint8Array;
  setxattr(inode: Attributes, name: string, value: { data: Uint8Array; flags: number }): void;
  listxattr(inode: Attributes): string[];
  removexattr(inode: Attributes, name: string): void;

  statfs(): FilesystemStatistics;
  /** Resolves when everything applied so far is durable in the database (WAL synced to disk). */
  sync(): Promise<void>;

  /** Runs `change` as one that did not come from the kernel: observers are told, so that mounts invalidate. */
  outside<T>(change: () => T): T;
  observe(observer: ChangeObserver): () => void;
}
