/**
 * rename(2) with RENAME_NOREPLACE and RENAME_EXCHANGE, as renameat2(2) has them.
 *
 * All checks come before the first change. Renaming one hard link of a file over another does nothing, as POSIX says.
 */
import { posixError } from '../../base/index.js';
import type { Dentry, Directory } from '../directory.js';
import type { Inode } from '../inode.js';
import {
  addEntry,
  assertEntryName,
  dropLink,
  openForEntries,
  removeEntry,
  tellNode,
  touch,
  touchStatus,
  type VfsState,
} from '../state.js';
import { RENAME_EXCHANGE, RENAME_NOREPLACE, ROOT_INO, S_IFDIR } from '../types.js';
import { assertEmpty, inodeOf, parentOf, requireEntry } from './namespace.js';

export interface RenameTarget {
  readonly directory: Inode;
  readonly name: string;
  readonly flags: number;
}

interface Place {
  readonly parent: Inode;
  readonly directory: Directory;
  readonly dentry: Dentry;
  readonly inode: Inode;
}

export function rename(state: VfsState, parent: Inode, name: string, to: RenameTarget): void {
  assertEntryName('rename', to.name);
  const known = to.flags === 0 || to.flags === RENAME_NOREPLACE || to.flags === RENAME_EXCHANGE;
  if (!known) throw posixError('EINVAL', 'rename', name);
  const source = placeOf(state, parent, name);
  const directory = openForEntries(state, to.directory, 'rename');
  const existing = state.directories.find(directory, to.name);
  if (existing === undefined && (to.flags & RENAME_EXCHANGE) !== 0)
    throw posixError('ENOENT', 'rename', to.name);
  if (existing !== undefined && (to.flags & RENAME_NOREPLACE) !== 0)
    throw posixError('EEXIST', 'rename', to.name);
  if (source.inode.isDirectory && to.directory !== parent) assertOutside(state, source.inode, to.directory);
  const target = existing === undefined ? undefined : placeOf(state, to.directory, to.name);
  if (target !== undefined && target.inode === source.inode) return;
  state.pending.assertWritable(256);
  if ((to.flags & RENAME_EXCHANGE) !== 0 && target !== undefined) exchange(state, source, target);
  else move(state, source, { directory, parent: to.directory, name: to.name, target });
}

function placeOf(state: VfsState, parent: Inode, name: string): Place {
  const directory = openForEntries(state, parent, 'rename');
  const dentry = requireEntry(state, directory, { name, operation: 'rename' });
  return { parent, directory, dentry, inode: inodeOf(state, dentry, parent.ino) };
}

/** A directory cannot go into itself: EINVAL. */
function assertOutside(state: VfsState, moved: Inode, into: Inode): void {
  for (let at = into; ; at = parentOf(state, at)) {
    if (at.ino === moved.ino) throw posixError('EINVAL', 'rename');
    if (at.ino === ROOT_INO) return;
  }
}

function move(
  state: VfsState,
  source: Place,
  to: { directory: Directory; parent: Inode; name: string; target: Place | undefined },
): void {
  const target = to.target;
  if (target !== undefined) {
    if (target.inode.isDirectory && !source.inode.isDirectory) throw posixError('EISDIR', 'rename', to.name);
    if (!target.inode.isDirectory && source.inode.isDirectory) throw posixError('ENOTDIR', 'rename', to.name);
    if (target.inode.isDirectory) assertEmpty(state, target.inode, to.name);
  }
  removeEntry(state, source.directory, source.dentry);
  addEntry(state, to.directory, { name: to.name, inode: source.inode });
  if (source.dentry.type === S_IFDIR) {
    source.parent.nlink -= 1;
    to.parent.nlink += 1;
  }
  if (target !== undefined) {
    if (target.inode.isDirectory) to.parent.nlink -= 1;
    dropLink(state, target.inode);
  }
  changed(state, source, to.parent);
}

function exchange(state: VfsState, a: Place, b: Place): void {
  if (b.inode.isDirectory && a.parent !== b.parent) assertOutside(state, b.inode, a.parent);
  addEntry(state, b.directory, { name: b.dentry.name, inode: a.inode });
  addEntry(state, a.directory, { name: a.dentry.name, inode: b.inode });
  if (a.inode.isDirectory !== b.inode.isDirectory) {
    const gains = a.inode.isDirectory ? b.parent : a.parent;
    const loses = a.inode.isDirectory ? a.parent : b.parent;
    gains.nlink += 1;
    loses.nlink -= 1;
  }
  touchStatus(state, b.inode);
  tellNode(state, b.inode, false);
  changed(state, a, b.parent);
}

function changed(state: VfsState, source: Place, newParent: Inode): void {
  touchStatus(state, source.inode);
  touch(state, source.parent);
  tellNode(state, source.inode, false);
  tellNode(state, source.parent, false);
  if (newParent === source.parent) return;
  touch(state, newParent);
  tellNode(state, newParent, false);
}
