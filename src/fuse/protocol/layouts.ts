/**
 * The fixed structs of the FUSE protocol, kernel ABI 7.45 (include/uapi/linux/fuse.h of Linux 6.18).
 *
 * Names are the C names without `fuse_`; the sizes are held by a test against the header's. Structs that carry
 * other structs (an entry carries attributes) repeat the fields, so that every field has one offset. Pure data.
 */
import { struct } from './struct.js';

export const IN_HEADER = struct('fuse_in_header', {
  len: 'u32',
  opcode: 'u32',
  unique: 'o64',
  nodeid: 'u64',
  uid: 'u32',
  gid: 'u32',
  pid: 'u32',
  /** Length of the extensions behind the request, in 8-byte units. */
  total_extlen: 'u16',
  padding: 'pad2',
});

export const OUT_HEADER = struct('fuse_out_header', { len: 'u32', error: 'i32', unique: 'o64' });

const ATTR_FIELDS = {
  ino: 'u64',
  size: 'u64',
  /** Of 512 bytes. */
  blocks: 'u64',
  atime: 'i64',
  mtime: 'i64',
  ctime: 'i64',
  atimensec: 'u32',
  mtimensec: 'u32',
  ctimensec: 'u32',
  mode: 'u32',
  nlink: 'u32',
  uid: 'u32',
  gid: 'u32',
  rdev: 'u32',
  blksize: 'u32',
  flags: 'u32',
} as const;

export const ATTR = struct('fuse_attr', ATTR_FIELDS);

export const ENTRY_OUT = struct('fuse_entry_out', {
  nodeid: 'u64',
  generation: 'u64',
  entry_valid: 'u64',
  attr_valid: 'u64',
  entry_valid_nsec: 'u32',
  attr_valid_nsec: 'u32',
  ...ATTR_FIELDS,
});

export const ATTR_OUT = struct('fuse_attr_out', {
  attr_valid: 'u64',
  attr_valid_nsec: 'u32',
  dummy: 'pad4',
  ...ATTR_FIELDS,
});

export const FORGET_IN = struct('fuse_forget_in', { nlookup: 'u64' });
export const FORGET_ONE = struct('fuse_forget_one', { nodeid: 'u64', nlookup: 'u64' });
export const BATCH_FORGET_IN = struct('fuse_batch_forget_in', { count: 'u32', dummy: 'pad4' });
export const GETATTR_IN = struct('fuse_getattr_in', { getattr_flags: 'u32', dummy: 'pad4', fh: 'u64' });
export const MKNOD_IN = struct('fuse_mknod_in', { mode: 'u32', rdev: 'u32', umask: 'u32', padding: 'pad4' });
export const MKDIR_IN = struct('fuse_mkdir_in', { mode: 'u32', umask: 'u32' });
export const RENAME_IN = struct('fuse_rename_in', { newdir: 'u64' });
export const RENAME2_IN = struct('fuse_rename2_in', { newdir: 'u64', flags: 'u32', padding: 'pad4' });
export const LINK_IN = struct('fuse_link_in', { oldnodeid: 'u64' });

export const SETATTR_IN = struct('fuse_setattr_in', {
  valid: 'u32',
  padding: 'pad4',
  fh: 'u64',
  size: 'u64',
  lock_owner: 'o64',
  atime: 'i64',
  mtime: 'i64',
  ctime: 'i64',
  atimensec: 'u32',
  mtimensec: 'u32',
  ctimensec: 'u32',
  mode: 'u32',
  unused4: 'pad4',
  uid: 'u32',
  gid: 'u32',
  unused5: 'pad4',
});

export const OPEN_IN = struct('fuse_open_in', { flags: 'u32', open_flags: 'u32' });
export const CREATE_IN = struct('fuse_create_in', {
  flags: 'u32',
  mode: 'u32',
  umask: 'u32',
  open_flags: 'u32',
});
export const OPEN_OUT = struct('fuse_open_out', { fh: 'u64', open_flags: 'u32', backing_id: 'i32' });
export const RELEASE_IN = struct('fuse_release_in', {
  fh: 'u64',
  flags: 'u32',
  release_flags: 'u32',
  lock_owner: 'o64',
});
export const FLUSH_IN = struct('fuse_flush_in', {
  fh: 'u64',
  unused: 'pad4',
  padding: 'pad4',
  lock_owner: 'o64',
});
export const READ_IN = struct('fuse_read_in', {
  fh: 'u64',
  offset: 'u64',
  size: 'u32',
  read_flags: 'u32',
  lock_owner: 'o64',
  flags: 'u32',
  padding: 'pad4',
});
export const WRITE_IN = struct('fuse_write_in', {
  fh: 'u64',
  offset: 'u64',
  size: 'u32',
  write_flags: 'u32',
  lock_owner: 'o64',
  flags: 'u32',
  padding: 'pad4',
});
export const WRITE_OUT = struct('fuse_write_out', { size: 'u32', padding: 'pad4' });

/** fuse_statfs_out is this struct and nothing else. */
export const STATFS_OUT = struct('fuse_kstatfs', {
  blocks: 'u64',
  bfree: 'u64',
  bavail: 'u64',
  files: 'u64',
  ffree: 'u64',
  bsize: 'u32',
  namelen: 'u32',
  frsize: 'u32',
  padding: 'pad4',
  spare: 'pad24',
});

export const FSYNC_IN = struct('fuse_fsync_in', { fh: 'u64', fsync_flags: 'u32', padding: 'pad4' });
/** As it is with FUSE_SETXATTR_EXT, which we ask for; 8 bytes without. */
export const SETXATTR_IN = struct('fuse_setxattr_in', {
  size: 'u32',
  flags: 'u32',
  setxattr_flags: 'u32',
  padding: 'pad4',
});
export const GETXATTR_IN = struct('fuse_getxattr_in', { size: 'u32', padding: 'pad4' });
export const GETXATTR_OUT = struct('fuse_getxattr_out', { size: 'u32', padding: 'pad4' });
export const ACCESS_IN = struct('fuse_access_in', { mask: 'u32', padding: 'pad4' });

export const INIT_IN = struct('fuse_init_in', {
  major: 'u32',
  minor: 'u32',
  max_readahead: 'u32',
  flags: 'u32',
  /** The upper 32 bits of the flags; only with INIT_EXT. */
  flags2: 'u32',
  unused: 'pad44',
});
export const INIT_OUT = struct('fuse_init_out', {
  major: 'u32',
  minor: 'u32',
  max_readahead: 'u32',
  flags: 'u32',
  max_background: 'u16',
  congestion_threshold: 'u16',
  max_write: 'u32',
  /** Granularity of times, in nanoseconds. */
  time_gran: 'u32',
  max_pages: 'u16',
  map_alignment: 'u16',
  flags2: 'u32',
  max_stack_depth: 'u32',
  request_timeout: 'u16',
  unused: 'pad22',
});

export const INTERRUPT_IN = struct('fuse_interrupt_in', { unique: 'o64' });
export const FALLOCATE_IN = struct('fuse_fallocate_in', {
  fh: 'u64',
  offset: 'u64',
  length: 'u64',
  mode: 'u32',
  padding: 'pad4',
});
export const LSEEK_IN = struct('fuse_lseek_in', {
  fh: 'u64',
  offset: 'u64',
  whence: 'u32',
  padding: 'pad4',
});
export const LSEEK_OUT = struct('fuse_lseek_out', { offset: 'u64' });
export const COPY_FILE_RANGE_IN = struct('fuse_copy_file_range_in', {
  fh_in: 'u64',
  off_in: 'u64',
  nodeid_out: 'u64',
  fh_out: 'u64',
  off_out: 'u64',
  len: 'u64',
  flags: 'u64',
});
export const COPY_FILE_RANGE_OUT = struct('fuse_copy_file_range_out', { bytes_copied: 'u64' });
export const SYNCFS_IN = struct('fuse_syncfs_in', { padding: 'pad8' });

export const STATX_IN = struct('fuse_statx_in', {
  getattr_flags: 'u32',
  reserved: 'pad4',
  fh: 'u64',
  sx_flags: 'u32',
  sx_mask: 'u32',
});
export const STATX_OUT = struct('fuse_statx_out', {
  attr_valid: 'u64',
  attr_valid_nsec: 'u32',
  flags: 'u32',
  spare: 'pad16',
  mask: 'u32',
  blksize: 'u32',
  attributes: 'u64',
  nlink: 'u32',
  uid: 'u32',
  gid: 'u32',
  mode: 'u16',
  spare0: 'pad2',
  ino: 'u64',
  size: 'u64',
  blocks: 'u64',
  attributes_mask: 'u64',
  atime: 'i64',
  atimensec: 'u32',
  atime_reserved: 'pad4',
  btime: 'i64',
  btimensec: 'u32',
  btime_reserved: 'pad4',
  ctime: 'i64',
  ctimensec: 'u32',
  ctime_reserved: 'pad4',
  mtime: 'i64',
  mtimensec: 'u32',
  mtime_reserved: 'pad4',
  rdev_major: 'u32',
  rdev_minor: 'u32',
  dev_major: 'u32',
  dev_minor: 'u32',
  spare2: 'pad112',
});

/** The name follows, padded with zeros to 8 bytes. */
export const DIRENT = struct('fuse_dirent', { ino: 'u64', off: 'u64', namelen: 'u32', type: 'u32' });
/** fuse_direntplus is an ENTRY_OUT and then a DIRENT. */
export const DIRENTPLUS_SIZE = ENTRY_OUT.size + DIRENT.size;

export const NOTIFY_INVAL_INODE_OUT = struct('fuse_notify_inval_inode_out', {
  ino: 'u64',
  off: 'i64',
  len: 'i64',
});
/** The name follows, with a NUL that `namelen` does not count. */
export const NOTIFY_INVAL_ENTRY_OUT = struct('fuse_notify_inval_entry_out', {
  parent: 'u64',
  namelen: 'u32',
  flags: 'u32',
});
export const NOTIFY_DELETE_OUT = struct('fuse_notify_delete_out', {
  parent: 'u64',
  child: 'u64',
  namelen: 'u32',
  padding: 'pad4',
});
