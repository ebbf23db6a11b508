/**
 * The caches of live inodes and directories, over SQLite.
 *
 * Invariants: there is at most one object for a number at a time, and what has something pending cannot leave memory
 * (the group commit holds it, LiveObjects finds it), so nobody reads SQLite's older state. An inode that was destroyed
 * is not found, though SQLite has its row until the commit.
 */
import type { Store } from '../store/index.js';
import { Dentry, Directory } from './directory.js';
import { Inode } from './inode.js';
import { LiveObjects } from './live-objects.js';

/** Entries of a directory that a failed lookup may load whole. */
const LOAD_LIMIT = 20_000;
/** Lookups asked of SQLite one by one before the directory is loaded whole. */
const MISSES_BEFORE_LOAD = 4;
/** A directory's size without its entries, in entries. */
const EMPTY_DIRECTORY_SIZE = 8;

export class InodeCache {
  readonly #store: Store;
  readonly #live: LiveObjects<Inode>;
  /** Destroyed since the last commit. */
  readonly #gone = new Set<number>();

  constructor(store: Store, max: number) {
    this.#store = store;
    this.#live = new LiveObjects<Inode>({ maxSize: max });
  }

  /** The inode, read from SQLite where it is not in memory; undefined where there is none. */
  get(ino: number): Inode | undefined {
    const live = this.#live.get(ino);
    if (live !== undefined) return live;
    if (this.#gone.has(ino)) return undefined;
    const row = this.#store.read.getInodeByIno.get(ino);
    if (row === undefined) return undefined;
    const inode = new Inode(row, true);
    this.#live.add(ino, inode);
    return inode;
  }

  /** Reads all inodes of a directory's entries that are not in memory, by one statement. */
  preload(parentIno: number): void {
    for (const row of this.#store.read.listInodesByParent.iterate(parentIno)) {
      if (this.#live.has(row.ino) || this.#gone.has(row.ino)) continue;
      this.#live.add(row.ino, new Inode(row, true));
    }
  }

  has(ino: number): boolean {
    return this.#live.has(ino);
  }

  add(inode: Inode): void {
    this.#live.add(inode.ino, inode);
  }

  /** Forgets a destroyed inode. */
  remove(ino: number): void {
    this.#live.remove(ino);
    this.#gone.add(ino);
  }

  /** After a group commit SQLite knows who is gone. */
  settled(): void {
    this.#gone.clear();
  }
}

export class DirectoryCache {
  readonly #store: Store;
  readonly #live: LiveObjects<Directory>;

  /** `maxEntries` bounds the entries kept over all directories. */
  constructor(store: Store, maxEntries: number) {
    this.#store = store;
    this.#live = new LiveObjects<Directory>({
      maxSize: maxEntries,
      sizeOf: (directory) => {
        directory.measured = directory.entries.size;
        return directory.entries.size + EMPTY_DIRECTORY_SIZE;
      },
    });
  }

  get(inode: Inode): Directory {
    const live = this.#live.get(inode.ino);
    if (live !== undefined) return live;
    const directory = new Directory(inode.ino, !inode.stored);
    this.#live.add(inode.ino, directory);
    return directory;
  }

  has(ino: number): boolean {
    return this.#live.has(ino);
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
    this.measure(directory);
    return dentry;
  }

  /** Reads the whole directory. */
  complete(directory: Directory): void {
    if (!directory.complete) this.#load(directory, Number.MAX_SAFE_INTEGER);
  }

  remove(ino: number): void {
    this.#live.remove(ino);
  }

  /** Counts a directory's entries again where it has grown or shrunk much. */
  measure(directory: Directory): void {
    const size = directory.entries.size;
    if (size > directory.measured * 1.5 + 64 || size * 2 + 64 < directory.measured) {
      this.#live.measure(directory.ino);
    }
  }

  /** False where there are more than `limit` rows; then nothing changed. */
  #load(directory: Directory, limit: number): boolean {
    const wanted = limit === Number.MAX_SAFE_INTEGER ? -1 : limit + 1;
    const rows = this.#store.read.listDentriesByParent.all(directory.ino, wanted);
    if (wanted !== -1 && rows.length > limit) return false;
    const { entries, pending } = directory;
    const all: Dentry[] = [];
    for (const row of rows) {
      if (pending.has(row.name)) continue;
      const known = entries.get(row.name);
      all.push(
        known?.id === row.id
          ? known
          : new Dentry(row.id, row.name, { ino: row.ino, type: row.type, stored: true }),
      );
    }
    const stored = all.length;
    for (const name of pending.keys()) {
      const dentry = entries.get(name);
      if (dentry !== undefined) all.push(dentry);
    }
    if (all.length > stored) all.sort((a, b) => a.id - b.id);
    entries.clear();
    for (const dentry of all) directory.learn(dentry);
    directory.complete = true;
    this.measure(directory);
    return true;
  }
}
