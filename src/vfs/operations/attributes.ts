/**
 * setattr: chmod, chown, truncate and utimens in one request, as FUSE's SETATTR and the SDK ask for them.
 *
 * Changing the owner of a file clears set-user-id, and set-group-id where the group may execute, whoever asks, as
 * Linux does; a truncation does so when the kernel says (`killSuidGid`).
 */
import type { Inode } from '../inode.js';
import { assertLive, tellNode, touchStatus, type VfsState } from '../state.js';
import { type AttributeChanges, S_IFMT, S_ISGID, S_ISUID } from '../types.js';
import { truncate } from './write.js';

const S_IXGRP = 0o010;

export function setattr(state: VfsState, inode: Inode, changes: AttributeChanges): void {
  assertLive(inode, 'setattr');
  if (changes.size !== undefined) truncate(state, inode, changes.size);
  const ownerChanges = changes.uid !== undefined || changes.gid !== undefined;
  if (changes.mode !== undefined) inode.mode = (inode.mode & S_IFMT) | (changes.mode & 0o7777);
  if (changes.uid !== undefined) inode.uid = changes.uid;
  if (changes.gid !== undefined) inode.gid = changes.gid;
  if (changes.killSuidGid === true || (ownerChanges && changes.mode === undefined)) killSuidGid(inode);
  const now = state.clock.realtime();
  if (changes.atime !== undefined) {
    const time = changes.atime === 'now' ? now : changes.atime;
    inode.atimeSec = time.sec;
    inode.atimeNsec = time.nsec;
  }
  if (changes.mtime !== undefined) {
    const time = changes.mtime === 'now' ? now : changes.mtime;
    inode.mtimeSec = time.sec;
    inode.mtimeNsec = time.nsec;
  }
  touchStatus(state, inode);
  if (changes.ctime !== undefined) {
    inode.ctimeSec = changes.ctime.sec;
    inode.ctimeNsec = changes.ctime.nsec;
  }
  tellNode(state, inode, changes.size !== undefined);
}

export function killSuidGid(inode: Inode): void {
  if (inode.isDirectory) return;
  inode.mode &= ~S_ISUID;
  if ((inode.mode & S_IXGRP) !== 0) inode.mode &= ~S_ISGID;
}
