/**
 * What an inode's mode says that it is. Pure.
 */
import type { NodeKind } from '../core/tree.js';

const S_IFMT = 0o170000;
const KINDS: ReadonlyMap<number, NodeKind> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o010000, 'fifo'],
  [0o140000, 'socket'],
  [0o060000, 'block'],
  [0o020000, 'character'],
]);

export function kindOfMode(mode: number): NodeKind {
  return KINDS.get(mode & S_IFMT) ?? 'file';
}
