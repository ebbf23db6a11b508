/**
 * Reading content: read, SEEK_DATA / SEEK_HOLE, and the bytes that are allocated. A hole is a chunk that is not there.
 */
import { posixError } from '../../base/index.js';
import type { Inode } from '../inode.js';
import { assertLive, type VfsState } from '../state.js';
import { S_IFMT, S_IFREG, SEEK_DATA } from '../types.js';

export function read(state: VfsState, inode: Inode, offset: number, target: Uint8Array): number {
  if ((inode.mode & S_IFMT) !== S_IFREG) throw posixError(inode.isDirectory ? 'EISDIR' : 'EINVAL', 'read');
  assertLive(inode, 'read');
  const end = Math.min(inode.size, offset + target.length);
  if (offset >= end) return 0;
  const { chunkSize } = state.content;
  for (let at = offset; at < end; ) {
    const index = Math.floor(at / chunkSize);
    const start = at - index * chunkSize;
    const stop = Math.min(chunkSize, end - index * chunkSize);
    const partial = start !== 0 || stop !== chunkSize;
    const chunk = state.content.peek(inode, index, partial);
    const into = at - offset;
    const have = chunk === undefined ? start : Math.max(start, Math.min(stop, chunk.length));
    if (chunk !== undefined && have > start) chunk.data.copy(target, into, start, have);
    if (have < stop) target.fill(0, into + have - start, into + stop - start);
    at = index * chunkSize + stop;
  }
  return end - offset;
}

/** The next data or hole at or after `offset`. Throws ENXIO past the end, or where no data follows. */
export function seek(state: VfsState, inode: Inode, offset: number, whence: number): number {
  if (offset < 0 || offset >= inode.size) throw posixError('ENXIO', 'lseek');
  const { chunkSize } = state.content;
  const last = Math.floor((inode.size - 1) / chunkSize);
  let index = Math.floor(offset / chunkSize);
  for (const found of state.content.indexes(inode, index, last)) {
    if (whence === SEEK_DATA) return Math.max(offset, found * chunkSize);
    if (found !== index) break;
    index += 1;
  }
  if (whence === SEEK_DATA) throw posixError('ENXIO', 'lseek');
  return index > last ? inode.size : Math.max(offset, index * chunkSize);
}

/** The bytes of all chunks that are there. Counted once, and again after a change that may have made or filled a hole. */
export function allocatedBytes(state: VfsState, inode: Inode): number {
  const { chunkSize } = state.content;
  const chunks = Math.ceil(inode.size / chunkSize);
  if (inode.holes < 0) inode.holes = chunks - state.content.count(inode, chunks - 1);
  return inode.holes === 0 ? inode.size : Math.min(inode.size, (chunks - inode.holes) * chunkSize);
}
