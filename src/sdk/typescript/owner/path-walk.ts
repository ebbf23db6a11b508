/**
 * Paths to inodes: what the kernel does for the mount, done for callers that bring a path.
 *
 * `/` and every absolute symlink mean the workspace's root, so no path leads out of it. `..` is the parent of the
 * directory that was reached, not of its spelling. More than 40 symlinks are ELOOP, as in Linux. No permissions are
 * checked: whoever reaches the owner owns the workspace.
 */
import { entryNameProblem, posixError } from '../../../base/index.js';
import type { Filesystem } from '../../../vfs/filesystem.js';
import { type Attributes, ROOT_INO, S_IFDIR, S_IFLNK, S_IFMT } from '../../../vfs/types.js';

/** MAXSYMLINKS of Linux's path_resolution(7). */
const SYMLINKS_MAX = 40;
const PATH_MAX_BYTES = 4096 * 4;

/** Where a path ends: the directory and the name in it, and what is there now. */
export interface Place {
  readonly directory: Attributes;
  /** '' where the path ends in the root, `.` or `..`: such a place can be neither made nor removed. */
  readonly name: string;
  readonly inode: Attributes | undefined;
}

export interface WalkOptions {
  readonly operation: string;
  /** Follow a symlink at the end. */
  readonly follow: boolean;
}

export class PathWalk {
  readonly #filesystem: Filesystem;

  constructor(filesystem: Filesystem) {
    this.#filesystem = filesystem;
  }

  /** What the path names. Throws ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EILSEQ, EINVAL. */
  inode(path: string, options: WalkOptions): Attributes {
    const { inode } = this.place(path, options);
    if (inode === undefined) throw posixError('ENOENT', options.operation, path);
    return inode;
  }

  /** The directory that the path names. */
  directory(path: string, operation: string): Attributes {
    const inode = this.inode(path, { operation, follow: true });
    if (!isDirectory(inode)) throw posixError('ENOTDIR', operation, path);
    return inode;
  }

  /** Where the path ends, whether or not something is there; all before the last name must be. */
  place(path: string, options: WalkOptions): Place {
    const { operation } = options;
    checkPath(path, operation);
    const filesystem = this.#filesystem;
    const root = filesystem.inode(ROOT_INO);
    const names = split(path);
    const mustBeDirectory = path.endsWith('/');
    let directory = root;
    let links = 0;
    for (;;) {
      const name = names.pop();
      if (name === undefined)
        return { directory: filesystem.parentOf(directory), name: '', inode: directory };
      if (name === '..') {
        directory = filesystem.parentOf(directory);
        continue;
      }
      const problem = entryNameProblem(name);
      if (problem !== undefined) throw posixError(problem, operation, path);
      const inode = filesystem.lookup(directory, name);
      const last = names.length === 0;
      if (inode !== undefined && isSymlink(inode) && (!last || options.follow || mustBeDirectory)) {
        links += 1;
        if (links > SYMLINKS_MAX) throw posixError('ELOOP', operation, path);
        const target = filesystem.readlink(inode);
        if (target.startsWith('/')) directory = root;
        names.push(...split(target));
        continue;
      }
      if (last) {
        if (mustBeDirectory && inode !== undefined && !isDirectory(inode)) {
          throw posixError('ENOTDIR', operation, path);
        }
        return { directory, name, inode };
      }
      if (inode === undefined) throw posixError('ENOENT', operation, path);
      if (!isDirectory(inode)) throw posixError('ENOTDIR', operation, path);
      directory = inode;
    }
  }

  /** As `place`, where an entry is to be made: throws EEXIST where something is there. */
  vacant(path: string, operation: string): Place {
    const place = this.place(path, { operation, follow: false });
    if (place.inode !== undefined) throw posixError('EEXIST', operation, path);
    return place;
  }

  /** As `place`, of an entry that is there and can be removed or moved: ENOENT, EBUSY for the root, EINVAL for dots. */
  occupied(path: string, operation: string): Place & { readonly inode: Attributes } {
    const { directory, name, inode } = this.place(path, { operation, follow: false });
    if (inode === undefined) throw posixError('ENOENT', operation, path);
    if (name === '') throw posixError(inode.ino === ROOT_INO ? 'EBUSY' : 'EINVAL', operation, path);
    return { directory, name, inode };
  }

  /** The path of a directory or file that was reached, without symlinks. */
  realpath(path: string, operation: string): string {
    const { directory, name, inode } = this.place(path, { operation, follow: true });
    if (inode === undefined) throw posixError('ENOENT', operation, path);
    const names = name === '' ? [] : [name];
    let current = name === '' ? inode : directory;
    while (current.ino !== ROOT_INO) {
      const parent = this.#filesystem.parentOf(current);
      const found = this.#nameIn(parent, current.ino);
      if (found === undefined) throw posixError('ENOENT', operation, path);
      names.push(found);
      current = parent;
    }
    return `/${names.reverse().join('/')}`;
  }

  #nameIn(directory: Attributes, ino: number): string | undefined {
    let name: string | undefined;
    this.#filesystem.readdir(directory, 0, (entry) => {
      if (entry.ino === ino) name = entry.name;
      return name === undefined;
    });
    return name;
  }
}

/** False for a string with half a surrogate pair, which no UTF-8 can carry. */
export function isUtf8(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

export function isDirectory(inode: Attributes): boolean {
  return (inode.mode & S_IFMT) === S_IFDIR;
}

export function isSymlink(inode: Attributes): boolean {
  return (inode.mode & S_IFMT) === S_IFLNK;
}

/** The path's names, last first: a stack to walk from. */
function split(path: string): string[] {
  return path
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .reverse();
}

function checkPath(path: string, operation: string): void {
  if (path === '') throw posixError('ENOENT', operation, path);
  if (path.includes('\0')) throw posixError('EINVAL', operation);
  if (!isUtf8(path)) throw posixError('EILSEQ', operation);
  if (path.length > PATH_MAX_BYTES) throw posixError('ENAMETOOLONG', operation);
}
