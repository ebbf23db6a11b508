/**
 * Methods on attributes: stat, modes, owners, times, extended attributes.
 */
import { posixError } from '../../../base/index.js';
import { type Attributes, S_IFMT, XATTR_CREATE, XATTR_REPLACE } from '../../../vfs/types.js';
import type { Arguments } from './arguments.js';
import type { FileContext, Handlers } from './method.js';
import { filesystemRecord, statRecord } from './stat-record.js';

/** uid_t and gid_t are 32 bits; the last value means "unchanged" to chown(2). */
const ID_MAX = 0xffff_fffe;

export const attributeMethods = {
  'fs.stat'(context, args) {
    return statRecord(context.filesystem, subject(context, args, 'stat'));
  },

  'fs.exists'(context, args) {
    try {
      subject(context, args, 'exists');
      return { exists: true };
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return { exists: false };
      throw error;
    }
  },

  'fs.chmod'(context, args) {
    const mode = args.integer('mode', { max: 0o7777 });
    const inode = subject(context, args, 'chmod');
    context.filesystem.outside(() =>
      context.filesystem.setattr(inode, { mode: (inode.mode & S_IFMT) | mode }),
    );
    return {};
  },

  'fs.chown'(context, args) {
    const uid = args.integer('uid', { max: ID_MAX });
    const gid = args.integer('gid', { max: ID_MAX });
    const inode = subject(context, args, 'chown');
    context.filesystem.outside(() => context.filesystem.setattr(inode, { uid, gid, killSuidGid: true }));
    return {};
  },

  'fs.utimes'(context, args) {
    const atime = args.time('atime');
    const mtime = args.time('mtime');
    const inode = subject(context, args, 'utimes');
    context.filesystem.outside(() => context.filesystem.setattr(inode, { atime, mtime }));
    return {};
  },

  'fs.getxattr'(context, args) {
    const inode = subject(context, args, 'getxattr');
    return { data: args.encode(context.filesystem.getxattr(inode, args.string('name'))) };
  },

  'fs.setxattr'(context, args) {
    const data = args.bytes('data');
    const inode = subject(context, args, 'setxattr');
    const create = args.flag('create');
    const replace = args.flag('replace');
    if (create && replace) throw posixError('EINVAL', 'setxattr', args.string('path'));
    const flags = (create ? XATTR_CREATE : 0) | (replace ? XATTR_REPLACE : 0);
    context.filesystem.outside(() =>
      context.filesystem.setxattr(inode, args.string('name'), { data, flags }),
    );
    return {};
  },

  'fs.listxattr'(context, args) {
    return { names: context.filesystem.listxattr(subject(context, args, 'listxattr')) };
  },

  'fs.removexattr'(context, args) {
    const inode = subject(context, args, 'removexattr');
    context.filesystem.outside(() => context.filesystem.removexattr(inode, args.string('name')));
    return {};
  },

  'fs.statfs'(context) {
    return filesystemRecord(context.filesystem);
  },
} satisfies Handlers<
  | 'fs.stat'
  | 'fs.exists'
  | 'fs.chmod'
  | 'fs.chown'
  | 'fs.utimes'
  | 'fs.getxattr'
  | 'fs.setxattr'
  | 'fs.listxattr'
  | 'fs.removexattr'
  | 'fs.statfs'
>;

function subject(context: FileContext, args: Arguments, operation: string): Attributes {
  return context.walk.inode(args.string('path'), { operation, follow: args.flag('follow', true) });
}
