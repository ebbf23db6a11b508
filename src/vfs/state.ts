/**
 * What the operations share: the store, the live objects, the pending changes, and who is told of a change.
 *
 * An operation takes the state first, checks everything, and only then changes anything: it either happens whole or
 * throws and changes nothing.
 */
import { type Clock, entryNameProblem, posixError } from '../base/index.js';
import { CHANGED_ATTRIBUTES, type Store } from '../store/index.js';
import type { DirectoryCache, InodeCache } from './caches.js';
import type { Content } from './content.js';
import { Dentry, type Directory } from './directory.js';
import type { Inode } from './inode.js';
import type { NodeTable } from './node-table.js';
import { type ChangeObserver, S_IFMT } from './types.js';
import type { WriteBehind } from './write-behind.js';

export interface VfsState {
  readonly store: Store;
  readonly clock: Clock;
  readonly content: Content;
  readonly inodes: InodeCache;
  readonly directories: DirectoryCache;
  readonly nodes: NodeTable;
  readonly pending: WriteBehind;
  /** Unnamed inodes with content that must outlive those who have it open (afs_kept). */
  readonly kept: Set<number>;
  readonly observers: Set<ChangeObserver>;
  /** Above 0 while a change runs that did not come from the kernel. */
  outside: number;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** False for a string that UTF-8 cannot hold. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** Throws ENOENT, EINVAL, ENAMETOOLONG or EILSEQ for a name that no entry can have. */
export function assertEntryName(operation: string, name: string): void {
  const problem = entryNameProblem(name);
  if (problem !== undefined) throw posixError(problem, operation, name);
  if (!isWellFormed(name)) throw posixError('EILSEQ', operation, name);
}

/** Throws ESTALE for an inode that is gone for good: somebody kept it without telling (`rememberNode`). */
export function assertLive(inode: Inode, operation: string): void {
  if (inode.destroyed) throw posixError('ESTALE', operation);
}

/** The directory behind an inode that is about to get an entry. Throws ENOTDIR, or ENOENT for a removed one. */
export function openForEntries(state: VfsState, inode: Inode, operation: string): Directory {
  if (!inode.isDirectory) throw posixError('ENOTDIR', operation);
  if (inode.nlink === 0) throw posixError('ENOENT', operation);
  return state.directories.get(inode);
}

/** Sets mtime and ctime of an inode to now and notes it as changed. */
export function touch(state: VfsState, inode: Inode, what = CHANGED_ATTRIBUTES): void {
  const now = state.clock.realtime();
  inode.mtimeSec = now.sec;
  inode.mtimeNsec = now.nsec;
  inode.ctimeSec = now.sec;
  inode.ctimeNsec = now.nsec;
  state.pending.inodeChanged(inode, what);
}

/** Sets ctime to now and notes the inode as changed. */
export function touchStatus(state: VfsState, inode: Inode, what = CHANGED_ATTRIBUTES): void {
  const now = state.clock.realtime();
  inode.ctimeSec = now.sec;
  inode.ctimeNsec = now.nsec;
  state.pending.inodeChanged(inode, what);
}

/** Makes `name` mean `inode`. A name that is there already keeps its place in the directory. */
export function addEntry(state: VfsState, directory: Directory, entry: { name: string; inode: Inode }): void {
  const { name, inode } = entry;
  let id = directory.entries.get(name)?.id;
  if (id === undefined) {
    id = state.pending.nextDentryId;
    state.pending.nextDentryId += 1;
  }
  directory.put(new Dentry(id, name, { ino: inode.ino, type: inode.mode & S_IFMT, stored: false }));
  if (inode.isDirectory) inode.parentIno = directory.ino;
  state.pending.entryChanged(directory, name);
  tellEntry(state, directory.ino, name);
}

export function removeEntry(state: VfsState, directory: Directory, dentry: Dentry): void {
  directory.remove(dentry);
  state.pending.entryChanged(directory, dentry.name);
  tellEntry(state, directory.ino, dentry.name);
}

/** An inode lost a name; with the last one it goes, or stays as an orphan while the kernel holds it. */
export function dropLink(state: VfsState, inode: Inode): void {
  inode.nlink = inode.isDirectory ? 0 : inode.nlink - 1;
  touchStatus(state, inode);
  if (inode.nlink === 0 && !state.nodes.isHeld(inode.ino)) {
    destroy(state, inode);
    return;
  }
  if (inode.nlink === 0) state.pending.orphaned(inode);
  tellNode(state, inode, false);
}

/** Forgets an inode without a name that nobody has open. */
export function destroy(state: VfsState, inode: Inode): void {
  state.pending.destroyed(inode);
  state.inodes.remove(inode.ino);
  state.directories.remove(inode.ino);
}

export function tellEntry(state: VfsState, parentIno: number, name: string): void {
  if (state.outside === 0 || state.observers.size === 0) return;
  const node = state.nodes.nodeOf(parentIno);
  if (!state.nodes.isKnown(node) && parentIno !== 1) return;
  for (const observer of state.observers) observer.entryChanged(node, name);
}

export function tellNode(state: VfsState, inode: Inode, content: boolean): void {
  if (state.outside === 0 || state.observers.size === 0) return;
  const node = state.nodes.nodeOf(inode.ino);
  if (!state.nodes.isKnown(node) && inode.ino !== 1) return;
  for (const observer of state.observers) observer.nodeChanged(node, content);
}
