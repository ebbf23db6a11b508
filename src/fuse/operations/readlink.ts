/**
 * READLINK: the target's bytes, without a NUL. The kernel keeps them (CACHE_SYMLINKS) until it is notified.
 */
import type { Filesystem } from '../../vfs/index.js';
import { type Exchange, REPLY_BODY } from '../exchange.js';

export function readlink(exchange: Exchange, filesystem: Filesystem): number {
  return exchange.reply.write(filesystem.readlink(filesystem.inodeOfNode(exchange.node())), REPLY_BODY);
}
