/**
 * Changes parts of a file's content as a pull does: all of them and the new size at once, for every reader.
 *
 * Nothing of it is committed on its own: it stands in one batch with what the caller changes before and after.
 */
import type { Inode } from '../inode.js';
import type { VfsState } from '../state.js';
import { assertFile, putBytes, resize } from './write.js';

export interface ContentPatch {
  /** Of the whole file afterwards, bytes. */
  readonly size: number;
  /** Apart from each other, inside of `size`. */
  readonly pieces: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
}

/** Throws ENOSPC or EFBIG before anything has changed. */
export function patchContent(state: VfsState, inode: Inode, { size, pieces }: ContentPatch): void {
  assertFile(inode, 'patch');
  let bytes = 0;
  // At both ends of each piece a stored chunk may be written again whole.
  for (const piece of pieces) bytes += piece.bytes.length + 2 * state.content.chunkSize;
  state.pending.assertWritable(bytes);
  const before = inode.size;
  resize(state, inode, size);
  if (size !== before) state.pending.contentChanged(inode, Math.min(size, before), Math.max(size, before));
  for (const { offset, bytes: source } of pieces) {
    if (source.length === 0) continue;
    putBytes(state, inode, offset, source);
    state.pending.contentChanged(inode, offset, offset + source.length);
  }
}
