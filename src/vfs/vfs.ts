/**
 * The filesystem of one workspace: the inode API over the store, one call an operation.
 *
 * Runs on the owner's main thread; every call but `sync` and `close` is synchronous. The operations are in operations/,
 * what they share in state.ts, what waits for SQLite in write-behind.ts.
 */
import { type Clock, late, posixError, systemClock, systemTimers, type Timers } from '../base/index.js';
import { checkDatabase, type Finding, Store, type StoreStatistics, type SyncState } from '../store/index.js';
import { DirectoryCache, InodeCache } from './caches.js';
import { Content } from './content.js';
import type { Filesystem } from './filesystem.js';
import type { IdleCollection } from './idle-collection.js';
import { Importer } from './importer.js';
import type { Inode } from './inode.js';
import { NodeTable } from './node-table.js';
import * as attributes from './operations/attributes.js';
import * as namespace from './operations/namespace.js';
import * as reading from './operations/read.js';
import { rename } from './operations/rename.js';
import { isKeeper, reinstate } from './operations/supersede.js';
import * as writing from './operations/write.js';
import * as xattrs from './operations/xattrs.js';
import type { VfsState } from './state.js';
import type {
  AttributeChanges,
  Attributes,
  ChangeObserver,
  DirectoryEntry,
  FilesystemStatistics,
  NewInode,
} from './types.js';
import { WriteBehind } from './write-behind.js';

const collectionPart = late(() => import('./idle-collection.js'));

const BLOCK_BYTES = 4096;
const DEFAULT_CACHE_BYTES = 128 * 1024 * 1024;
/** Caches still work at this size, slowly: tests use it to make everything fall out all the time. */
const SMALLEST_CACHE_BYTES = 64 * 1024;
/** Bytes that a live inode, and a live entry, take in memory, about. */
const INODE_BYTES = 512;
const ENTRY_BYTES = 128;
/** Nodes that the kernel has forgotten after which memory is given back. */
const MANY_FORGOTTEN = 50_000;

export interface VfsOptions {
  /** Make the database where there is none. */
  readonly create?: boolean;
  /** Memory for inodes, entries, content and SQLite's pages together, bytes; default 128 MiB. */
  readonly cacheSizeBytes?: number;
  readonly clock?: Clock;
  readonly timers?: Timers;
  /** Told of a commit that failed in the background. */
  readonly onError?: (error: unknown) => void;
}

/** Opens a workspace database. Throws what `openDatabase` throws. */
export function openVfs(path: string, options: VfsOptions = {}): Vfs {
  return new Vfs(path, options);
}

export class Vfs implements Filesystem {
  readonly #state: VfsState;
  readonly #commitListeners = new Set<(origin: number) => void>();
  readonly #timers: Timers;
  #collection: IdleCollection | undefined;
  #forgotten = 0;
  #isClosed = false;

  constructor(path: string, options: VfsOptions = {}) {
    const cacheBytes = Math.max(SMALLEST_CACHE_BYTES, options.cacheSizeBytes ?? DEFAULT_CACHE_BYTES);
    const clock = options.clock ?? systemClock;
    this.#timers = options.timers ?? systemTimers;
    const store = new Store(path, { create: options.create === true, pageCacheBytes: cacheBytes / 4 });
    const content = new Content(store, cacheBytes / 4);
    const inodes = new InodeCache(store, Math.ceil(cacheBytes / 4 / INODE_BYTES));
    const directories = new DirectoryCache(store, Math.ceil(cacheBytes / 4 / ENTRY_BYTES));
    const pending = new WriteBehind({
      store,
      content,
      clock,
      timers: this.#timers,
      onError: options.onError ?? (() => undefined),
      onSettled: (origin, changed) => {
        inodes.settled();
        for (const directory of changed) directories.measure(directory);
        for (const listener of this.#commitListeners) listener(origin);
      },
    });
    const remotes = store.syncState.remotes().length;
    pending.logging = remotes > 0;
    pending.loggingPulls = remotes > 1;
    this.#state = {
      store,
      clock,
      content,
      inodes,
      directories,
      pending,
      nodes: new NodeTable(),
      kept: new Set(store.kept.list().flatMap(({ ino }) => (ino === 0 ? [] : [ino]))),
      observers: new Set(),
      outside: 0,
    };
  }

  /** For this layer's own neighbours in sync's apply; nobody else looks inside. */
  get state(): VfsState {
    return this.#state;
  }

  get syncState(): SyncState {
    return this.#state.store.syncState;
  }

  get databasePath(): string {
    return this.#state.store.path;
  }

  inodeOfNode(node: number): Inode {
    const inode = this.#state.inodes.get(this.#state.nodes.inoOf(node));
    if (inode === undefined) throw posixError('ESTALE', 'find inode');
    return inode;
  }

  inode(ino: number): Inode {
    const inode = this.#state.inodes.get(ino);
    if (inode === undefined) throw posixError('ENOENT', 'find inode');
    return inode;
  }

  rememberNode(inode: Attributes): number {
    const node = this.#state.nodes.nodeOf(inode.ino);
    this.#state.nodes.remember(node);
    return node;
  }

  forget(node: number, count: number): void {
    const ino = this.#state.nodes.forget(node, count);
    if (ino === 0) return;
    namespace.released(this.#state, ino);
    this.#countForgotten();
  }

  /** Most owners are never told to forget so much, and load nothing for it. */
  #countForgotten(): void {
    this.#forgotten += 1;
    if (this.#collection !== undefined) this.#collection.forgot(1);
    else if (this.#forgotten === MANY_FORGOTTEN) {
      const begin = ({ IdleCollection }: Awaited<ReturnType<typeof collectionPart>>): void => {
        if (this.#isClosed) return;
        this.#collection = new IdleCollection(this.#timers, MANY_FORGOTTEN);
        this.#collection.forgot(this.#forgotten);
      };
      // Where it cannot be loaded, memory is given back later, and the count begins anew.
      collectionPart().then(begin, () => {
        this.#forgotten = 0;
      });
    }
  }

  pin(inode: Attributes): number {
    const node = this.#state.nodes.nodeOf(inode.ino);
    this.#state.nodes.pin(node);
    return node;
  }

  unpin(node: number): void {
    const ino = this.#state.nodes.unpin(node);
    if (ino !== 0) namespace.released(this.#state, ino);
  }

  /** The mount has gone: the kernel knows no node any more. */
  forgetAll(): void {
    for (const ino of this.#state.nodes.clear()) namespace.released(this.#state, ino);
  }

  shownIno(inode: Attributes): number {
    return this.#state.nodes.shownIno(inode.ino);
  }

  allocatedBytes(inode: Attributes): number {
    return inode.size <= this.#state.content.chunkSize
      ? inode.size
      : reading.allocatedBytes(this.#state, inode as Inode);
  }

  lookup(directory: Attributes, name: string): Inode | undefined {
    return namespace.lookup(this.#state, directory as Inode, name);
  }

  parentOf(directory: Attributes): Inode {
    return namespace.parentOf(this.#state, directory as Inode);
  }

  create(directory: Attributes, name: string, node: NewInode): Inode {
    return namespace.create(this.#state, directory as Inode, name, node);
  }

  createUnnamed(directory: Attributes, node: NewInode): Inode {
    return namespace.createUnnamed(this.#state, directory as Inode, node);
  }

  link(inode: Attributes, directory: Attributes, name: string): void {
    namespace.link(this.#state, inode as Inode, directory as Inode, name);
  }

  unlink(directory: Attributes, name: string): void {
    namespace.unlink(this.#state, directory as Inode, name);
  }

  rmdir(directory: Attributes, name: string): void {
    namespace.rmdir(this.#state, directory as Inode, name);
  }

  rename(from: Attributes, name: string, to: { directory: Attributes; name: string; flags: number }): void {
    rename(this.#state, from as Inode, name, { ...to, directory: to.directory as Inode });
  }

  setattr(inode: Attributes, changes: AttributeChanges): void {
    const target = changes.size === undefined ? (inode as Inode) : this.#writable(inode as Inode);
    attributes.setattr(this.#state, target, changes);
  }

  readlink(inode: Attributes): string {
    const link = inode as Inode;
    link.target ??= this.#state.store.read.getTargetByIno.get(link.ino)?.target;
    if (link.target === undefined) throw posixError('EINVAL', 'readlink');
    return link.target;
  }

  read(inode: Attributes, offset: number, target: Uint8Array): number {
    return reading.read(this.#state, inode as Inode, offset, target);
  }

  write(inode: Attributes, offset: number, source: Uint8Array): void {
    writing.write(this.#state, this.#writable(inode as Inode), offset, source);
  }

  fallocate(inode: Attributes, flags: number, range: { offset: number; length: number }): void {
    writing.fallocate(this.#state, this.#writable(inode as Inode), flags, range);
  }

  seek(inode: Attributes, offset: number, whence: number): number {
    return reading.seek(this.#state, inode as Inode, offset, whence);
  }

  copyRange(
    from: { inode: Attributes; offset: number },
    to: { inode: Attributes; offset: number },
    length: number,
  ): number {
    const target = { inode: this.#writable(to.inode as Inode), offset: to.offset };
    return writing.copyRange(this.#state, from as writing.CopyEnd, target, length);
  }

  /** The inode to change for a write: a keeper of superseded content becomes its file again. */
  #writable(inode: Inode): Inode {
    return inode.nlink === 0 && isKeeper(this.#state, inode) ? reinstate(this.#state, inode) : inode;
  }

  readdir(directory: Attributes, cookie: number, visit: (entry: DirectoryEntry) => boolean): void {
    const inode = directory as Inode;
    if (!inode.isDirectory) throw posixError('ENOTDIR', 'readdir');
    const open = this.#state.directories.get(inode);
    this.#state.directories.complete(open);
    for (const dentry of open.after(cookie)) {
      if (!visit({ name: dentry.name, ino: dentry.ino, type: dentry.type, cookie: dentry.id })) return;
    }
  }

  /** Reads the attributes of all entries of a directory at once, before a listing asks for each. */
  preload(directory: Attributes): void {
    this.#state.inodes.preload(directory.ino);
  }

  getxattr(inode: Attributes, name: string): Uint8Array {
    return xattrs.getxattr(this.#state, inode as Inode, name);
  }

  setxattr(inode: Attributes, name: string, value: { data: Uint8Array; flags: number }): void {
    xattrs.setxattr(this.#state, inode as Inode, name, value);
  }

  listxattr(inode: Attributes): string[] {
    return xattrs.listxattr(this.#state, inode as Inode);
  }

  removexattr(inode: Attributes, name: string): void {
    xattrs.removexattr(this.#state, inode as Inode, name);
  }

  statfs(): FilesystemStatistics {
    const { disk } = this.#state.store;
    const total = Math.floor(disk.totalBytes() / BLOCK_BYTES);
    const free = Math.floor(disk.availableBytes() / BLOCK_BYTES);
    return {
      blockSize: BLOCK_BYTES,
      blocks: total,
      blocksFree: free,
      blocksAvailable: free,
      files: this.#state.pending.nextIno + free,
      filesFree: free,
      nameMax: 255,
    };
  }

  /** Commits what is pending to SQLite, without waiting for the disk. */
  flush(): void {
    this.#state.pending.flush();
  }

  sync(): Promise<void> {
    return this.#state.pending.sync();
  }

  outside<T>(change: () => T): T {
    this.#state.outside += 1;
    try {
      return change();
    } finally {
      this.#state.outside -= 1;
    }
  }

  /** Inodes in the database. */
  countInodes(): number {
    this.flush();
    return this.#state.store.countInodes();
  }

  /** Calls `listener` after each commit with its origin: 0, or the remote whose pull it was. */
  onCommit(listener: (origin: number) => void): () => void {
    this.#commitListeners.add(listener);
    return () => this.#commitListeners.delete(listener);
  }

  /** For how many remotes the change log is kept: none, or one, needs no row of its own pulls. */
  keepLog(remotes: number): void {
    this.#state.pending.flush();
    this.#state.pending.logging = remotes > 0;
    this.#state.pending.loggingPulls = remotes > 1;
  }

  /** What a pull does to this filesystem, logged as that remote's; with ORIGIN_RESTORE as made here. */
  importer(remote: number): Importer {
    return new Importer(this.#state, remote);
  }

  observe(observer: ChangeObserver): () => void {
    this.#state.observers.add(observer);
    return () => this.#state.observers.delete(observer);
  }

  statistics(): StoreStatistics {
    return this.#state.store.statistics();
  }

  /** What is wrong in the database, with a remedy each; `[]` where it is sound. Reads all of it. */
  check(): Finding[] {
    this.flush();
    return checkDatabase(this.#state.store.db);
  }

  /** `[]` where the database is sound, else what SQLite's integrity check found. */
  integrityCheck(): string[] {
    this.flush();
    return this.#state.store.integrityCheck();
  }

  /** Commits, syncs to disk and closes the database. */
  async close(): Promise<void> {
    this.#collection?.close();
    this.#isClosed = true;
    await this.#state.pending.sync();
    this.#state.pending.close();
    await this.#state.store.close();
  }
}
