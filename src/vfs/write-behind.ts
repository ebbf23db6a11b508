/**
 * Group commit: what changed in memory and is not in SQLite yet, and when it goes there.
 *
 * Invariants: everything pending is reachable from here, so no cache can lose it; a batch has one origin; after a
 * failed commit all stays pending and is tried again, and writers are told. What was made and removed again between
 * two commits never reaches SQLite.
 */
import { AgentFsError, type Clock, type Timers } from '../base/index.js';
import {
  type Batch,
  CHANGED_ATTRIBUTES,
  CHANGED_CONTENT,
  CHANGED_ENTRY,
  CHANGED_XATTRS,
  type ChangeRow,
  type Store,
} from '../store/index.js';
import type { Content } from './content.js';
import type { Directory } from './directory.js';
import type { Inode } from './inode.js';

/** Longest time that an acknowledged change waits in memory, milliseconds. */
const COMMIT_DELAY_MS = 20;
/** Where a remote waits for news: of the first change after a while without any. Others batch as ever. */
const FIRST_COMMIT_DELAY_MS = 4;
const QUIET_MS = 50;
/** A batch this large is written at once. */
const COMMIT_CHANGES = 4096;
const COMMIT_BYTES = 16 * 1024 * 1024;
const RETRY_DELAY_MS = 500;
/** What a small change takes in the WAL, bytes, about. */
const CHANGE_BYTES = 1024;

export interface WriteBehindOptions {
  readonly store: Store;
  readonly content: Content;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Called when a commit in the background failed; the next writer or `sync` gets the error too. */
  readonly onError: (error: unknown) => void;
  /** Called after each commit, with the directories that it changed: nothing is pending any more. */
  readonly onSettled: (origin: number, changed: Iterable<Directory>) => void;
}

/** What others than `origin` changed since `record` was called, so that a pull never overwrites it. */
export interface TouchRecord {
  readonly origin: number;
  readonly inodes: Set<number>;
  readonly entries: Map<number, Set<string>>;
}

export class WriteBehind {
  /** 0, the remote whose pull is being applied, or ORIGIN_RESTORE. */
  #origin = 0;
  /** Whose changes are pending. It differs from `#origin` only where a commit has failed. */
  #batchOrigin = 0;
  #isMixed = false;
  /** Whether the change log is kept: only where a remote wants it. */
  logging = false;
  /** Whether a pull's changes are logged too: where another remote wants them. */
  loggingPulls = false;
  nextIno: number;
  nextDentryId: number;
  readonly #store: Store;
  readonly #content: Content;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #onError: (error: unknown) => void;
  readonly #onSettled: WriteBehindOptions['onSettled'];
  readonly #inodes = new Set<Inode>();
  #directories = new Set<Directory>();
  readonly #removed = new Set<number>();
  readonly #orphans = new Set<number>();
  readonly #adopted = new Set<number>();
  /** Inodes in SQLite that had no name when they were last written: all there are, since an owner's begin sweeps the rest. */
  readonly #unnamed = new Set<number>();
  #also: (() => void)[] = [];
  #changes = 0;
  /** Cancels the commit that is due. */
  #cancel: (() => void) | undefined;
  #failure: unknown;
  /** Of the last commit, on the monotonic clock. */
  #committedAtMs = Number.NEGATIVE_INFINITY;
  /** A commit is there that no sync covers. */
  #unsynced = false;
  /** The last sync begun, until it has succeeded. */
  #syncing: Promise<void> | undefined;
  readonly #records = new Set<TouchRecord>();

  constructor(options: WriteBehindOptions) {
    this.#store = options.store;
    this.#content = options.content;
    this.#clock = options.clock;
    this.#timers = options.timers;
    this.#onError = options.onError;
    this.#onSettled = options.onSettled;
    this.nextIno = options.store.firstFreeIno;
    this.nextDentryId = options.store.firstFreeDentryId;
  }

  get pendingBytes(): number {
    return this.#content.pendingBytes;
  }

  /**
   * Throws what the last commit failed with, so that nothing more is acknowledged on top of it, and ENOSPC where the
   * disk cannot take `bytes` more. Called before an operation changes anything: it may commit.
   */
  assertWritable(bytes: number): void {
    if (this.#failure !== undefined) this.flush();
    const { space } = this.#store;
    if (this.#changes >= space.largestCommit) this.flush();
    if (space.take(bytes + CHANGE_BYTES, this.#pendingCost)) return;
    // What was deleted gives its room back only when it is committed and the WAL is in the database.
    this.flush();
    this.#store.reclaim();
    if (!space.take(bytes + CHANGE_BYTES, this.#pendingCost)) {
      throw new AgentFsError('ENOSPC', 'the disk under the workspace is full', {
        operation: 'write',
        hint: 'Free some disk space where the workspace database is.',
      });
    }
  }

  /**
   * Before an operation that makes room: on a nearly full disk what is pending goes to SQLite in small commits. Never
   * throws, since removing must work when nothing else does.
   */
  makeRoom(): void {
    if (this.#changes < this.#store.space.largestCommit) return;
    this.#flushQuietly();
    this.#store.reclaim();
  }

  /** What pending changes take in the WAL, about. */
  get #pendingCost(): number {
    return this.#content.pendingBytes + this.#changes * CHANGE_BYTES;
  }

  /** Notes that an inode changed. `what` is CHANGED_* bits. */
  inodeChanged(inode: Inode, what: number): void {
    if (inode.pending === 0) this.#inodes.add(inode);
    inode.pending |= what;
    for (const record of this.#records) if (record.origin !== this.#origin) record.inodes.add(inode.ino);
    this.#count(1);
  }

  contentChanged(inode: Inode, from: number, to: number): void {
    if ((inode.pending & CHANGED_CONTENT) === 0) {
      inode.rangeFrom = from;
      inode.rangeTo = to;
    } else {
      if (from < inode.rangeFrom) inode.rangeFrom = from;
      if (to > inode.rangeTo) inode.rangeTo = to;
    }
    this.inodeChanged(inode, CHANGED_ATTRIBUTES | CHANGED_CONTENT);
  }

  /** Notes that an entry of a directory changed (Directory.pending has it already). */
  entryChanged(directory: Directory, name: string): void {
    this.#directories.add(directory);
    // Made and taken away again leaves no trace, but the pull that made it has told its base.
    if (this.#isOnPull && !directory.pending.has(name)) directory.pending.set(name, false);
    this.#recordEntry(directory, name);
    this.#count(1);
  }

  #recordEntry(directory: Directory, name: string): void {
    for (const record of this.#records) {
      if (record.origin === this.#origin) continue;
      let names = record.entries.get(directory.ino);
      if (names === undefined) {
        names = new Set();
        record.entries.set(directory.ino, names);
      }
      names.add(name);
    }
  }

  /** False where an inode that is not in memory has a name for certain: SQLite need not be asked. */
  mayBeUnnamed(ino: number): boolean {
    return this.#unnamed.has(ino);
  }

  /** An inode lost its last name while it may still be open. */
  orphaned(inode: Inode): void {
    this.#unnamed.add(inode.ino);
    this.#adopted.delete(inode.ino);
    this.#orphans.add(inode.ino);
  }

  /** An orphan got a name (O_TMPFILE and linkat). */
  adopted(inode: Inode): void {
    if (!this.#orphans.delete(inode.ino) || inode.stored) this.#adopted.add(inode.ino);
  }

  /** An inode is gone for good. */
  destroyed(inode: Inode): void {
    inode.destroyed = true;
    inode.pending = 0;
    this.#unnamed.delete(inode.ino);
    this.#inodes.delete(inode);
    this.#orphans.delete(inode.ino);
    this.#adopted.delete(inode.ino);
    if (inode.stored || this.#isOnPull) this.#removed.add(inode.ino);
    this.#content.drop(inode);
    this.#count(1);
  }

  /** Runs `write` in the transaction of the next commit, after the files. */
  also(write: () => void): void {
    this.#also.push(write);
    this.#count(1);
  }

  /** After an operation on content: commits where too much of it is only in memory. */
  commitIfLarge(): void {
    if (this.#content.pendingBytes >= COMMIT_BYTES && this.#failure === undefined) this.#flushQuietly();
  }

  /** Runs `change` with its changes logged as a remote's; batches of different origins never mix. */
  withOrigin<T>(origin: number, change: () => T): T {
    if (origin === this.#origin) return change();
    this.flush();
    const before = this.#origin;
    this.#origin = origin;
    try {
      const result = change();
      this.flush();
      return result;
    } finally {
      this.#origin = before;
    }
  }

  /**
   * Commits what is pending, then `change` by itself. Where that commit fails, nothing of it stays pending, `undo` takes
   * back what it did in memory, and the error is thrown. For a change that no reader may see before SQLite has it.
   */
  commitAlone(change: () => void, undo: () => void): void {
    this.flush();
    change();
    try {
      this.#store.write(this.#batch());
    } catch (error) {
      this.#drop();
      undo();
      throw error;
    }
    this.#settle();
  }

  record(origin: number): TouchRecord {
    const record: TouchRecord = { origin, inodes: new Set(), entries: new Map() };
    this.#records.add(record);
    return record;
  }

  stopRecord(record: TouchRecord): void {
    this.#records.delete(record);
  }

  /** Commits everything pending. Throws when the database refuses; then all stays pending. */
  flush(): void {
    this.#cancelTimer();
    if (this.#changes === 0) return;
    try {
      this.#store.write(this.#batch());
    } catch (error) {
      this.#failure = error;
      this.#schedule(RETRY_DELAY_MS);
      throw error;
    }
    this.#failure = undefined;
    this.#settle();
  }

  /** Commits, and resolves when the commit is on disk. */
  async sync(): Promise<void> {
    this.flush();
    if (this.#unsynced) {
      this.#unsynced = false;
      this.#syncing = this.#store.sync();
    }
    // Where nothing is new, an earlier caller's sync may still be running: what it covers is not on disk before it ends.
    const syncing = this.#syncing;
    if (syncing === undefined) return;
    try {
      await syncing;
      if (this.#syncing === syncing) this.#syncing = undefined;
    } catch (error) {
      this.#unsynced = true;
      throw new AgentFsError('EIO', 'the workspace database could not be synced to disk', {
        operation: 'fsync',
        cause: error,
      });
    }
  }

  close(): void {
    this.flush();
    this.#cancelTimer();
  }

  #cancelTimer(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #count(changes: number): void {
    // What somebody here does on top of a pull that could not be committed must count as theirs, so all of it does.
    if (this.#changes === 0) this.#batchOrigin = this.#origin;
    else if (this.#isOnPull) {
      this.#isMixed = true;
      this.#batchOrigin = 0;
    }
    this.#changes += changes;
    if (this.#changes >= COMMIT_CHANGES && this.#origin === 0) this.#scheduleSoon();
    else if (this.#cancel === undefined) this.#schedule(this.#delayMs());
  }

  /** Whether what is pending began as a pull that could not be committed, and somebody here is at work now. */
  get #isOnPull(): boolean {
    return this.#isMixed || (this.#changes > 0 && this.#batchOrigin !== this.#origin);
  }

  #delayMs(): number {
    if (!this.logging) return COMMIT_DELAY_MS;
    const isQuiet = this.#clock.monotonicMs() - this.#committedAtMs > QUIET_MS;
    return isQuiet ? FIRST_COMMIT_DELAY_MS : COMMIT_DELAY_MS;
  }

  /** An operation is under way: its batch must be whole, so the commit comes right after it. */
  #scheduleSoon(): void {
    if (this.#changes === COMMIT_CHANGES) void this.#timers.turn().then(() => this.#flushQuietly());
  }

  #schedule(delayMs: number): void {
    if (this.#cancel !== undefined) return;
    this.#cancel = this.#timers.after(delayMs, () => {
      this.#cancel = undefined;
      this.#flushQuietly();
    });
  }

  #flushQuietly(): void {
    try {
      this.flush();
    } catch (error) {
      this.#onError(error);
    }
  }

  #batch(): Batch {
    const inodes = this.#inodes;
    const directories = this.#directories;
    return {
      removedDentries: (function* () {
        for (const directory of directories) {
          for (const [name, stored] of directory.pending) {
            if (stored && !directory.entries.has(name)) yield { parentIno: directory.ino, name };
          }
        }
      })(),
      removedInodes: this.#removed,
      newInodes: (function* () {
        for (const inode of inodes) if (!inode.stored) yield inode;
      })(),
      changedInodes: (function* () {
        for (const inode of inodes) if (inode.stored) yield inode;
      })(),
      dentries: (function* () {
        for (const directory of directories) {
          for (const [name, replaces] of directory.pending) {
            const dentry = directory.entries.get(name);
            if (dentry !== undefined)
              yield { id: dentry.id, parentIno: directory.ino, name, ino: dentry.ino, replaces };
          }
        }
      })(),
      cutContent: (function* () {
        for (const inode of inodes) {
          for (const cut of inode.cuts ?? []) yield { ino: inode.ino, fromChunk: cut.from, toChunk: cut.to };
        }
      })(),
      chunks: (function* () {
        for (const inode of inodes) {
          if (inode.chunks === undefined) continue;
          for (const [index, chunk] of inode.chunks) yield { ino: inode.ino, index, data: chunk.bytes() };
        }
      })(),
      symlinks: (function* () {
        for (const inode of inodes) {
          if (!inode.stored && inode.target !== undefined) yield { ino: inode.ino, target: inode.target };
        }
      })(),
      xattrs: (function* () {
        for (const inode of inodes) {
          if (inode.pendingXattrs === undefined) continue;
          for (const [name, value] of inode.pendingXattrs) yield { ino: inode.ino, name, value };
        }
      })(),
      orphans: this.#orphans,
      adoptedOrphans: this.#adopted,
      changes: (this.#origin <= 0 ? this.logging : this.loggingPulls) ? this.#changeRows() : [],
      also: this.#also,
      origin: Math.max(0, this.#batchOrigin),
      atMs: Math.round(this.#clock.nowMs()),
      nextIno: this.nextIno,
    };
  }

  *#changeRows(): Generator<ChangeRow> {
    for (const directory of this.#directories) {
      for (const name of directory.pending.keys()) {
        const ino = directory.entries.get(name)?.ino ?? 0;
        yield { ino, parentIno: directory.ino, name, what: CHANGED_ENTRY, rangeFrom: 0, rangeTo: 0 };
      }
    }
    // An entry says what it means now, never what it meant: who went has to be told.
    for (const ino of this.#removed) {
      yield { ino, parentIno: 0, name: '', what: CHANGED_ATTRIBUTES, rangeFrom: 0, rangeTo: 0 };
    }
    for (const inode of this.#inodes) {
      const what = inode.pending & (CHANGED_ATTRIBUTES | CHANGED_CONTENT | CHANGED_XATTRS);
      const hasRange = (what & CHANGED_CONTENT) !== 0;
      const rangeFrom = hasRange ? inode.rangeFrom : 0;
      const rangeTo = hasRange ? inode.rangeTo : 0;
      yield { ino: inode.ino, parentIno: 0, name: '', what, rangeFrom, rangeTo };
    }
  }

  /** The batch is in SQLite: memory is clean. */
  #settle(): void {
    for (const inode of this.#inodes) {
      inode.stored = true;
      inode.pending = 0;
      if (inode.nlink === 0) this.#unnamed.add(inode.ino);
      else if (this.#unnamed.size > 0) this.#unnamed.delete(inode.ino);
      inode.pendingXattrs = undefined;
      this.#content.settled(inode);
    }
    for (const directory of this.#directories) {
      for (const name of directory.pending.keys()) {
        const dentry = directory.entries.get(name);
        if (dentry !== undefined) dentry.stored = true;
      }
      directory.pending.clear();
    }
    const changed = this.#directories;
    const origin = Math.max(0, this.#batchOrigin);
    if (origin === 0) this.#committedAtMs = this.#clock.monotonicMs();
    this.#clear();
    this.#unsynced = true;
    this.#onSettled(origin, changed);
  }

  /** Forgets pending changes of inodes, which is all that there are: they are not to be. */
  #drop(): void {
    for (const inode of this.#inodes) {
      inode.pending = 0;
      inode.cuts = undefined;
      inode.holes = -1;
    }
    this.#clear();
  }

  #clear(): void {
    this.#inodes.clear();
    this.#directories = new Set();
    this.#removed.clear();
    this.#orphans.clear();
    this.#adopted.clear();
    this.#also = [];
    this.#changes = 0;
    this.#isMixed = false;
  }
}
