/**
 * The bounded caches of live inodes and directories.
 *
 * Invariant: there is at most one object for a number at a time. What has something pending may fall out of the LRU
 * order, but is then held until the group commit has written it, so that nobody reads SQLite's older state.
 */
import { LRUCache } from 'lru-cache';
import type { Store } from '../store/index.js';
import { Dentry, Directory } from './directory.js';
import { Inode } from './inode.js';

/** Entries of a directory that a failed lookup may load whole. */
const LOAD_LIMIT = 20_000;
/** Lookups asked of SQLite one by one before the directory is loaded whole. */
const MISSES_BEFORE_LOAD = 4;

export class InodeCache {
  readonly #store: Store;
  readonly #cache: LRUCache<number, Inode>;
  readonly #held = new Map<number, Inode>();

  constructor(store: Store, max: number) {
    this.#store = store;
    this.#cache = new LRUCache<number, Inode>({
      max,
      dispose: (inode, ino, reason) => {
        if (reason === 'evict' && inode.pending !== 0) this.#held.set(ino, inode);
      },
    });
  }

  /** The inode, read from SQLite where it is not in memory; undefined where there is none. */
  get(ino: number): Inode | undefined {
    const cached = this.#cache.get(ino);
    if (cached !== undefined) return cached;
    const held = this.#held.get(ino);
    if (held !== undefined) {
      this.#held.delete(ino);
      this.#cache.set(ino, held);
      return held;
    }
    const row = this.#store.read.getInodeByIno.get(ino);
    if (row === undefined) return undefined;
    const inode = new Inode(row, true);
    this.#cache.set(ino, inode);
    return inode;
  }

  /** Reads all inodes of a directory's entries that are not in memory, by one statement. */
  preload(parentIno: number): void {
    for (const row of this.#store.read.listInodesByParent.iterate(parentIno)) {
      if (this.#cache.has(row.ino) || this.#held.has(row.ino)) continue;
      this.#cache.set(row.ino, new Inode(row, true));
    }
  }

  has(ino: number): boolean {
    return this.#cache.has(ino) || this.#held.has(ino);
  }

  add(inode: Inode): void {
    this.#cache.set(inode.ino, inode);
  }

  remove(ino: number): void {
    this.#cache.delete(ino);
    this.#held.delete(ino);
  }

  /** After a group commit nothing is pending: what was only held may go. */
  release(): void {
    this.#held.clear();
  }
}

export class DirectoryCache {
  readonly #store: Store;
  readonly #cache: LRUCache<number, Directory>;
  readonly #held = new Map<number, Directory>();

  /** `maxEntries` bounds the entries kept over all directories. */
  constructor(store: Store, maxEntries: number) {
    this.#store = store;
    this.#cache = new LRUCache<number, Directory>({
      maxSize: maxEntries,
      maxEntrySize: Number.MAX_SAFE_INTEGER,
      sizeCalculation: (directory) => Math.min(maxEntries, directory.entries.size + 8),
      dispose: (directory, ino, reason) => {
        if (reason === 'evict' && directory.pending.size !== 0) this.#held.set(ino, directory);
      },
    });
  }

  get(inode: Inode): Directory {
    const cached = this.#cache.get(inode.ino);
    if (cached !== undefined) return cached;
    const held = this.#held.get(inode.ino);
    this.#held.delete(inode.ino);
    const directory = held ?? new Directory(inode.ino, !inode.stored);
    this.#cache.set(inode.ino, directory);
    return directory;
  }

  find(directory: Directory, name: string): Dentry | undefined {
    const known = directory.entries.get(name);
    if (known !== undefined || directory.complete || directory.pending.has(name)) return known;
    directory.misses += 1;
    if (directory.misses === MISSES_BEFORE_LOAD && this.#load(directory, LOAD_LIMIT))
      return directory.entries.get(name);
    const row = this.#store.read.getDentryByName.get(directory.ino, name);
    if (row === undefined) return undefined;
    const dentry = new Dentry(row.id, row.name, { ino: row.ino, type: row.type, stored: true });
    directory.learn(dentry);
    return dentry;
  }

  /** Reads the whole directory. */
  complete(directory: Directory): void {
    if (!directory.complete) this.#load(directory, Number.MAX_SAFE_INTEGER);
  }

  remove(ino: number): void {
    this.#cache.delete(ino);
    this.#held.delete(ino);
  }

  release(): void {
    this.#held.clear();
  }

  /** False where there are more than `limit` rows; then nothing changed. */
  #load(directory: Directory, limit: number): boolean {
    const wanted = limit === Number.MAX_SAFE_INTEGER ? -1 : limit + 1;
    const rows = this.#store.read.listDentriesByParent.all(directory.ino, wanted);
    if (wanted !== -1 && rows.length > limit) return false;
    const before = new Map(directory.entries);
    directory.entries.clear();
    for (const row of rows) {
      if (directory.pending.has(row.name)) continue;
      const known = before.get(row.name);
      directory.learn(
        known?.id === row.id
          ? known
          : new Dentry(row.id, row.name, { ino: row.ino, type: row.type, stored: true }),
      );
    }
    const changed = [...directory.pending.keys()].flatMap((name) => before.get(name) ?? []);
    for (const dentry of changed.sort((a, b) => a.id - b.id)) directory.learn(dentry);
    directory.complete = true;
    this.#cache.set(directory.ino, directory);
    return true;
  }
}
