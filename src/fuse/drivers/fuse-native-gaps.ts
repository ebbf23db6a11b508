/**
 * What the fuse-native driver cannot do, as data: the contract suite reads it and expects the reduced behaviour, and
 * `doctor` shows it. Measured with fuse-native 2.2.6 on Linux. Pure.
 */
export interface Gap {
  /** What is asked of a filesystem. */
  readonly feature: string;
  /** What happens instead. */
  readonly instead: string;
}

export const FUSE_NATIVE_GAPS: Readonly<Record<string, Gap>> = {
  caller: {
    feature: 'a new file belongs to the process that made it',
    instead: 'it belongs to the owner process: callbacks carry no uid and gid',
  },
  timePrecision: {
    feature: 'times in nanoseconds, also before 1970',
    instead: 'milliseconds, and not before 1970',
  },
  utimes: {
    feature: 'utimensat(2) sets atime and mtime apart',
    instead: 'both become the atime: the package passes it twice',
  },
  renameFlags: {
    feature: 'renameat2(2) with RENAME_NOREPLACE and RENAME_EXCHANGE',
    instead: 'EINVAL, from libfuse 2',
  },
  fallocate: { feature: 'fallocate(2), holes', instead: 'EOPNOTSUPP' },
  seekHole: { feature: 'lseek(2) SEEK_DATA and SEEK_HOLE', instead: 'the file is one piece of data' },
  copyFileRange: { feature: 'copy_file_range(2) inside the mount', instead: 'the kernel reads and writes' },
  invalidation: {
    feature: 'a change from elsewhere is seen at once',
    instead: 'after at most a second: there are no notifications, so nothing is cached for longer',
  },
  hardLinks: {
    feature: 'the names of a file with hard links show the same at once',
    instead: 'after at most a second: each path is a file of its own to the kernel, with a number of its own',
  },
  unlinkedOpen: {
    feature: 'an unlinked file that is open has no name, and a removed directory that is open is empty',
    instead: 'libfuse renames the file to .fuse_hidden… until it is closed; the directory answers ENOENT',
  },
  tmpfile: { feature: 'O_TMPFILE', instead: 'EOPNOTSUPP' },
  setGroupId: {
    feature:
      'a write by one who is not in its group takes the set-group-id bit of a file that nobody executes',
    instead: 'the bit stays: callbacks carry no uid and gid',
  },
  directoryEntries: {
    feature: 'an entry of readdir(3) says its inode number and its type',
    instead: 'neither: the package hands on names alone',
  },
  xattrNames: {
    feature: "an xattr outside of Linux's namespaces answers EOPNOTSUPP",
    instead: 'it is kept: macOS has no namespaces',
  },
  xattrErrors: {
    feature: 'an xattr value that does not fit answers ERANGE, and one of 64 KiB is read',
    instead: 'EIO: the package does not say how long an answer may be',
  },
  inodeNumbers: { feature: 'inode numbers up to 2^53', instead: 'the lower 32 bits of them' },
  externalUnmount: {
    feature: 'the owner hears when someone else unmounts',
    instead: 'it does not: `closed` resolves with our own unmount only',
  },
};
