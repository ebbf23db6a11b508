/**
 * READ: bytes of a file, short only at its end. The filesystem copies straight into the reply.
 */
import { posixError } from '../../base/index.js';
import type { Filesystem } from '../../vfs/index.js';
import { type Exchange, REPLY_BODY, requestWord } from '../exchange.js';
import { READ_IN } from '../protocol/layouts.js';

const OFFSET = requestWord(READ_IN, 'offset');
const SIZE = requestWord(READ_IN, 'size');

export function read(exchange: Exchange, filesystem: Filesystem): number {
  const inode = filesystem.inodeOfNode(exchange.node());
  const size = exchange.in[SIZE]!;
  if (size > exchange.reply.length - REPLY_BODY) throw posixError('EINVAL', 'read');
  const offset = exchange.u64(OFFSET);
  return offset >= inode.size ? 0 : filesystem.read(inode, offset, exchange.targets.view(size));
}
