/**
 * Extended attributes. All of an inode's are loaded with the first question, since the kernel asks again and again.
 *
 * POSIX ACLs (`system.posix_acl_*`) are refused with EOPNOTSUPP: permissions are the mode bits. Limits are Linux's:
 * names of 255 bytes, values of 64 KiB, 64 KiB of names.
 */
import { posixError } from '../../base/index.js';
import { CHANGED_XATTRS } from '../../store/index.js';
import type { Inode } from '../inode.js';
import { assertLive, isWellFormed, tellNode, touchStatus, type VfsState } from '../state.js';
import { XATTR_CREATE, XATTR_REPLACE } from '../types.js';

const NAME_MAX_BYTES = 255;
const VALUE_MAX_BYTES = 65_536;
/** All names of an inode with a NUL each (XATTR_LIST_MAX): beyond it the kernel cannot list them any more. */
const LIST_MAX_BYTES = 65_536;

function load(state: VfsState, inode: Inode): Map<string, Uint8Array> {
  if (inode.xattrs === undefined) {
    inode.xattrs = new Map(
      state.store.read.listXattrsByIno.all(inode.ino).map((row) => [row.name, row.value]),
    );
  }
  return inode.xattrs;
}

export function getxattr(state: VfsState, inode: Inode, name: string): Uint8Array {
  if (name.startsWith('system.')) throw posixError('EOPNOTSUPP', 'getxattr', name);
  const value = load(state, inode).get(name);
  if (value === undefined) throw posixError('ENODATA', 'getxattr', name);
  return value;
}

export function setxattr(
  state: VfsState,
  inode: Inode,
  name: string,
  value: { data: Uint8Array; flags: number },
): void {
  if (name.startsWith('system.')) throw posixError('EOPNOTSUPP', 'setxattr', name);
  if (name.length === 0 || Buffer.byteLength(name) > NAME_MAX_BYTES)
    throw posixError('ERANGE', 'setxattr', name);
  if (value.data.length > VALUE_MAX_BYTES) throw posixError('E2BIG', 'setxattr', name);
  if (!isWellFormed(name)) throw posixError('EILSEQ', 'setxattr', name);
  assertLive(inode, 'setxattr');
  const all = load(state, inode);
  const exists = all.has(name);
  if (exists && (value.flags & XATTR_CREATE) !== 0) throw posixError('EEXIST', 'setxattr', name);
  if (!exists && (value.flags & XATTR_REPLACE) !== 0) throw posixError('ENODATA', 'setxattr', name);
  if (!exists && listBytes([...all.keys(), name]) > LIST_MAX_BYTES)
    throw posixError('ENOSPC', 'setxattr', name);
  state.pending.assertWritable(value.data.length);
  const data = Buffer.from(value.data);
  all.set(name, data);
  change(state, inode, name, data);
}

export function listxattr(state: VfsState, inode: Inode): string[] {
  return [...load(state, inode).keys()];
}

export function removexattr(state: VfsState, inode: Inode, name: string): void {
  if (name.startsWith('system.')) throw posixError('EOPNOTSUPP', 'removexattr', name);
  assertLive(inode, 'removexattr');
  if (!load(state, inode).delete(name)) throw posixError('ENODATA', 'removexattr', name);
  change(state, inode, name, null);
}

function listBytes(names: readonly string[]): number {
  let bytes = 0;
  for (const name of names) bytes += Buffer.byteLength(name) + 1;
  return bytes;
}

function change(state: VfsState, inode: Inode, name: string, value: Uint8Array | null): void {
  inode.pendingXattrs ??= new Map();
  inode.pendingXattrs.set(name, value);
  touchStatus(state, inode, CHANGED_XATTRS);
  tellNode(state, inode, false);
}
