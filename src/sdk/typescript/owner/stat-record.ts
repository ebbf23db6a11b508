/**
 * Attributes as the data that callers get. Pure.
 */
import type { Filesystem } from '../../../vfs/filesystem.js';
import {
  type Attributes,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFSOCK,
} from '../../../vfs/types.js';
import type { FileKind, FilesystemRecord, StatRecord } from '../service.js';

export function kindOf(mode: number): FileKind {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return 'directory';
    case S_IFLNK:
      return 'symlink';
    case S_IFIFO:
      return 'fifo';
    case S_IFSOCK:
      return 'socket';
    case S_IFBLK:
      return 'block';
    case S_IFCHR:
      return 'character';
    default:
      return 'file';
  }
}

export function statRecord(filesystem: Filesystem, inode: Attributes): StatRecord {
  return {
    ino: filesystem.shownIno(inode),
    kind: kindOf(inode.mode),
    mode: inode.mode,
    nlink: inode.nlink,
    uid: inode.uid,
    gid: inode.gid,
    rdev: inode.rdev,
    size: inode.size,
    atime: { sec: inode.atimeSec, nsec: inode.atimeNsec },
    mtime: { sec: inode.mtimeSec, nsec: inode.mtimeNsec },
    ctime: { sec: inode.ctimeSec, nsec: inode.ctimeNsec },
  };
}

export function filesystemRecord(filesystem: Filesystem): FilesystemRecord {
  const { blockSize, blocks, blocksFree, blocksAvailable, files, filesFree, nameMax } = filesystem.statfs();
  return { blockSize, blocks, blocksFree, blocksAvailable, files, filesFree, nameMax };
}
