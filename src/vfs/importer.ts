/**
 * What a pull does to the filesystem: nodes and entries set as the remote has them, not as a program would make them.
 *
 * Times are set, never taken from the clock; a parent's times change only when the remote says so. A node may be
 * without an entry between two calls, and is destroyed by `remove` alone. Between `begin` and `end`, whatever
 * somebody here touched is refused (`isTouched`), so that a pull never overwrites it. Changes are logged with the
 * remote as their origin, and mounts are told of each.
 */
import { posixError } from '../base/index.js';
import {
  CHANGED_ATTRIBUTES,
  CHANGED_XATTRS,
  type KeptRow,
  type NewNode,
  type SyncState,
} from '../store/index.js';
import type { Inode } from './inode.js';
import { addNew } from './operations/add-new.js';
import { parentInoOf } from './operations/namespace.js';
import { type ContentPatch, patchContent } from './operations/patch.js';
import { dropKept, isKept, keepUnnamed, makeUnnamed, replaceContent } from './operations/supersede.js';
import { truncate, write } from './operations/write.js';
import { addEntry, destroy, removeEntry, tellEntry, tellNode, type VfsState } from './state.js';
import { S_IFDIR, S_IFMT } from './types.js';
import type { TouchRecord } from './write-behind.js';

/** A node's attributes as a remote has them. */
export interface ImportedAttributes {
  /** Type and permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly mtimeSec: number;
  readonly mtimeNsec: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

/** A node that is nowhere here yet, with its first entry. */
export interface ImportedNode {
  readonly ino: number;
  readonly attributes: ImportedAttributes;
  /** Of a file. */
  readonly content: Uint8Array | undefined;
  /** Of a symbolic link. */
  readonly target: string | undefined;
  readonly parentIno: number;
  readonly name: string;
}

/** Where content goes besides the file itself. */
export interface Publication {
  /** The file's entries. */
  readonly places: Iterable<{ parentIno: number; name: string }>;
  /** What is to be remembered of the content that goes. */
  readonly keep?: Omit<KeptRow, 'ino'> | undefined;
}

export class Importer {
  readonly #state: VfsState;
  readonly #remote: number;
  #record: TouchRecord | undefined;
  /** Names of directories that this round moved. */
  readonly #directoryNames = new Map<number, number>();

  constructor(state: VfsState, remote: number) {
    this.#state = state;
    this.#remote = remote;
  }

  get syncState(): SyncState {
    return this.#state.store.syncState;
  }

  /** Commits what is pending, and notes from now on what is touched here. Returns the last number of the change log. */
  begin(): number {
    this.end();
    this.#record = this.#state.pending.record(this.#remote);
    this.#state.pending.flush();
    return this.#state.store.read.getLastSeq.get()?.seq ?? 0;
  }

  end(): void {
    if (this.#record !== undefined) this.#state.pending.stopRecord(this.#record);
    this.#record = undefined;
    this.#directoryNames.clear();
  }

  /** Outside a round nobody knows what is touched, so everything counts as it. */
  isTouched(ino: number): boolean {
    return this.#record?.inodes.has(ino) !== false;
  }

  isEntryTouched(parentIno: number, name: string): boolean {
    return this.#record === undefined || this.#record.entries.get(parentIno)?.has(name) === true;
  }

  /** True where a node, or anything in it, was touched. */
  isTouchedBelow(ino: number): boolean {
    if (this.isTouched(ino)) return true;
    const record = this.#record!;
    if (record.inodes.size === 0 && record.entries.size === 0) return false;
    const inode = this.#state.inodes.get(ino);
    if (inode === undefined || !inode.isDirectory) return false;
    if (record.entries.has(ino)) return true;
    const directory = this.#state.directories.get(inode);
    this.#state.directories.complete(directory);
    for (const dentry of directory.entries.values()) if (this.isTouchedBelow(dentry.ino)) return true;
    return false;
  }

  /** Runs `change` as this remote's, in commits of its own. Returns when it is in SQLite. */
  run<T>(change: () => T): T {
    this.#state.outside += 1;
    try {
      return this.#state.pending.withOrigin(this.#remote, change);
    } finally {
      this.#state.outside -= 1;
    }
  }

  /** Runs `write` in the transaction of the changes around it. */
  also(write: () => void): void {
    this.#state.pending.also(write);
  }

  /** Resolves when everything that is in SQLite by now survives a power cut. */
  sync(): Promise<void> {
    return this.#state.store.sync();
  }

  /** What is only kept of a version that lost is nobody's any more, whatever node it was: that one comes back as another inode. */
  exists(ino: number): boolean {
    return this.#state.inodes.get(ino) !== undefined && !isKept(this.#state, ino);
  }

  /** Where a directory stands; undefined where it has no name. Looks through all entries. */
  placeOf(ino: number): { readonly parentIno: number; readonly name: string } | undefined {
    this.#state.pending.flush();
    return this.#state.store.read.getParentByIno.get(ino);
  }

  /** The directory that a directory stands in; 0 where it has no name. Nothing pending is committed for it: a slice is whole. */
  directoryAbove(ino: number): number {
    const inode = this.#state.inodes.get(ino);
    return inode === undefined ? 0 : parentInoOf(this.#state, inode);
  }

  isDirectory(ino: number): boolean {
    return this.#state.inodes.get(ino)?.isDirectory === true;
  }

  /** The inode number that an entry has now; 0 where there is none. */
  entry(parentIno: number, name: string): number {
    const parent = this.#inode(parentIno);
    return this.#state.directories.find(this.#state.directories.get(parent), name)?.ino ?? 0;
  }

  /** False for a directory with something in it. */
  isRemovable(ino: number): boolean {
    const inode = this.#state.inodes.get(ino);
    if (inode === undefined || !inode.isDirectory) return true;
    const directory = this.#state.directories.get(inode);
    if (directory.entries.size === 0) this.#state.directories.complete(directory);
    return directory.entries.size === 0;
  }

  /** True where the node has one name at most. */
  isOnlyName(ino: number): boolean {
    const inode = this.#state.inodes.get(ino);
    if (inode === undefined) return false;
    return (inode.isDirectory ? this.#namesOf(inode) : inode.nlink) <= 1;
  }

  /** True where no entry means this node any more. */
  isUnnamed(ino: number): boolean {
    const inode = this.#state.inodes.get(ino);
    return inode === undefined || inode.nlink === 0;
  }

  /** Whether `addNew` may be used: what another remote wants to know of has to go through the log. */
  get addsNew(): boolean {
    return !this.#state.pending.loggingPulls;
  }

  /** An inode number for `addNew`. */
  reserve(): number {
    const ino = this.#state.pending.nextIno;
    this.#state.pending.nextIno += 1;
    return ino;
  }

  /** True for a directory that can get an entry. */
  takesEntries(ino: number): boolean {
    const inode = this.#state.inodes.get(ino);
    return inode?.isDirectory === true && inode.nlink > 0;
  }

  /** Makes nodes with their entries in one commit; `record` writes in the same transaction. */
  addNew(nodes: readonly ImportedNode[], record: () => void): void {
    const now = this.#state.clock.realtime();
    const { pending } = this.#state;
    const rows = nodes.map((node): NewNode => {
      const { ino, attributes, content, target, parentIno, name } = node;
      const id = pending.nextDentryId;
      pending.nextDentryId += 1;
      return {
        inode: {
          ino,
          mode: attributes.mode,
          nlink: (attributes.mode & S_IFMT) === S_IFDIR ? 2 : 1,
          uid: attributes.uid,
          gid: attributes.gid,
          size: content?.length ?? (target === undefined ? 0 : Buffer.byteLength(target)),
          atimeSec: now.sec,
          atimeNsec: now.nsec,
          mtimeSec: attributes.mtimeSec,
          mtimeNsec: attributes.mtimeNsec,
          ctimeSec: now.sec,
          ctimeNsec: now.nsec,
          rdev: attributes.rdev,
        },
        entry: { id, parentIno, name },
        content,
        target,
        xattrs: attributes.xattrs,
      };
    });
    addNew(this.#state, rows, record);
  }

  /** Makes a node that has no entry yet. Returns its inode number. */
  create(attributes: ImportedAttributes, target: string | undefined): number {
    const inode = makeUnnamed(this.#state, undefined);
    inode.mode = attributes.mode;
    if (target !== undefined) {
      inode.target = target;
      inode.size = Buffer.byteLength(target);
    }
    this.#set(inode, attributes);
    return inode.ino;
  }

  /** What a file may do here, for who must not change that. */
  privileges(ino: number): Pick<ImportedAttributes, 'mode' | 'xattrs'> {
    const inode = this.#inode(ino);
    return { mode: inode.mode, xattrs: this.#xattrsOf(inode) };
  }

  setAttributes(ino: number, attributes: ImportedAttributes): void {
    const inode = this.#inode(ino);
    if ((attributes.mode & S_IFMT) !== (inode.mode & S_IFMT)) throw posixError('EINVAL', 'import attributes');
    inode.mode = attributes.mode;
    this.#set(inode, attributes);
    tellNode(this.#state, inode, false);
  }

  #set(inode: Inode, attributes: ImportedAttributes): void {
    const now = this.#state.clock.realtime();
    inode.uid = attributes.uid;
    inode.gid = attributes.gid;
    inode.rdev = attributes.rdev;
    inode.mtimeSec = attributes.mtimeSec;
    inode.mtimeNsec = attributes.mtimeNsec;
    inode.ctimeSec = now.sec;
    inode.ctimeNsec = now.nsec;
    this.#setXattrs(inode, attributes.xattrs);
    this.#state.pending.inodeChanged(inode, CHANGED_ATTRIBUTES);
  }

  #setXattrs(inode: Inode, xattrs: ReadonlyMap<string, Uint8Array>): void {
    const before = this.#xattrsOf(inode);
    const pending = new Map<string, Uint8Array | null>(inode.pendingXattrs);
    for (const name of before.keys()) if (!xattrs.has(name)) pending.set(name, null);
    for (const [name, value] of xattrs) {
      const old = before.get(name);
      if (old === undefined || Buffer.compare(old, value) !== 0) pending.set(name, value);
    }
    if (pending.size === 0) return;
    inode.pendingXattrs = pending;
    inode.xattrs = new Map(xattrs);
    this.#state.pending.inodeChanged(inode, CHANGED_XATTRS);
  }

  #xattrsOf(inode: Inode): Map<string, Uint8Array> {
    inode.xattrs ??= new Map(
      this.#state.store.read.listXattrsByIno.all(inode.ino).map((row) => [row.name, row.value]),
    );
    return inode.xattrs;
  }

  /** Fills a file that has no content and that nobody has seen yet. */
  fill(ino: number, offset: number, bytes: Uint8Array): void {
    const inode = this.#inode(ino);
    const { mtimeSec, mtimeNsec } = inode;
    write(this.#state, inode, offset, bytes);
    inode.mtimeSec = mtimeSec;
    inode.mtimeNsec = mtimeNsec;
  }

  /** Replaces the content of a file. */
  overwrite(ino: number, bytes: Uint8Array, to: Publication): void {
    const inode = this.#inode(ino);
    if (to.keep !== undefined || this.#state.nodes.isKnown(this.#state.nodes.nodeOf(ino))) {
      const stage = this.stage();
      this.fill(stage, 0, bytes);
      this.publish(ino, stage, to);
      return;
    }
    // In this order, since a full disk refuses the write before anything has changed.
    write(this.#state, inode, 0, bytes);
    truncate(this.#state, inode, bytes.length);
  }

  /** Whether a file's content can be changed where it is: nobody can have it open. */
  isPatchable(ino: number): boolean {
    const inode = this.#state.inodes.get(ino);
    return inode !== undefined && !this.#state.nodes.isKnown(this.#state.nodes.nodeOf(ino));
  }

  /** Changes parts of a file's content, in one batch with what else is changed in this run. It `isPatchable`. */
  patch(ino: number, change: ContentPatch): void {
    const inode = this.#inode(ino);
    patchContent(this.#state, inode, change);
    tellNode(this.#state, inode, true);
  }

  /** Makes a stage longer, by a hole. */
  extend(ino: number, size: number): void {
    const inode = this.#inode(ino);
    if (size > inode.size) truncate(this.#state, inode, size);
  }

  /** A place to put content in pieces before a file gets it whole. Returns its inode number. */
  stage(): number {
    return makeUnnamed(this.#state, undefined).ino;
  }

  /** Forgets a stage that is not needed any more. */
  unstage(ino: number): void {
    const stage = this.#state.inodes.get(ino);
    if (stage !== undefined && stage.nlink === 0) destroy(this.#state, stage);
  }

  /** Makes a stage's content the content of a file, at once for every reader. */
  publish(ino: number, stageIno: number, to: Publication): void {
    const inode = this.#inode(ino);
    replaceContent(this.#state, inode, { stage: this.#inode(stageIno), keep: to.keep });
    for (const place of to.places) tellEntry(this.#state, place.parentIno, place.name);
    tellNode(this.#state, inode, true);
  }

  /**
   * Sets an entry, over what is there. What is displaced `goes` (a file without another name may be swept after a
   * crash), or `stays` for another entry to come.
   */
  link(parentIno: number, name: string, to: { ino: number; displaced: 'goes' | 'stays' }): void {
    const parent = this.#inode(parentIno);
    const inode = this.#inode(to.ino);
    this.unlink(parentIno, name, to.displaced);
    addEntry(this.#state, this.#state.directories.get(parent), { name, inode });
    if (inode.isDirectory) {
      this.#directoryNames.set(inode.ino, this.#namesOf(inode) + 1);
      if (inode.nlink === 0) inode.nlink = 2 + this.#countSubdirectories(inode);
      this.#countInParent(parent, 1);
    } else inode.nlink += 1;
    this.#state.pending.adopted(inode);
    this.#changed(inode);
  }

  /** Takes an entry away; its node stays until `remove`. */
  unlink(parentIno: number, name: string, displaced: 'goes' | 'stays' = 'goes'): void {
    const parent = this.#inode(parentIno);
    const directory = this.#state.directories.get(parent);
    const dentry = this.#state.directories.find(directory, name);
    if (dentry === undefined) return;
    const inode = this.#state.inodes.get(dentry.ino);
    removeEntry(this.#state, directory, dentry);
    if (parent.nlink === 0 && this.isRemovable(parentIno)) this.#state.pending.orphaned(parent);
    if (dentry.type === S_IFDIR) this.#countInParent(parent, -1);
    if (inode === undefined) return;
    if (inode.isDirectory) {
      const names = this.#namesOf(inode) - 1;
      this.#directoryNames.set(inode.ino, names);
      // Nothing can be made in a directory without a name. It is no orphan yet where something is in it: that has to go first.
      if (names <= 0) {
        inode.nlink = 0;
        if (displaced === 'goes' && this.isRemovable(inode.ino)) this.#state.pending.orphaned(inode);
      }
    } else {
      inode.nlink -= 1;
      if (inode.nlink === 0 && displaced === 'goes') this.#state.pending.orphaned(inode);
    }
    this.#changed(inode);
  }

  /** A directory without a name has no links, whatever is in it. */
  #countInParent(parent: Inode, subdirectories: 1 | -1): void {
    if (parent.nlink > 0) parent.nlink += subdirectories;
    this.#changed(parent);
  }

  /** A directory that moves has two names for a moment. */
  #namesOf(directory: Inode): number {
    return this.#directoryNames.get(directory.ino) ?? (directory.nlink === 0 ? 0 : 1);
  }

  #countSubdirectories(inode: Inode): number {
    const directory = this.#state.directories.get(inode);
    this.#state.directories.complete(directory);
    let count = 0;
    for (const dentry of directory.entries.values()) if (dentry.type === S_IFDIR) count += 1;
    return count;
  }

  /** Removes a node that has no entry any more; it lives on for those who have it open. */
  remove(ino: number): void {
    const inode = this.#state.inodes.get(ino);
    if (inode === undefined || isKept(this.#state, ino)) return;
    inode.nlink = 0;
    if (this.#state.nodes.isHeld(ino)) {
      this.#state.pending.orphaned(inode);
      this.#changed(inode);
    } else destroy(this.#state, inode);
  }

  /** Keeps a copy of content that is about to be changed where it is, by the commit of that change or an earlier one. */
  keepCopy(bytes: Uint8Array, keep: Omit<KeptRow, 'ino'>): void {
    if (this.#state.store.kept.get(keep.id) !== undefined) return;
    const ino = this.stage();
    try {
      this.fill(ino, 0, bytes);
    } catch (error) {
      this.unstage(ino);
      throw error;
    }
    keepUnnamed(this.#state, this.#inode(ino));
    this.also(() => this.#state.store.kept.put({ ...keep, ino }));
  }

  /** Remembers a version whose attributes alone are lost: its content stays where it is. */
  keepAttributes(keep: Omit<KeptRow, 'ino'>): void {
    const { kept } = this.#state.store;
    this.also(() => {
      if (kept.get(keep.id) === undefined) kept.put({ ...keep, ino: 0 });
    });
  }

  /**
   * Remembers that a node's content is to be kept when its last name goes. False where this very version is kept
   * already. `settleKept` follows, when the name has gone or it turned out that it stays.
   */
  keepOnRemoval(ino: number, keep: Omit<KeptRow, 'ino'>): boolean {
    const { kept } = this.#state.store;
    const known = kept.get(keep.id)?.ino ?? 0;
    if (known !== 0 && known !== ino && isKept(this.#state, known)) return false;
    this.also(() => kept.put({ ...keep, ino }));
    return true;
  }

  settleKept(ino: number): void {
    const inode = this.#state.inodes.get(ino);
    if (inode !== undefined && inode.nlink === 0) {
      keepUnnamed(this.#state, inode);
      this.#changed(inode);
    } else this.also(() => this.#state.store.kept.deleteOfIno(ino));
  }

  /** Forgets kept versions, with their content: somebody else has them. */
  dropKept(ids: readonly string[]): void {
    for (const id of ids) dropKept(this.#state, id);
  }

  #changed(inode: Inode): void {
    this.#state.pending.inodeChanged(inode, CHANGED_ATTRIBUTES);
    tellNode(this.#state, inode, false);
  }

  #inode(ino: number): Inode {
    const inode = this.#state.inodes.get(ino);
    if (inode === undefined) throw posixError('ENOENT', 'import');
    return inode;
  }
}
