/**
 * STATFS: how much room there is.
 */
import type { Filesystem } from '../../vfs/index.js';
import { type Exchange, REPLY_BODY, replyWord } from '../exchange.js';
import { STATFS_OUT } from '../protocol/layouts.js';

const BLOCKS = replyWord(STATFS_OUT, 'blocks');
const BFREE = replyWord(STATFS_OUT, 'bfree');
const BAVAIL = replyWord(STATFS_OUT, 'bavail');
const FILES = replyWord(STATFS_OUT, 'files');
const FFREE = replyWord(STATFS_OUT, 'ffree');
const BSIZE = replyWord(STATFS_OUT, 'bsize');
const NAMELEN = replyWord(STATFS_OUT, 'namelen');
const FRSIZE = replyWord(STATFS_OUT, 'frsize');

export function statfs(exchange: Exchange, filesystem: Filesystem): number {
  const { out } = exchange;
  const statistics = filesystem.statfs();
  out.fill(0, REPLY_BODY / 4, (REPLY_BODY + STATFS_OUT.size) / 4);
  exchange.put64(BLOCKS, statistics.blocks);
  exchange.put64(BFREE, statistics.blocksFree);
  exchange.put64(BAVAIL, statistics.blocksAvailable);
  exchange.put64(FILES, statistics.files);
  exchange.put64(FFREE, statistics.filesFree);
  out[BSIZE] = statistics.blockSize;
  out[NAMELEN] = statistics.nameMax;
  out[FRSIZE] = statistics.blockSize;
  return STATFS_OUT.size;
}
