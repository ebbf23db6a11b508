/**
 * Clears set-user-id, set-group-id and file capabilities when a file's content changes, as HANDLE_KILLPRIV_V2 leaves to us.
 *
 * Set-group-id without execution by the group goes, too, where the caller is not in that group, as on Linux's own
 * filesystems. The kernel does not forget the mode that it knows (a `stat` that asks for the mode alone would still show
 * the bit), so it is told as of a change from outside.
 */
import { readFileSync } from 'node:fs';
import type { Filesystem } from '../../vfs/index.js';
import { type AttributeChanges, type Attributes, S_ISGID, S_ISUID } from '../../vfs/types.js';
import type { Exchange } from '../exchange.js';

const S_IXGRP = 0o010;
const ROOT = 0;

export function killSuidGid(exchange: Exchange, filesystem: Filesystem, inode: Attributes): void {
  if ((inode.mode & (S_ISUID | S_ISGID)) === 0) return;
  filesystem.outside(() => filesystem.setattr(inode, withoutSetId(exchange, inode)));
}

/** What takes the bits away that this caller may not leave. */
export function withoutSetId(exchange: Exchange, inode: Attributes): AttributeChanges {
  const unusual = (inode.mode & (S_ISGID | S_IXGRP)) === S_ISGID;
  return unusual && !isCallerIn(exchange, inode.gid)
    ? { killSuidGid: true, mode: inode.mode & ~S_ISGID }
    : { killSuidGid: true };
}

/**
 * By the caller's groups, of which a request names one; false where its process has gone, or is none that we see. Root
 * counts as a member of all.
 */
function isCallerIn(exchange: Exchange, gid: number): boolean {
  if (exchange.uid() === ROOT || exchange.gid() === gid) return true;
  try {
    const status = readFileSync(`/proc/${exchange.pid()}/status`, 'latin1');
    const groups = /^Groups:([\d\s]*)$/m.exec(status)?.[1] ?? '';
    return groups.trim().split(/\s+/).includes(String(gid));
  } catch {
    return false;
  }
}

const CAPABILITY = 'security.capability';

export function killCapability(filesystem: Filesystem, inode: Attributes): void {
  if (!filesystem.listxattr(inode).includes(CAPABILITY)) return;
  filesystem.outside(() => filesystem.removexattr(inode, CAPABILITY));
}
