/**
 * OPEN, OPENDIR, RELEASE, RELEASEDIR and FLUSH: we keep nothing per open file, so there is nothing to say.
 *
 * Where the kernel can, it is told so with ENOSYS and never asks again; it then keeps cached bytes and directory
 * listings across opens. What CREATE or TMPFILE opened is released with a message all the same.
 */

import { ENOSYS } from '../errno.js';
import { type Exchange, replyWord } from '../exchange.js';
import { OpenFlag } from '../protocol/flags.js';
import { OPEN_OUT } from '../protocol/layouts.js';

const FH = replyWord(OPEN_OUT, 'fh');
const OPEN_FLAGS = replyWord(OPEN_OUT, 'open_flags');
const BACKING_ID = replyWord(OPEN_OUT, 'backing_id');

/** The file handle of a file that is written past the page cache; all others have 0. */
export const DIRECT_HANDLE = 1;

/** Puts fuse_open_out behind `after` bytes of body. @returns its length. */
export function putOpen(exchange: Exchange, after: number, openFlags: number): number {
  const word = after / 4;
  exchange.put64(word + FH, openFlags & OpenFlag.DIRECT_IO ? DIRECT_HANDLE : 0);
  exchange.out[word + OPEN_FLAGS] = openFlags;
  exchange.out[word + BACKING_ID] = 0;
  return OPEN_OUT.size;
}

export function open(exchange: Exchange): number {
  return exchange.zeroMessageOpen ? -ENOSYS : putOpen(exchange, 0, OpenFlag.KEEP_CACHE);
}

export function opendir(exchange: Exchange): number {
  return exchange.zeroMessageOpen ? -ENOSYS : putOpen(exchange, 0, OpenFlag.KEEP_CACHE | OpenFlag.CACHE_DIR);
}

export function release(): number {
  return 0;
}

export const releasedir = release;
