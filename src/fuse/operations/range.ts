/**
 * FALLOCATE, LSEEK (SEEK_DATA, SEEK_HOLE), COPY_FILE_RANGE and COPY_FILE_RANGE_64: work on ranges of a file.
 *
 * A copy is done in pieces of at most 16 MiB: a short answer is allowed, callers go on where it ended, and other
 * requests are served between.
 */
import { posixError } from '../../base/index.js';
import type { Filesystem } from '../../vfs/index.js';
import { EINVAL, ENXIO } from '../errno.js';
import { type Exchange, MAX_FILE_BYTES, replyWord, requestWord } from '../exchange.js';
import {
  COPY_FILE_RANGE_IN,
  COPY_FILE_RANGE_OUT,
  FALLOCATE_IN,
  LSEEK_IN,
  LSEEK_OUT,
  WRITE_OUT,
} from '../protocol/layouts.js';
import { killSuidGid } from './suid.js';

const FALLOCATE_OFFSET = requestWord(FALLOCATE_IN, 'offset');
const FALLOCATE_LENGTH = requestWord(FALLOCATE_IN, 'length');
const FALLOCATE_MODE = requestWord(FALLOCATE_IN, 'mode');
const LSEEK_OFFSET = requestWord(LSEEK_IN, 'offset');
const LSEEK_WHENCE = requestWord(LSEEK_IN, 'whence');
const LSEEK_FOUND = replyWord(LSEEK_OUT, 'offset');
const COPY_FROM = requestWord(COPY_FILE_RANGE_IN, 'off_in');
const COPY_NODE = requestWord(COPY_FILE_RANGE_IN, 'nodeid_out');
const COPY_TO = requestWord(COPY_FILE_RANGE_IN, 'off_out');
const COPY_LENGTH = requestWord(COPY_FILE_RANGE_IN, 'len');
const COPY_FLAGS = requestWord(COPY_FILE_RANGE_IN, 'flags');
const COPIED_32 = replyWord(WRITE_OUT, 'size');
const COPIED_32_PADDING = replyWord(WRITE_OUT, 'padding');
const COPIED_64 = replyWord(COPY_FILE_RANGE_OUT, 'bytes_copied');

const COPY_PIECE_BYTES = 16 * 1024 * 1024;

/** These requests do not say whether the caller may keep set-user-id (CAP_FSETID), unlike WRITE. */
const ROOT = 0;

export function fallocate(exchange: Exchange, filesystem: Filesystem): number {
  const inode = filesystem.inodeOfNode(exchange.node());
  const offset = exchange.u64(FALLOCATE_OFFSET);
  const length = exchange.u64(FALLOCATE_LENGTH);
  if (offset + length > MAX_FILE_BYTES) throw posixError('EFBIG', 'fallocate');
  if (exchange.uid() !== ROOT) killSuidGid(exchange, filesystem, inode);
  filesystem.fallocate(inode, exchange.in[FALLOCATE_MODE]!, { offset, length });
  return 0;
}

export function lseek(exchange: Exchange, filesystem: Filesystem): number {
  const inode = filesystem.inodeOfNode(exchange.node());
  const offset = exchange.u64(LSEEK_OFFSET);
  if (offset > MAX_FILE_BYTES) return -ENXIO;
  exchange.put64(LSEEK_FOUND, filesystem.seek(inode, offset, exchange.in[LSEEK_WHENCE]!));
  return LSEEK_OUT.size;
}

export function copyFileRange(exchange: Exchange, filesystem: Filesystem): number {
  if (exchange.u64(COPY_FLAGS) !== 0) return -EINVAL;
  exchange.out[COPIED_32] = copyPiece(exchange, filesystem);
  exchange.out[COPIED_32_PADDING] = 0;
  return WRITE_OUT.size;
}

export function copyFileRange64(exchange: Exchange, filesystem: Filesystem): number {
  if (exchange.u64(COPY_FLAGS) !== 0) return -EINVAL;
  exchange.put64(COPIED_64, copyPiece(exchange, filesystem));
  return COPY_FILE_RANGE_OUT.size;
}

function copyPiece(exchange: Exchange, filesystem: Filesystem): number {
  const from = { inode: filesystem.inodeOfNode(exchange.node()), offset: exchange.u64(COPY_FROM) };
  const to = { inode: filesystem.inodeOfNode(exchange.u64(COPY_NODE)), offset: exchange.u64(COPY_TO) };
  const length = Math.min(exchange.u64(COPY_LENGTH), COPY_PIECE_BYTES);
  if (from.offset >= from.inode.size) return 0;
  if (to.offset + length > MAX_FILE_BYTES) throw posixError('EFBIG', 'copy range');
  if (exchange.uid() !== ROOT) killSuidGid(exchange, filesystem, to.inode);
  return filesystem.copyRange(from, to, length);
}
