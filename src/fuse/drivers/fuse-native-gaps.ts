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
    instead: 'after at most a second: the kernel takes each path for a file of its own',
  },
  unlinkedOpen: {
    feature: 'an unlinked file that is open has no name',
    instead: 'libfuse renames it to .fuse_hidden… until it is closed',
  },
  tmpfile: { feature: 'O_TMPFILE', instead: 'EOPNOTSUPP' },
  xattrErrors: { feature: 'an xattr value that does not fit answers ERANGE', instead: 'EIO may be seen' },
  inodeNumbers: { feature: 'inode numbers up to 2^53', instead: 'the lower 32 bits of them' },
  externalUnmount: {
    feature: 'the owner hears when someone else unmounts',
    instead: 'it does not: `closed` resolves with our own unmount only',
  },
};
