/**
 * What an inode's mode says that it is, and the other way round. Pure.
 */
import type { NodeKind } from '../core/tree.js';

export const S_IFMT = 0o170000;
/** The type bits of a mode, by kind (inode(7)). */
export const TYPE_BITS: Readonly<Record<NodeKind, number>> = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
  fifo: 0o010000,
  socket: 0o140000,
  block: 0o060000,
  character: 0o020000,
};
const KINDS: ReadonlyMap<number, NodeKind> = new Map(
  Object.entries(TYPE_BITS).map(([kind, bits]) => [bits, kind as NodeKind]),
);

export function kindOfMode(mode: number): NodeKind {
  return KINDS.get(mode & S_IFMT) ?? 'file';
}
