/**
 * LOOKUP: a name in a directory. Its answer, also that there is none, stays in the kernel until it is notified.
 * A node that is given out is counted; the kernel gives the count back with FORGET.
 */
import type { Filesystem } from '../../vfs/index.js';
import { replyAbsent, replyEntry } from '../attributes.js';
import { type Exchange, REQUEST_BODY } from '../exchange.js';

export function lookup(exchange: Exchange, filesystem: Filesystem): number {
  const directory = filesystem.inodeOfNode(exchange.node());
  const found = filesystem.lookup(directory, exchange.name(REQUEST_BODY));
  return found === undefined ? replyAbsent(exchange) : replyEntry(exchange, filesystem, found);
}
