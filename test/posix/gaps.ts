/**
 * What is expected to fail where: by the title of a case, why. The suite fails on a gap that works, and on a title that
 * no case has. Everything else that fails is a mistake, of ours or of the suite.
 */
import { FUSE_NATIVE_GAPS } from '#src/fuse/index.js';
import { filesystemOf, type Gaps } from './suite.js';

const BEHIND_THE_END = 'what a mapping holds behind the end of its file is not in it when it grows';
const KERNEL_WRITES_IT =
  "the kernel's FUSE writes the rest of the page after the file has grown, as to libfuse";

/** ext4 with its usual features has what this table does not name. */
const EXT4: Gaps = {
  'an attribute has up to 64 KiB, and one byte more answers E2BIG':
    'ext4 keeps the attributes of a file in a block',
  'one file has hundreds of attributes': 'ext4 keeps the attributes of a file in a block',
  'a file of 2^53 - 1 bytes has a last byte': 'ext4 has files of up to 16 TiB',
  'POSIX ACLs are refused with EOPNOTSUPP: permissions are the mode bits alone': 'ext4 has them',
};

export const NATIVE: Gaps = { [BEHIND_THE_END]: KERNEL_WRITES_IT };

/** By the key of the gap that the driver declares. */
const FUSE_NATIVE_CASES: Readonly<Record<string, readonly string[]>> = {
  caller: [
    'a directory is listed by its r, entered by its x, and changed by its w',
    'chmod, chown and times are the owner\u2019s; a group may be given away that one is in',
    'in a sticky directory only the owner of a file, of the directory, and root remove and rename it',
    'a set-group-id directory hands its group to what is made in it, and its bit to directories',
    'who is not in a file\u2019s group gets no set-group-id bit on it, by chmod or in making it',
  ],
  timePrecision: [
    'utimensat keeps nanoseconds before 1970 and after 2038, atime and mtime apart',
    'writing and cutting change mtime and ctime, reading and looking neither, writing nothing neither',
    'chmod and fchmod set all twelve bits, and change ctime alone',
  ],
  utimes: ['UTIME_NOW and UTIME_OMIT set a time to now and leave it, and a link has times of its own'],
  renameFlags: [
    'RENAME_NOREPLACE answers EEXIST where the name is taken, and renames where it is free',
    'RENAME_EXCHANGE swaps a file and a directory of two directories',
  ],
  fallocate: [
    'fallocate makes a file longer by zeros, or with KEEP_SIZE leaves its size',
    'PUNCH_HOLE and ZERO_RANGE make a range zeros to the byte, and leave what is around it',
    'a hole that is punched is seen through a mapping and found by SEEK_HOLE',
    'more than a file can hold answers EFBIG, and what it held stays',
    'a write by another clears set-user-id, and set-group-id where the group executes; root\u2019s does not',
  ],
  seekHole: [
    'holes read as zeros, and SEEK_DATA and SEEK_HOLE find their borders',
    'a file of 1 TiB has bytes at its begin and end',
    'a file of 2^53 - 1 bytes has a last byte',
  ],
  hardLinks: [
    'hard links in different directories are one file: content, mode, times, attributes, count',
    'a file has a thousand hard links, and loses them again',
    'a hard link of a symbolic link is one to the link itself, unless AT_SYMLINK_FOLLOW is given',
    'a FIFO is the same pipe under any of its names',
  ],
  unlinkedOpen: [
    'rename replaces a file at once, and who has the old one open goes on reading it',
    'an unlinked file that is open is read, written, cut, locked and asked for as before',
    'a removed directory that is a working directory is empty and takes no names',
  ],
  tmpfile: [
    'O_TMPFILE makes a file without a name, which linkat gives one',
    'linkat with AT_EMPTY_PATH names what a descriptor has open',
    'O_TMPFILE with O_EXCL makes a file that never gets a name',
  ],
  setGroupId: [
    'a write by one who is not in the group of a file takes its set-group-id, whoever may execute it',
  ],
  directoryEntries: ['an entry says its inode number and type as stat does, and . and .. are there'],
  xattrErrors: [
    'a buffer of length 0 asks for the size, and one that is too small answers ERANGE',
    'an attribute has up to 64 KiB, and one byte more answers E2BIG',
  ],
  xattrNames: [
    'names of attributes have up to 255 bytes and a namespace; user attributes are of files and directories',
  ],
};

/** Declared, and nothing that a program on the mount sees fail: tested elsewhere, or the kernel makes up for it. */
export const NOT_OF_THE_SUITE: readonly string[] = [
  'copyFileRange',
  'externalUnmount',
  'inodeNumbers',
  'invalidation',
];

/** Every key of the driver's table that a case stands for. */
export const COVERED: readonly string[] = Object.keys(FUSE_NATIVE_CASES);

export const FUSE_NATIVE: Gaps = {
  ...NATIVE,
  ...Object.fromEntries(
    Object.entries(FUSE_NATIVE_CASES).flatMap(([key, titles]) =>
      titles.map((title) => [title, FUSE_NATIVE_GAPS[key]?.instead ?? `undeclared gap ${key}`]),
    ),
  ),
};

/** Of the filesystem that a directory is on, by its type: a mount of ours is one of the native driver. */
export function gapsOf(directory: string): Gaps {
  const type = filesystemOf(directory);
  if (type === 'ext4') return EXT4;
  return type === 'fuse.agentfs' ? NATIVE : {};
}
