/**
 * The callbacks of the fuse-native package, as calls of the Filesystem: a path is walked to its inode by lookups.
 *
 * Invariants: an open file is held by its inode, counted as a lookup until RELEASE. Reads and writes of a
 * descriptor go by the inode, all else by the path. A callback's first value is 0 or a count, or a negative errno.
 */
import { posixError, splitPath } from '../../base/index.js';
import type { Filesystem } from '../../vfs/index.js';
import { type Attributes, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../vfs/types.js';
import { ERANGE } from '../errno.js';

export interface PathOptions {
  readonly readOnly: boolean;
  /** Hears the name of each callback. */
  count(name: string): void;
  errnoOf(error: unknown): number;
}

type Done = (error: number, result?: unknown, more?: unknown) => void;
type Callback = (...args: never[]) => void;

const PERMISSIONS = 0o7777;
const UNCHANGED = 0xffff_ffff;
const BLOCK_BYTES = 512;

function statOf(filesystem: Filesystem, inode: Attributes): Record<string, number> {
  return {
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    size: inode.size,
    nlink: inode.nlink,
    ino: filesystem.shownIno(inode) % 0x1_0000_0000,
    rdev: inode.rdev,
    blksize: 4096,
    blocks: Math.ceil(filesystem.allocatedBytes(inode) / BLOCK_BYTES),
    atime: milliseconds(inode.atimeSec, inode.atimeNsec),
    mtime: milliseconds(inode.mtimeSec, inode.mtimeNsec),
    ctime: milliseconds(inode.ctimeSec, inode.ctimeNsec),
  };
}

function milliseconds(sec: number, nsec: number): number {
  return Math.max(0, sec * 1000 + Math.floor(nsec / 1e6));
}

function timespec(ms: number): { sec: number; nsec: number } {
  const sec = Math.floor(ms / 1000);
  return { sec, nsec: Math.round((ms - sec * 1000) * 1e6) };
}

/** The package does not say how long a list may be, and throws on one that does not fit: that is ERANGE. */
function fitting(done: Done): Done {
  return (error, result) => {
    try {
      done(error, result);
    } catch {
      done(-ERANGE);
    }
  };
}

/** All callbacks, ready for the package's constructor. */
export function pathOperations(filesystem: Filesystem, options: PathOptions): Record<string, Callback> {
  const open = new Map<number, { readonly inode: Attributes; readonly node: number }>();
  let nextHandle = 1;

  const at = (path: string): Attributes => {
    let inode = filesystem.inode(1);
    for (const name of splitPath(path)) {
      const next = filesystem.lookup(inode, name);
      if (next === undefined) throw posixError('ENOENT', 'lookup', path);
      inode = next;
    }
    return inode;
  };
  const parentAt = (path: string): { directory: Attributes; name: string } => {
    const parts = splitPath(path);
    const name = parts.pop() ?? '';
    return { directory: at(parts.join('/')), name };
  };
  const held = (path: string, handle: number): Attributes => open.get(handle)?.inode ?? at(path);
  const hold = (inode: Attributes): number => {
    const handle = nextHandle++;
    open.set(handle, { inode, node: filesystem.rememberNode(inode) });
    return handle;
  };
  const owner = (mode: number) => ({ mode, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
  const make = (path: string, node: Parameters<Filesystem['create']>[2]): Attributes => {
    const { directory, name } = parentAt(path);
    return filesystem.create(directory, name, node);
  };

  /** Runs `body`, whose result is given to the last argument: the package's `done`. */
  const answer = (name: string, args: readonly unknown[], body: () => unknown): void => {
    const done = args.at(-1) as Done;
    options.count(name);
    let result: unknown;
    try {
      result = body();
    } catch (error) {
      done(-options.errnoOf(error));
      return;
    }
    done(0, result);
  };
  const change = (name: string, args: readonly unknown[], body: () => unknown): void =>
    answer(name, args, () => {
      if (options.readOnly) throw posixError('EROFS', name);
      return body();
    });
  const durable = (name: string, done: Done): void => {
    options.count(name);
    filesystem.sync().then(
      () => done(0),
      (error: unknown) => done(-options.errnoOf(error)),
    );
  };
  /** READ and WRITE answer with their count in the place of the error. */
  const transfer = (name: string, done: Done, body: () => number): void => {
    options.count(name);
    try {
      done(body());
    } catch (error) {
      done(-options.errnoOf(error));
    }
  };

  return {
    getattr: (...args: [path: string, done: Done]) =>
      answer('getattr', args, () => statOf(filesystem, at(args[0]))),
    // The package answers fgetattr with getattr, but only where one is there.
    fgetattr: () => undefined,
    statfs: (...args: [path: string, done: Done]) =>
      answer('statfs', args, () => {
        const statistics = filesystem.statfs();
        return {
          bsize: statistics.blockSize,
          frsize: statistics.blockSize,
          blocks: statistics.blocks,
          bfree: statistics.blocksFree,
          bavail: statistics.blocksAvailable,
          files: statistics.files,
          ffree: statistics.filesFree,
          favail: statistics.filesFree,
          namemax: statistics.nameMax,
        };
      }),
    readdir: (path: string, done: Done) => {
      options.count('readdir');
      const names = ['.', '..'];
      try {
        filesystem.readdir(at(path), 0, (entry) => names.push(entry.name) > 0);
      } catch (error) {
        done(-options.errnoOf(error));
        return;
      }
      done(0, names);
    },
    readlink: (...args: [path: string, done: Done]) =>
      answer('readlink', args, () => filesystem.readlink(at(args[0]))),

    open: (...args: [path: string, flags: number, done: Done]) =>
      answer('open', args, () => hold(at(args[0]))),
    create: (...args: [path: string, mode: number, done: Done]) =>
      change('create', args, () => hold(make(args[0], owner(S_IFREG | (args[1] & PERMISSIONS))))),
    release: (...args: [path: string, handle: number, done: Done]) =>
      answer('release', args, () => {
        const file = open.get(args[1]);
        open.delete(args[1]);
        if (file !== undefined) filesystem.forget(file.node, 1);
      }),
    read: (path: string, handle: number, target: Buffer, length: number, offset: number, done: Done) =>
      transfer('read', done, () => filesystem.read(held(path, handle), offset, target.subarray(0, length))),
    write: (path: string, handle: number, source: Buffer, length: number, offset: number, done: Done) =>
      transfer('write', done, () => {
        if (options.readOnly) throw posixError('EROFS', 'write');
        filesystem.write(held(path, handle), offset, source.subarray(0, length));
        return length;
      }),
    fsync: (_path: string, _handle: number, _dataOnly: number, done: Done) => durable('fsync', done),
    fsyncdir: (_path: string, _handle: number, _dataOnly: number, done: Done) => durable('fsyncdir', done),

    mknod: (...args: [path: string, mode: number, device: number, done: Done]) =>
      change('mknod', args, () => void make(args[0], { ...owner(args[1]), rdev: args[2] })),
    mkdir: (...args: [path: string, mode: number, done: Done]) =>
      change('mkdir', args, () => void make(args[0], owner(S_IFDIR | (args[1] & PERMISSIONS)))),
    symlink: (...args: [target: string, path: string, done: Done]) =>
      change('symlink', args, () => void make(args[1], { ...owner(S_IFLNK | 0o777), target: args[0] })),
    link: (...args: [from: string, to: string, done: Done]) =>
      change('link', args, () => {
        const { directory, name } = parentAt(args[1]);
        filesystem.link(at(args[0]), directory, name);
      }),
    unlink: (...args: [path: string, done: Done]) =>
      change('unlink', args, () => {
        const { directory, name } = parentAt(args[0]);
        filesystem.unlink(directory, name);
      }),
    rmdir: (...args: [path: string, done: Done]) =>
      change('rmdir', args, () => {
        const { directory, name } = parentAt(args[0]);
        filesystem.rmdir(directory, name);
      }),
    rename: (...args: [from: string, to: string, done: Done]) =>
      change('rename', args, () => {
        const from = parentAt(args[0]);
        filesystem.rename(from.directory, from.name, { ...parentAt(args[1]), flags: 0 });
      }),
    truncate: (...args: [path: string, size: number, done: Done]) =>
      change('truncate', args, () => filesystem.setattr(at(args[0]), { size: args[1] })),
    ftruncate: (...args: [path: string, handle: number, size: number, done: Done]) =>
      change('ftruncate', args, () => filesystem.setattr(held(args[0], args[1]), { size: args[2] })),
    utimens: (...args: [path: string, atimeMs: number, mtimeMs: number, done: Done]) =>
      change('utimens', args, () =>
        filesystem.setattr(at(args[0]), { atime: timespec(args[1]), mtime: timespec(args[2]) }),
      ),
    chmod: (...args: [path: string, mode: number, done: Done]) =>
      change('chmod', args, () => {
        const inode = at(args[0]);
        filesystem.setattr(inode, { mode: (inode.mode & S_IFMT) | (args[1] & PERMISSIONS) });
      }),
    chown: (...args: [path: string, uid: number, gid: number, done: Done]) =>
      change('chown', args, () =>
        filesystem.setattr(at(args[0]), {
          ...(args[1] === UNCHANGED ? {} : { uid: args[1] }),
          ...(args[2] === UNCHANGED ? {} : { gid: args[2] }),
        }),
      ),

    setxattr: (...args: [path: string, name: string, value: Buffer, at: number, flags: number, done: Done]) =>
      change('setxattr', args, () =>
        filesystem.setxattr(at(args[0]), args[1], { data: Uint8Array.from(args[2]), flags: args[4] }),
      ),
    getxattr: (...args: [path: string, name: string, at: number, done: Done]) =>
      answer('getxattr', args, () => Buffer.from(filesystem.getxattr(at(args[0]), args[1]))),
    listxattr: (...args: [path: string, done: Done]) =>
      answer('listxattr', [args[0], fitting(args[1])], () => filesystem.listxattr(at(args[0]))),
    removexattr: (...args: [path: string, name: string, done: Done]) =>
      change('removexattr', args, () => filesystem.removexattr(at(args[0]), args[1])),
  };
}
