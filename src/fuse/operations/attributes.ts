/**
 * GETATTR and SETATTR.
 *
 * The kernel has checked who may change what (default_permissions), or it is root on its private mount; with
 * HANDLE_KILLPRIV_V2 the kernel leaves dropping set-user-id and set-group-id to us, and says when with KILL_SUIDGID.
 */
import { posixError } from '../../base/index.js';
import type { AttributeChanges, Filesystem } from '../../vfs/index.js';
import { replyAttributes } from '../attributes.js';
import { type Exchange, MAX_FILE_BYTES, requestWord } from '../exchange.js';
import { SetattrValid } from '../protocol/flags.js';
import { SETATTR_IN } from '../protocol/layouts.js';
import { withoutSetId } from './suid.js';

const VALID = requestWord(SETATTR_IN, 'valid');
const SIZE = requestWord(SETATTR_IN, 'size');
const ATIME = requestWord(SETATTR_IN, 'atime');
const MTIME = requestWord(SETATTR_IN, 'mtime');
const CTIME = requestWord(SETATTR_IN, 'ctime');
const ATIME_NSEC = requestWord(SETATTR_IN, 'atimensec');
const MTIME_NSEC = requestWord(SETATTR_IN, 'mtimensec');
const CTIME_NSEC = requestWord(SETATTR_IN, 'ctimensec');
const MODE = requestWord(SETATTR_IN, 'mode');
const UID = requestWord(SETATTR_IN, 'uid');
const GID = requestWord(SETATTR_IN, 'gid');

export function getattr(exchange: Exchange, filesystem: Filesystem): number {
  return replyAttributes(exchange, filesystem, filesystem.inodeOfNode(exchange.node()));
}

export function setattr(exchange: Exchange, filesystem: Filesystem): number {
  const inode = filesystem.inodeOfNode(exchange.node());
  const changes = requestedChanges(exchange);
  filesystem.setattr(
    inode,
    changes.killSuidGid === true ? { ...withoutSetId(exchange, inode), ...changes } : changes,
  );
  return replyAttributes(exchange, filesystem, inode);
}

function requestedChanges(exchange: Exchange): AttributeChanges {
  const words = exchange.in;
  const valid = words[VALID]!;
  const changes: AttributeChanges = {};
  if (valid & SetattrValid.MODE) changes.mode = words[MODE]!;
  if (valid & SetattrValid.UID) changes.uid = words[UID]!;
  if (valid & SetattrValid.GID) changes.gid = words[GID]!;
  if (valid & SetattrValid.SIZE) {
    changes.size = exchange.u64(SIZE);
    if (changes.size > MAX_FILE_BYTES) throw posixError('EFBIG', 'truncate');
  }
  if (valid & SetattrValid.ATIME_NOW) changes.atime = 'now';
  else if (valid & SetattrValid.ATIME) changes.atime = { sec: exchange.i64(ATIME), nsec: words[ATIME_NSEC]! };
  if (valid & SetattrValid.MTIME_NOW) changes.mtime = 'now';
  else if (valid & SetattrValid.MTIME) changes.mtime = { sec: exchange.i64(MTIME), nsec: words[MTIME_NSEC]! };
  if (valid & SetattrValid.CTIME) changes.ctime = { sec: exchange.i64(CTIME), nsec: words[CTIME_NSEC]! };
  if (valid & SetattrValid.KILL_SUIDGID) changes.killSuidGid = true;
  return changes;
}
