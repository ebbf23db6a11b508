/**
 * Changing content: write, truncate, fallocate, copy_file_range.
 *
 * Bytes between the old end and a write further on are a hole; the chunk that held the old end is padded with zeros,
 * since the AgentFS specification wants every chunk but the last whole.
 */
import { posixError } from '../../base/index.js';
import type { Inode } from '../inode.js';
import { assertLive, tellNode, touch, type VfsState } from '../state.js';
import { FALLOC_KEEP_SIZE, FALLOC_PUNCH_HOLE, FALLOC_ZERO_RANGE, S_IFMT, S_IFREG } from '../types.js';
import { read } from './read.js';

/** Largest file, bytes: what a JavaScript number counts exactly. */
const SIZE_MAX = Number.MAX_SAFE_INTEGER;
const COPY_BYTES = 1024 * 1024;

export function assertFile(inode: Inode, operation: string): void {
  assertLive(inode, operation);
  if ((inode.mode & S_IFMT) !== S_IFREG) throw posixError(inode.isDirectory ? 'EISDIR' : 'EINVAL', operation);
}

export function write(state: VfsState, inode: Inode, offset: number, source: Uint8Array): void {
  assertFile(inode, 'write');
  const end = offset + source.length;
  if (end > SIZE_MAX) throw posixError('EFBIG', 'write');
  // At both ends a stored chunk may be written again whole.
  state.pending.assertWritable(source.length + (inode.stored ? 2 * state.content.chunkSize : 0));
  if (source.length === 0) return;
  if (offset > inode.size) {
    padTail(state, inode, offset);
    inode.holes = -1;
  }
  putBytes(state, inode, offset, source);
  if (end > inode.size) inode.size = end;
  state.pending.contentChanged(inode, offset, end);
  touch(state, inode);
  tellNode(state, inode, true);
  state.pending.commitIfLarge();
}

/** Puts bytes into the chunks that they belong to; the inode's size and times are the caller's. */
export function putBytes(state: VfsState, inode: Inode, offset: number, source: Uint8Array): void {
  const { chunkSize } = state.content;
  const end = offset + source.length;
  for (let at = offset; at < end; ) {
    const index = Math.floor(at / chunkSize);
    const base = index * chunkSize;
    const start = at - base;
    const stop = Math.min(chunkSize, end - base);
    const discard = start === 0 && base + stop >= Math.min(inode.size, base + chunkSize);
    const chunk = state.content.open(inode, index, { discard, length: stop, from: start });
    chunk.data.set(source.subarray(at - offset, at - offset + stop - start), start);
    at = base + stop;
  }
}

export function truncate(state: VfsState, inode: Inode, size: number): void {
  assertFile(inode, 'truncate');
  if (size > SIZE_MAX || size < 0) throw posixError('EFBIG', 'truncate');
  const before = inode.size;
  if (size > before) state.pending.assertWritable(0);
  resize(state, inode, size);
  if (size !== before) state.pending.contentChanged(inode, Math.min(size, before), Math.max(size, before));
  touch(state, inode);
}

/** What is behind the new end goes; what is new is a hole. */
export function resize(state: VfsState, inode: Inode, size: number): void {
  if (size > inode.size) {
    padTail(state, inode, size);
    inode.holes = -1;
  } else if (size < inode.size) {
    cutTail(state, inode, size);
  }
  inode.size = size;
}

/** Makes the last chunk whole, as far as a file of `newSize` bytes fills it. */
function padTail(state: VfsState, inode: Inode, newSize: number): void {
  const { chunkSize } = state.content;
  const used = inode.size % chunkSize;
  if (used === 0) return;
  const index = Math.floor(inode.size / chunkSize);
  if (state.content.peek(inode, index, true) === undefined) return;
  const length = Math.min(chunkSize, newSize - index * chunkSize);
  state.content.open(inode, index, { discard: false, length });
}

function cutTail(state: VfsState, inode: Inode, size: number): void {
  const { chunkSize } = state.content;
  const used = size % chunkSize;
  const index = Math.floor(size / chunkSize);
  const last = Math.floor((inode.size - 1) / chunkSize);
  const firstGone = used === 0 ? index : index + 1;
  if (firstGone <= last) state.content.cut(inode, firstGone, last);
  if (used === 0) return;
  const chunk = state.content.peek(inode, index, true);
  if (chunk === undefined || chunk.length <= used) return;
  state.content.open(inode, index, { discard: false, length: 0 }).length = used;
}

export function fallocate(
  state: VfsState,
  inode: Inode,
  flags: number,
  range: { offset: number; length: number },
): void {
  assertFile(inode, 'fallocate');
  const end = range.offset + range.length;
  if (range.offset < 0 || range.length <= 0) throw posixError('EINVAL', 'fallocate');
  if (end > SIZE_MAX) throw posixError('EFBIG', 'fallocate');
  const keepSize = (flags & FALLOC_KEEP_SIZE) !== 0;
  const operation = flags & ~FALLOC_KEEP_SIZE;
  if (operation === FALLOC_PUNCH_HOLE && keepSize) {
    zero(state, inode, range.offset, Math.min(end, inode.size));
  } else if (operation === FALLOC_ZERO_RANGE) {
    zero(state, inode, range.offset, Math.min(end, inode.size));
    if (!keepSize && end > inode.size) truncate(state, inode, end);
  } else if (operation === 0) {
    // Space is not set aside; that there is enough now is all that can be said.
    if (!state.store.space.take(range.length, state.pending.pendingBytes))
      throw posixError('ENOSPC', 'fallocate');
    state.store.space.reset();
    if (!keepSize && end > inode.size) truncate(state, inode, end);
  } else {
    throw posixError('EOPNOTSUPP', 'fallocate');
  }
  touch(state, inode);
  tellNode(state, inode, true);
}

/** Makes [from, to) read as zeros: whole chunks become holes, parts of chunks are overwritten. */
function zero(state: VfsState, inode: Inode, from: number, to: number): void {
  if (from >= to) return;
  const { chunkSize } = state.content;
  const firstWhole = Math.ceil(from / chunkSize);
  const endWhole = to === inode.size ? Math.ceil(to / chunkSize) : Math.floor(to / chunkSize);
  const edges: [number, number][] =
    firstWhole >= endWhole
      ? [[from, to]]
      : [
          [from, firstWhole * chunkSize],
          [endWhole * chunkSize, to],
        ];
  if (firstWhole < endWhole) state.content.cut(inode, firstWhole, endWhole - 1);
  for (const [start, stop] of edges) zeroEdge(state, inode, start, stop);
  state.pending.contentChanged(inode, from, to);
}

/** [start, stop) may touch two chunks where no chunk is whole between them. */
function zeroEdge(state: VfsState, inode: Inode, start: number, stop: number): void {
  const { chunkSize } = state.content;
  for (let at = start; at < stop; ) {
    const index = Math.floor(at / chunkSize);
    const base = index * chunkSize;
    const end = Math.min(stop, base + chunkSize);
    const chunk = state.content.peek(inode, index, true);
    if (chunk !== undefined && chunk.length > at - base) {
      const open = state.content.open(inode, index, { discard: false, length: 0 });
      open.data.fill(0, at - base, Math.min(open.length, end - base));
    }
    at = end;
  }
}

export interface CopyEnd {
  readonly inode: Inode;
  readonly offset: number;
}

/**
 * Returns how many bytes were copied: fewer than asked at the end of the source, or where a later part of a long copy
 * failed. Throws EINVAL for overlapping ranges of one file, as copy_file_range(2) says.
 */
export function copyRange(state: VfsState, from: CopyEnd, to: CopyEnd, length: number): number {
  assertFile(from.inode, 'copy_file_range');
  assertFile(to.inode, 'copy_file_range');
  const wanted = Math.min(length, Math.max(0, from.inode.size - from.offset));
  if (from.inode === to.inode && Math.abs(from.offset - to.offset) < wanted)
    throw posixError('EINVAL', 'copy_file_range');
  const buffer = Buffer.allocUnsafe(Math.min(COPY_BYTES, wanted));
  let done = 0;
  while (done < wanted) {
    const part = buffer.subarray(0, Math.min(buffer.length, wanted - done));
    const got = read(state, from.inode, from.offset + done, part);
    if (got === 0) break;
    try {
      write(state, to.inode, to.offset + done, part.subarray(0, got));
    } catch (error) {
      if (done === 0) throw error;
      break;
    }
    done += got;
  }
  return done;
}
