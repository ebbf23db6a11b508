/**
 * vfs: the filesystem of one workspace, as inodes.
 *
 * It promises POSIX semantics to whoever calls (FUSE, the SDK, the sync's apply), applies each change in memory at
 * once, and hands it to the store in group commits. Callers hold `Attributes` and numbers, never SQL rows.
 */
export type { Filesystem } from './filesystem.js';
export { type ImportedAttributes, type ImportedNode, Importer } from './importer.js';
export * from './types.js';
export { openVfs, Vfs, type VfsOptions } from './vfs.js';
