/**
 * Clears set-user-id and set-group-id when a file's content changes, as HANDLE_KILLPRIV_V2 leaves to us.
 *
 * The kernel does not forget the mode that it knows (a `stat` that asks for the mode alone would still show the bit), so
 * it is told as of a change from outside.
 */
import type { Filesystem } from '../../vfs/index.js';
import { type Attributes, S_ISGID, S_ISUID } from '../../vfs/types.js';

export function killSuidGid(filesystem: Filesystem, inode: Attributes): void {
  if ((inode.mode & (S_ISUID | S_ISGID)) === 0) return;
  filesystem.outside(() => filesystem.setattr(inode, { killSuidGid: true }));
}
