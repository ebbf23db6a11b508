/**
 * WRITE: the bytes go where the kernel says. O_APPEND is the kernel's: it has put the end of the file into the
 * offset, and applying it again here would tear files that several descriptors append to.
 *
 * A write through O_SYNC or O_DSYNC is answered when it is durable. File capabilities end with a write: of a file that is
 * written past the page cache we have to take them, of others the kernel has done it.
 */
import { posixError } from '../../base/index.js';
import type { Filesystem } from '../../vfs/index.js';
import { type Exchange, MAX_FILE_BYTES, REQUEST_BODY, replyWord, requestWord } from '../exchange.js';
import { afterSync } from '../operation.js';
import { O_DSYNC, WriteFlag } from '../protocol/flags.js';
import { WRITE_IN, WRITE_OUT } from '../protocol/layouts.js';
import { DIRECT_HANDLE } from './open.js';
import { killCapability, killSuidGid } from './suid.js';

const HANDLE = requestWord(WRITE_IN, 'fh');
const OFFSET = requestWord(WRITE_IN, 'offset');
const SIZE = requestWord(WRITE_IN, 'size');
const WRITE_FLAGS = requestWord(WRITE_IN, 'write_flags');
const FLAGS = requestWord(WRITE_IN, 'flags');
const WRITTEN = replyWord(WRITE_OUT, 'size');
const PADDING = replyWord(WRITE_OUT, 'padding');

/** The byte at which the data of a WRITE begins in the request. */
export const WRITE_DATA = REQUEST_BODY + WRITE_IN.size;

export function write(exchange: Exchange, filesystem: Filesystem): number {
  const words = exchange.in;
  const inode = filesystem.inodeOfNode(exchange.node());
  const size = words[SIZE]!;
  const offset = exchange.u64(OFFSET);
  if (size > exchange.length - WRITE_DATA) throw posixError('EINVAL', 'write');
  if (offset + size > MAX_FILE_BYTES) throw posixError('EFBIG', 'write');
  if (words[WRITE_FLAGS]! & WriteFlag.KILL_SUIDGID) killSuidGid(exchange, filesystem, inode);
  if (words[HANDLE] === DIRECT_HANDLE) killCapability(filesystem, inode);
  filesystem.write(inode, offset, exchange.sources.view(size));
  exchange.out[WRITTEN] = size;
  exchange.out[PADDING] = 0;
  return words[FLAGS]! & O_DSYNC ? afterSync(WRITE_OUT.size) : WRITE_OUT.size;
}
