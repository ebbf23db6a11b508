/**
 * Methods on the content of files: read, write, open, truncate, copy.
 *
 * Each runs whole between two turns of the event loop, so a reader on the mount or in another program sees a
 * `writeFile` of up to MAX_DATA_BYTES entirely or not at all. Changes run in `outside`, so that mounts invalidate.
 */
import { AgentFsError, posixError } from '../../../base/index.js';
import { MAX_DATA_BYTES } from '../../../rpc/index.js';
import { type Attributes, S_IFMT, S_IFREG } from '../../../vfs/types.js';
import type { FileTarget } from '../service.js';
import { decodeData, encodeData } from './data-encoding.js';
import type { FileContext, Handlers } from './method.js';
import { isDirectory } from './path-walk.js';
import { statRecord } from './stat-record.js';

const FILE_MODE = 0o644;
const COPY_SLICE_BYTES = 64 * 1024 * 1024;

export const fileMethods = {
  'fs.readFile'(context, { path, encoding }) {
    const inode = regular(
      context.walk.inode(path, { operation: 'readFile', follow: true }),
      'readFile',
      path,
    );
    if (inode.size > MAX_DATA_BYTES) {
      throw new AgentFsError('EFBIG', `'${path}' has ${inode.size} bytes, more than one answer takes`, {
        operation: 'readFile',
        path,
        hint: 'Read it in ranges: fs.open, fs.read, fs.close.',
      });
    }
    return {
      data: encodeData(readRange(context, inode, { offset: 0, length: inode.size }), encoding),
      size: inode.size,
    };
  },

  'fs.writeFile'(context, params) {
    const { path, flag = 'w', mode = FILE_MODE } = params;
    const data = decodeData('fs.writeFile', params);
    return context.filesystem.outside(() => {
      const inode = openForWriting(context, { path, flags: flag, mode });
      const offset = flag.startsWith('a') ? inode.size : 0;
      context.filesystem.write(inode, offset, data);
      return { size: inode.size };
    });
  },

  'fs.open'(context, { path, flags = 'r', mode = FILE_MODE }) {
    const inode =
      flags === 'r' || flags === 'r+'
        ? regular(context.walk.inode(path, { operation: 'open', follow: true }), 'open', path)
        : context.filesystem.outside(() => openForWriting(context, { path, flags, mode }));
    const handle = context.handles.open(inode, {
      readable: flags === 'r' || flags.endsWith('+'),
      writable: flags !== 'r',
      append: flags.startsWith('a'),
    });
    return { handle, stat: statRecord(context.filesystem, inode) };
  },

  'fs.close'(context, { handle }) {
    context.handles.close(handle);
    return {};
  },

  'fs.read'(context, params) {
    const inode = target(context, params, 'read');
    return { data: encodeData(readRange(context, inode, params), params.encoding) };
  },

  'fs.write'(context, params) {
    const { handle } = params;
    const data = decodeData('fs.write', params);
    const inode = target(context, params, 'write');
    const append = handle !== undefined && context.handles.file(handle, 'write').append;
    const offset = append ? inode.size : params.offset;
    context.filesystem.outside(() => context.filesystem.write(inode, offset, data));
    return { written: data.length };
  },

  'fs.truncate'(context, params) {
    const { size } = params;
    const inode = target(context, params, 'write');
    context.filesystem.outside(() => context.filesystem.setattr(inode, { size, killSuidGid: true }));
    return {};
  },

  async 'fs.copyFile'(context, { from: source, to, noReplace }, { signal }) {
    const { filesystem, walk } = context;
    const from = regular(walk.inode(source, { operation: 'copyFile', follow: true }), 'copyFile', source);
    const flags = noReplace === true ? 'wx' : 'w';
    const found = walk.place(to, { operation: 'copyFile', follow: true }).inode;
    if (flags === 'w' && found?.ino === from.ino) return { size: from.size };
    const made = filesystem.outside(() =>
      openForWriting(context, { path: to, flags, mode: from.mode & 0o777 }),
    );
    let copied = 0;
    while (copied < from.size && !signal.aborted) {
      const length = Math.min(COPY_SLICE_BYTES, from.size - copied);
      const start = copied;
      copied += filesystem.outside(() =>
        filesystem.copyRange({ inode: from, offset: start }, { inode: made, offset: start }, length),
      );
      if (copied === start) break;
      await context.breathe();
    }
    return { size: made.size };
  },
} satisfies Handlers<
  | 'fs.readFile'
  | 'fs.writeFile'
  | 'fs.open'
  | 'fs.close'
  | 'fs.read'
  | 'fs.write'
  | 'fs.truncate'
  | 'fs.copyFile'
>;

/** The file that `path` or `handle` names; a handle must have been opened for what is asked. */
function target(context: FileContext, { path, handle }: FileTarget, operation: 'read' | 'write'): Attributes {
  if (handle === undefined) {
    return regular(context.walk.inode(path, { operation, follow: true }), operation, path);
  }
  const file = context.handles.file(handle, operation);
  if (operation === 'read' ? !file.readable : !file.writable) throw posixError('EBADF', operation);
  return context.handles.inode(file);
}

/** Finds or makes the file as open(2) with O_WRONLY and the given flags does. Runs in `outside`. */
function openForWriting(
  context: FileContext,
  wanted: { readonly path: string; readonly flags: string; readonly mode: number },
): Attributes {
  const { filesystem, walk } = context;
  const { path, flags, mode } = wanted;
  const exclusive = flags.includes('x');
  const place = walk.place(path, { operation: 'open', follow: !exclusive });
  if (place.inode !== undefined) {
    if (exclusive) throw posixError('EEXIST', 'open', path);
    const inode = regular(place.inode, 'open', path);
    if (flags.startsWith('w')) filesystem.setattr(inode, { size: 0, killSuidGid: true });
    return inode;
  }
  if (path.endsWith('/')) throw posixError('EISDIR', 'open', path);
  return filesystem.create(place.directory, place.name, {
    mode: S_IFREG | mode,
    uid: context.uid,
    gid: context.gid,
  });
}

function readRange(
  context: FileContext,
  inode: Attributes,
  range: { readonly offset: number; readonly length: number },
): Uint8Array {
  const left = Math.max(0, inode.size - range.offset);
  const bytes = Buffer.allocUnsafe(Math.min(range.length, left));
  return bytes.subarray(0, context.filesystem.read(inode, range.offset, bytes));
}

function regular(inode: Attributes, operation: string, path: string): Attributes {
  if ((inode.mode & S_IFMT) === S_IFREG) return inode;
  throw posixError(isDirectory(inode) ? 'EISDIR' : 'EINVAL', operation, path);
}
