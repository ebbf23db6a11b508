/**
 * Methods on attributes: stat, modes, owners, times, extended attributes.
 */
import { posixError } from '../../../base/index.js';
import { type Attributes, S_IFMT, XATTR_CREATE, XATTR_REPLACE } from '../../../vfs/types.js';
import type { FileTarget } from '../service.js';
import { decodeData, encodeData } from './data-encoding.js';
import type { FileContext, Handlers } from './method.js';
import { filesystemRecord, statRecord } from './stat-record.js';

export const attributeMethods = {
  'fs.stat'(context, params) {
    return statRecord(context.filesystem, subject(context, params, 'stat'));
  },

  'fs.exists'(context, params) {
    try {
      subject(context, params, 'exists');
      return { exists: true };
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return { exists: false };
      throw error;
    }
  },

  'fs.chmod'(context, params) {
    const inode = subject(context, params, 'chmod');
    context.filesystem.outside(() =>
      context.filesystem.setattr(inode, { mode: (inode.mode & S_IFMT) | params.mode }),
    );
    return {};
  },

  'fs.chown'(context, params) {
    const { uid, gid } = params;
    const inode = subject(context, params, 'chown');
    context.filesystem.outside(() => context.filesystem.setattr(inode, { uid, gid, killSuidGid: true }));
    return {};
  },

  'fs.utimes'(context, params) {
    const { atime, mtime } = params;
    const inode = subject(context, params, 'utimes');
    context.filesystem.outside(() => context.filesystem.setattr(inode, { atime, mtime }));
    return {};
  },

  'fs.getxattr'(context, params) {
    const inode = subject(context, params, 'getxattr');
    return { data: encodeData(context.filesystem.getxattr(inode, params.name), params.encoding) };
  },

  'fs.setxattr'(context, params) {
    const { path, name, create = false, replace = false } = params;
    const data = decodeData('fs.setxattr', params);
    const inode = subject(context, params, 'setxattr');
    if (create && replace) throw posixError('EINVAL', 'setxattr', path);
    const flags = (create ? XATTR_CREATE : 0) | (replace ? XATTR_REPLACE : 0);
    context.filesystem.outside(() => context.filesystem.setxattr(inode, name, { data, flags }));
    return {};
  },

  'fs.listxattr'(context, params) {
    return { names: context.filesystem.listxattr(subject(context, params, 'listxattr')) };
  },

  'fs.removexattr'(context, params) {
    const inode = subject(context, params, 'removexattr');
    context.filesystem.outside(() => context.filesystem.removexattr(inode, params.name));
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

function subject(
  context: FileContext,
  { path, handle, follow = true }: FileTarget & { readonly follow?: boolean },
  operation: string,
): Attributes {
  if (handle !== undefined) return context.handles.inode(context.handles.file(handle, operation));
  return context.walk.inode(path, { operation, follow });
}
