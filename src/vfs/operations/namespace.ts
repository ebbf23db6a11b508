/**
 * Operations on names: lookup, create, link, unlink, rmdir.
 *
 * Link counts follow POSIX: a directory has 2 and one for each subdirectory. A set-group-id directory hands its group
 * to what is made in it, and its bit to directories.
 */
import { NAME_MAX_BYTES, type PosixCode, posixError } from '../../base/index.js';
import { CHANGED_ATTRIBUTES } from '../../store/index.js';
import type { Dentry, Directory } from '../directory.js';
import { Inode } from '../inode.js';
import {
  addEntry,
  assertEntryName,
  destroy,
  dropLink,
  isWellFormed,
  openForEntries,
  removeEntry,
  tellNode,
  touch,
  touchStatus,
  type VfsState,
} from '../state.js';
import { type NewInode, ROOT_INO, S_IFDIR, S_IFLNK, S_IFMT, S_ISGID } from '../types.js';

/** Longest target of a symbolic link, bytes (PATH_MAX less the NUL). */
const TARGET_MAX_BYTES = 4095;

export function lookup(state: VfsState, parent: Inode, name: string): Inode | undefined {
  if (!parent.isDirectory) throw posixError('ENOTDIR', 'lookup');
  if (name.length * 3 > NAME_MAX_BYTES) assertEntryName('lookup', name);
  const dentry = state.directories.find(state.directories.get(parent), name);
  if (dentry === undefined) return undefined;
  return inodeOf(state, dentry, parent.ino);
}

/** The inode that an entry means; a dangling entry is damage, answered with EIO. */
export function inodeOf(state: VfsState, dentry: Dentry, parentIno: number): Inode {
  const inode = state.inodes.get(dentry.ino);
  if (inode === undefined) throw posixError('EIO', 'lookup', dentry.name);
  if (dentry.type === S_IFDIR) inode.parentIno = parentIno;
  return inode;
}

/** The entry `name`; throws what `missing` says where there is none. */
export function requireEntry(
  state: VfsState,
  directory: Directory,
  entry: { name: string; operation: string; missing?: PosixCode },
): Dentry {
  const dentry = state.directories.find(directory, entry.name);
  if (dentry === undefined) throw posixError(entry.missing ?? 'ENOENT', entry.operation, entry.name);
  return dentry;
}

export function create(state: VfsState, parent: Inode, name: string, node: NewInode): Inode {
  assertEntryName('create', name);
  const directory = openForEntries(state, parent, 'create');
  if (state.directories.find(directory, name) !== undefined) throw posixError('EEXIST', 'create', name);
  state.pending.assertWritable(1024);
  const inode = makeInode(state, parent, node);
  inode.nlink = inode.isDirectory ? 2 : 1;
  addEntry(state, directory, { name, inode });
  if (inode.isDirectory) parent.nlink += 1;
  touch(state, parent);
  tellNode(state, parent, false);
  return inode;
}

export function createUnnamed(state: VfsState, parent: Inode, node: NewInode): Inode {
  openForEntries(state, parent, 'tmpfile');
  state.pending.assertWritable(1024);
  const inode = makeInode(state, parent, node);
  state.pending.orphaned(inode);
  return inode;
}

function makeInode(state: VfsState, parent: Inode, node: NewInode): Inode {
  const now = state.clock.realtime();
  const target = node.target;
  const type = node.mode & S_IFMT;
  const targetBytes = target === undefined ? 0 : Buffer.byteLength(target);
  if (type === S_IFLNK && (target === undefined || targetBytes === 0)) throw posixError('ENOENT', 'symlink');
  if (targetBytes > TARGET_MAX_BYTES) throw posixError('ENAMETOOLONG', 'symlink');
  if (target !== undefined && !isWellFormed(target)) throw posixError('EILSEQ', 'symlink');
  const inherits = (parent.mode & S_ISGID) !== 0;
  const ino = state.pending.nextIno;
  state.pending.nextIno += 1;
  const inode = new Inode(
    {
      ino,
      mode: inherits && type === S_IFDIR ? node.mode | S_ISGID : node.mode,
      nlink: 0,
      uid: node.uid,
      gid: inherits ? parent.gid : node.gid,
      rdev: node.rdev ?? 0,
      size: targetBytes,
      atimeSec: now.sec,
      atimeNsec: now.nsec,
      mtimeSec: now.sec,
      mtimeNsec: now.nsec,
      ctimeSec: now.sec,
      ctimeNsec: now.nsec,
    },
    false,
  );
  inode.target = target;
  inode.xattrs = new Map();
  state.inodes.add(inode);
  state.pending.inodeChanged(inode, CHANGED_ATTRIBUTES);
  return inode;
}

export function link(state: VfsState, inode: Inode, parent: Inode, name: string): void {
  assertEntryName('link', name);
  const directory = openForEntries(state, parent, 'link');
  if (inode.isDirectory) throw posixError('EPERM', 'link', name);
  if (inode.destroyed) throw posixError('ENOENT', 'link', name);
  if (state.directories.find(directory, name) !== undefined) throw posixError('EEXIST', 'link', name);
  state.pending.assertWritable(256);
  if (inode.nlink === 0) state.pending.adopted(inode);
  inode.nlink += 1;
  addEntry(state, directory, { name, inode });
  touchStatus(state, inode);
  touch(state, parent);
  tellNode(state, inode, false);
  tellNode(state, parent, false);
}

export function unlink(state: VfsState, parent: Inode, name: string): void {
  state.pending.makeRoom();
  const directory = openForEntries(state, parent, 'unlink');
  const dentry = requireEntry(state, directory, { name, operation: 'unlink' });
  if (dentry.type === S_IFDIR) throw posixError('EISDIR', 'unlink', name);
  const inode = inodeOf(state, dentry, parent.ino);
  removeEntry(state, directory, dentry);
  touch(state, parent);
  tellNode(state, parent, false);
  dropLink(state, inode);
}

export function rmdir(state: VfsState, parent: Inode, name: string): void {
  state.pending.makeRoom();
  const directory = openForEntries(state, parent, 'rmdir');
  const dentry = requireEntry(state, directory, { name, operation: 'rmdir' });
  if (dentry.type !== S_IFDIR) throw posixError('ENOTDIR', 'rmdir', name);
  const inode = inodeOf(state, dentry, parent.ino);
  assertEmpty(state, inode, name);
  removeEntry(state, directory, dentry);
  parent.nlink -= 1;
  touch(state, parent);
  tellNode(state, parent, false);
  dropLink(state, inode);
}

export function assertEmpty(state: VfsState, inode: Inode, name: string): void {
  const directory = state.directories.get(inode);
  if (directory.entries.size === 0) state.directories.complete(directory);
  if (directory.entries.size > 0) throw posixError('ENOTEMPTY', 'rmdir', name);
}

/** The directory that holds this one; the root holds itself. */
export function parentOf(state: VfsState, inode: Inode): Inode {
  if (inode.ino === ROOT_INO) return inode;
  const parent = state.inodes.get(parentInoOf(state, inode));
  if (parent === undefined) throw posixError('ENOENT', 'lookup parent');
  return parent;
}

/** The inode number of the directory that a directory stands in; 0 where it has no name. */
export function parentInoOf(state: VfsState, inode: Inode): number {
  // A new or moved directory knows its parent as long as that is pending: SQLite is right about all others.
  if (inode.parentIno === 0) {
    inode.parentIno = state.store.read.getParentByIno.get(inode.ino)?.parentIno ?? 0;
  }
  return inode.parentIno;
}

/** The kernel gave up an inode: without a name it goes for good. */
export function released(state: VfsState, ino: number): void {
  const inode = state.inodes.has(ino) ? state.inodes.get(ino) : undefined;
  if (inode === undefined && !state.pending.mayBeUnnamed(ino)) return;
  const unnamed =
    inode === undefined ? state.store.read.getInodeByIno.get(ino)?.nlink === 0 : inode.nlink === 0;
  if (!unnamed || state.nodes.isHeld(ino) || state.kept.has(ino)) return;
  const gone = inode ?? state.inodes.get(ino);
  if (gone !== undefined && !gone.destroyed) destroy(state, gone);
}
