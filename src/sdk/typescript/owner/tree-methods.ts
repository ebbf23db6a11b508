/**
 * Methods on names: list, make, remove, rename, link.
 *
 * The vfs trusts its caller for what a kernel checks before it asks a filesystem (that a directory does not move into
 * itself, that kinds match); for callers that bring paths those checks are here.
 */
import { type PosixCode, posixError } from '../../../base/index.js';
import {
  type Attributes,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  ROOT_INO,
  S_IFDIR,
  S_IFLNK,
} from '../../../vfs/types.js';
import type { ListedEntry } from '../service.js';
import type { FileContext, Handlers } from './method.js';
import { isDirectory, isSymlink, isUtf8, type Place } from './path-walk.js';
import { kindOf, statRecord } from './stat-record.js';

const DIRECTORY_MODE = 0o755;
const PAGE_ENTRIES = 4096;
/** How long a recursive removal may hold the main thread at a time; a mount's requests wait as long. */
const SLICE_MS = 2;

export const treeMethods = {
  'fs.readdir'(context, { path, limit = PAGE_ENTRIES, after = 0, stat: withStat = false }) {
    const { filesystem, walk } = context;
    const directory = walk.directory(path, 'readdir');
    const entries: ListedEntry[] = [];
    let next: number | null = null;
    let position = after;
    filesystem.readdir(directory, position, (entry) => {
      if (entries.length === limit) {
        next = position;
        return false;
      }
      const { name, ino, type } = entry;
      const stat = withStat ? { stat: statRecord(filesystem, filesystem.inode(ino)) } : {};
      entries.push({ name, ino, kind: kindOf(type), ...stat });
      position = entry.cookie;
      return true;
    });
    return { entries, next };
  },

  'fs.mkdir'(context, { path, recursive, mode: permissions = DIRECTORY_MODE }) {
    const mode = S_IFDIR | permissions;
    return context.filesystem.outside(() => {
      if (recursive === true) return makeDirectories(context, path, mode);
      const place = context.walk.place(path, { operation: 'mkdir', follow: false });
      if (place.inode !== undefined) throw posixError('EEXIST', 'mkdir', path);
      makeDirectory(context, place, mode);
      return { created: true, first: path };
    });
  },

  'fs.rmdir'(context, { path }) {
    const { directory, name, inode } = context.walk.occupied(path, 'rmdir');
    if (!isDirectory(inode)) throw posixError('ENOTDIR', 'rmdir', path);
    context.filesystem.outside(() => context.filesystem.rmdir(directory, name));
    return {};
  },

  'fs.unlink'(context, { path }) {
    const { directory, name, inode } = context.walk.occupied(path, 'unlink');
    if (isDirectory(inode)) throw posixError('EISDIR', 'unlink', path);
    context.filesystem.outside(() => context.filesystem.unlink(directory, name));
    return {};
  },

  async 'fs.rm'(context, { path, recursive, force }, running) {
    const { filesystem, walk } = context;
    const found = walk.place(path, { operation: 'rm', follow: false });
    if (found.inode === undefined && force === true) return { removed: 0 };
    const { directory, name, inode } = walk.occupied(path, 'rm');
    if (!isDirectory(inode)) {
      filesystem.outside(() => filesystem.unlink(directory, name));
      return { removed: 1 };
    }
    if (recursive !== true) throw posixError('EISDIR', 'rm', path);
    return { removed: await removeTree(context, { directory, name, inode }, running.signal) };
  },

  'fs.rename'(context, { from, to, exchange = false, noReplace = false }) {
    const { filesystem, walk } = context;
    const source = walk.occupied(from, 'rename');
    const target = walk.place(to, { operation: 'rename', follow: false });
    const problem = renameProblem(context, { source, target, exchange, noReplace });
    if (problem !== undefined) throw posixError(problem, 'rename', problem === 'ENOENT' ? from : to);
    if (target.inode?.ino === source.inode.ino) return {};
    const flags = (exchange ? RENAME_EXCHANGE : 0) | (noReplace ? RENAME_NOREPLACE : 0);
    filesystem.outside(() =>
      filesystem.rename(source.directory, source.name, {
        directory: target.directory,
        name: target.name,
        flags,
      }),
    );
    return {};
  },

  'fs.link'(context, { existing, path }) {
    const inode = context.walk.inode(existing, { operation: 'link', follow: false });
    if (isDirectory(inode)) throw posixError('EPERM', 'link', existing);
    const { directory, name } = context.walk.vacant(path, 'link');
    context.filesystem.outside(() => context.filesystem.link(inode, directory, name));
    return {};
  },

  'fs.symlink'(context, { target, path }) {
    if (target === '') throw posixError('ENOENT', 'symlink', path);
    if (target.includes('\0')) throw posixError('EINVAL', 'symlink', path);
    if (!isUtf8(target)) throw posixError('EILSEQ', 'symlink', path);
    if (Buffer.byteLength(target) > 4095) throw posixError('ENAMETOOLONG', 'symlink', path);
    const { directory, name } = context.walk.vacant(path, 'symlink');
    const { uid, gid } = context;
    context.filesystem.outside(() =>
      context.filesystem.create(directory, name, { mode: S_IFLNK | 0o777, uid, gid, target }),
    );
    return {};
  },

  'fs.readlink'(context, { path }) {
    const inode = context.walk.inode(path, { operation: 'readlink', follow: false });
    if (!isSymlink(inode)) throw posixError('EINVAL', 'readlink', path);
    return { target: context.filesystem.readlink(inode) };
  },

  'fs.realpath'(context, { path }) {
    return { path: context.walk.realpath(path, 'realpath') };
  },
} satisfies Handlers<
  | 'fs.readdir'
  | 'fs.mkdir'
  | 'fs.rmdir'
  | 'fs.unlink'
  | 'fs.rm'
  | 'fs.rename'
  | 'fs.link'
  | 'fs.symlink'
  | 'fs.readlink'
  | 'fs.realpath'
>;

function makeDirectory(context: FileContext, place: Place, mode: number): void {
  const { uid, gid } = context;
  context.filesystem.create(place.directory, place.name, { mode, uid, gid });
}

/** `mkdir -p`, and what it made. Throws EEXIST where the path is there and no directory. */
function makeDirectories(
  context: FileContext,
  path: string,
  mode: number,
): { created: boolean; first?: string } {
  let first: string | undefined;
  const names = path.split('/').filter((name) => name !== '');
  for (let count = 1; count <= names.length; count++) {
    const prefix = `/${names.slice(0, count).join('/')}`;
    const place = context.walk.place(prefix, { operation: 'mkdir', follow: true });
    if (place.inode === undefined) {
      makeDirectory(context, place, mode);
      first ??= prefix;
    } else if (!isDirectory(place.inode)) {
      throw posixError(count === names.length ? 'EEXIST' : 'ENOTDIR', 'mkdir', prefix);
    }
  }
  return first === undefined ? { created: false } : { created: true, first };
}

/** The checks of rename(2) that a kernel makes before it asks the filesystem, in its order. */
function renameProblem(
  context: FileContext,
  rename: {
    readonly source: Place & { readonly inode: Attributes };
    readonly target: Place;
    readonly exchange: boolean;
    readonly noReplace: boolean;
  },
): PosixCode | undefined {
  const { source, target, exchange, noReplace } = rename;
  if (exchange && noReplace) return 'EINVAL';
  if (target.name === '') return target.inode?.ino === ROOT_INO ? 'EBUSY' : 'EINVAL';
  if (exchange && target.inode === undefined) return 'ENOENT';
  if (noReplace && target.inode !== undefined) return 'EEXIST';
  if (isDirectory(source.inode) && isWithin(context, target.directory, source.inode)) return 'EINVAL';
  if (target.inode === undefined) return undefined;
  if (isDirectory(target.inode) && isWithin(context, source.directory, target.inode)) {
    return exchange ? 'EINVAL' : 'ENOTEMPTY';
  }
  if (exchange) return undefined;
  if (isDirectory(source.inode) && !isDirectory(target.inode)) return 'ENOTDIR';
  if (!isDirectory(source.inode) && isDirectory(target.inode)) return 'EISDIR';
  return undefined;
}

/** True where `directory` is `ancestor` or below it. */
function isWithin(context: FileContext, directory: Attributes, ancestor: Attributes): boolean {
  let current = directory;
  for (;;) {
    if (current.ino === ancestor.ino) return true;
    if (current.ino === ROOT_INO) return false;
    current = context.filesystem.parentOf(current);
  }
}

/** Removes from the leaves up, in slices; what is made in there meanwhile is removed too, or ends it in ENOTEMPTY. */
async function removeTree(
  context: FileContext,
  top: { readonly directory: Attributes; readonly name: string; readonly inode: Attributes },
  signal: AbortSignal,
): Promise<number> {
  const { filesystem } = context;
  const stack = [{ ...top, listed: false }];
  let removed = 0;
  let sliceEndsMs = performance.now() + SLICE_MS;
  while (stack.length > 0) {
    if (signal.aborted) throw posixError('EAGAIN', 'rm');
    if (performance.now() > sliceEndsMs) {
      await context.breathe();
      sliceEndsMs = performance.now() + SLICE_MS;
    }
    const step = stack.at(-1)!;
    // Between two slices others may have moved or removed it: only what is still there under its name goes.
    const present = filesystem.lookup(step.directory, step.name)?.ino === step.inode.ino;
    if (!present || step.listed || !isDirectory(step.inode)) {
      stack.pop();
      if (!present) continue;
      filesystem.outside(() => {
        if (isDirectory(step.inode)) filesystem.rmdir(step.directory, step.name);
        else filesystem.unlink(step.directory, step.name);
      });
      removed += 1;
      continue;
    }
    step.listed = true;
    const children: { name: string; ino: number }[] = [];
    filesystem.readdir(step.inode, 0, ({ name, ino }) => {
      children.push({ name, ino });
      return true;
    });
    for (const { name, ino } of children) {
      stack.push({ directory: step.inode, name, inode: filesystem.inode(ino), listed: false });
    }
  }
  return removed;
}
