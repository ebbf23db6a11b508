/**
 * SETXATTR, GETXATTR, LISTXATTR and REMOVEXATTR.
 *
 * A size of 0 asks how long the answer is. Names under `system.` (POSIX ACLs) and SELinux's label, which belongs to the
 * mount, are refused with EOPNOTSUPP, as by a filesystem that has neither: `ls -l` and `cp -a` take that as the answer
 * for the whole mount and ask no more, where ENODATA costs them requests for every file. A name outside of Linux's
 * namespaces has the same answer, as on any disk.
 */
import { posixError } from '../../base/index.js';
import type { Filesystem } from '../../vfs/index.js';
import { EINVAL, EOPNOTSUPP, ERANGE } from '../errno.js';
import { type Exchange, REPLY_BODY, REQUEST_BODY, replyWord, requestWord } from '../exchange.js';
import { GETXATTR_IN, GETXATTR_OUT, SETXATTR_IN } from '../protocol/layouts.js';

const SET_SIZE = requestWord(SETXATTR_IN, 'size');
const SET_FLAGS = requestWord(SETXATTR_IN, 'flags');
const SET_NAME = REQUEST_BODY + SETXATTR_IN.size;
const GET_SIZE = requestWord(GETXATTR_IN, 'size');
const GET_NAME = REQUEST_BODY + GETXATTR_IN.size;
const OUT_SIZE = replyWord(GETXATTR_OUT, 'size');
const OUT_PADDING = replyWord(GETXATTR_OUT, 'padding');

const NAMESPACE = /^(user|trusted|security)\./;

/** The negative errno for a name that no attribute here has, or 0. */
function refusal(name: string): number {
  if (!NAMESPACE.test(name) || name === 'security.selinux') return -EOPNOTSUPP;
  return name.indexOf('.') === name.length - 1 ? -EINVAL : 0;
}

export function setxattr(exchange: Exchange, filesystem: Filesystem): number {
  const name = exchange.string(SET_NAME);
  const refused = refusal(name);
  if (refused !== 0) return refused;
  const size = exchange.in[SET_SIZE]!;
  const start = exchange.cursor;
  if (size > exchange.length - start) throw posixError('EINVAL', 'setxattr');
  // A copy: what the filesystem keeps must outlive the request.
  const data = Uint8Array.prototype.slice.call(exchange.request, start, start + size);
  const inode = filesystem.inodeOfNode(exchange.node());
  filesystem.setxattr(inode, name, { data, flags: exchange.in[SET_FLAGS]! });
  return 0;
}

export function getxattr(exchange: Exchange, filesystem: Filesystem): number {
  const name = exchange.string(GET_NAME);
  const refused = refusal(name);
  if (refused !== 0) return refused;
  const value = filesystem.getxattr(filesystem.inodeOfNode(exchange.node()), name);
  const size = exchange.in[GET_SIZE]!;
  if (size === 0) return replySize(exchange, value.length);
  if (value.length > size) return -ERANGE;
  exchange.reply.set(value, REPLY_BODY);
  return value.length;
}

export function listxattr(exchange: Exchange, filesystem: Filesystem): number {
  const names = filesystem.listxattr(filesystem.inodeOfNode(exchange.node()));
  const list = Buffer.from(names.map((name) => `${name}\0`).join(''));
  const size = exchange.in[GET_SIZE]!;
  if (size === 0) return replySize(exchange, list.length);
  if (list.length > size) return -ERANGE;
  exchange.reply.set(list, REPLY_BODY);
  return list.length;
}

export function removexattr(exchange: Exchange, filesystem: Filesystem): number {
  const name = exchange.string(REQUEST_BODY);
  const refused = refusal(name);
  if (refused !== 0) return refused;
  filesystem.removexattr(filesystem.inodeOfNode(exchange.node()), name);
  return 0;
}

function replySize(exchange: Exchange, size: number): number {
  exchange.out[OUT_SIZE] = size;
  exchange.out[OUT_PADDING] = 0;
  return GETXATTR_OUT.size;
}
