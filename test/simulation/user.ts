/**
 * What the programs on one agent do: any operation of the filesystem, on what is there or might be.
 *
 * Few names and many directories, so that agents meet. Every content is written once in a simulation, so a content tells
 * who wrote it and when.
 */
import { AgentFsError } from '#src/base/index.js';
import {
  type Attributes,
  RENAME_EXCHANGE,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFREG,
  type Vfs,
} from '#src/vfs/index.js';
import type { Random } from './random.js';
import type { Seen, Tree } from './tree.js';

const OWNER = { uid: 1000, gid: 1000 };
const NAMES = ['a', 'b', 'c', 'd'];
/** Above this much of the tree is removed again. */
const CROWDED = 24;

export interface UserOptions {
  readonly random: Random;
  /** A text that no other content has. */
  readonly fresh: () => string;
  /** Whether files may be so large that they are cut into chunks. */
  readonly large: boolean;
}

/** Does one thing and returns what, as a person would say it. What cannot be done is not done. */
export function act(vfs: Vfs, tree: Tree, options: UserOptions): string {
  const { random, fresh, large } = options;
  const all = [...tree.values()].filter(({ path }) => path !== '');
  const directories = all.filter((it) => it.isDirectory);
  const files = all.filter((it) => it.isFile);
  const any = pick(random, all);
  const file = pick(random, files);
  const directory = pick(random, directories);
  const target = `${(pick(random, [undefined, ...directories]) as Seen | undefined)?.path ?? ''}/${random.pick(NAMES)}`;
  const hands = new Hands(vfs);
  const does: [number, unknown, () => string][] = [
    [6, true, () => hands.write(target, fresh())],
    [7, file, () => hands.write(file!.path, fresh())],
    [large ? 3 : 0, true, () => hands.write(target, fresh() + filling(random))],
    [large ? 2 : 0, file, () => hands.writeAt(file!.path, random.below(60_000), fresh())],
    [3, file, () => hands.append(file!.path, fresh())],
    [4, file, () => hands.replace(file!.path, fresh())],
    [1, file, () => hands.truncate(file!.path)],
    [5, true, () => hands.mkdir(target)],
    [3, any, () => hands.chmod(any!, random.pick([0o600, 0o644, 0o755]))],
    [1, any, () => hands.chown(any!.path, random.below(3))],
    [1, any, () => hands.setxattr(any!.path, fresh())],
    [1, file, () => hands.touch(file!.path, random.below(1_000_000))],
    [5, file, () => hands.rename(file!.path, target)],
    [6, directory, () => hands.rename(directory!.path, target)],
    [2, any && file, () => hands.rename(any!.path, file!.path, RENAME_EXCHANGE)],
    [2, any && directory, () => hands.rename(any!.path, directory!.path, RENAME_EXCHANGE)],
    [3, file, () => hands.link(file!.path, target)],
    [2, true, () => hands.symlink(fresh(), target)],
    [1, true, () => hands.mknod(target)],
    [4, file, () => hands.remove(file!)],
    [all.length > CROWDED ? 20 : 3, any, () => hands.remove(any!)],
  ];
  try {
    const possible = does.filter(([, needed]) => needed);
    return random.weighted(possible.map(([weight, , deed]) => [weight, deed] as const))();
  } catch (error) {
    if (!(error instanceof AgentFsError) || !/^E[A-Z0-9]+$/.test(error.code)) throw error;
    return `${error.operation ?? ''}: ${error.code}`;
  }
}

function pick<T>(random: Random, items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : random.pick(items);
}

/** Enough for a few chunks, and not the same everywhere. */
function filling(random: Random): string {
  const line = `${random.next()} ${random.next()}\n`;
  return line.repeat(Math.ceil((20_000 + random.below(60_000)) / line.length));
}

/** Operations by path. They return what was done. */
export class Hands {
  readonly #vfs: Vfs;

  constructor(vfs: Vfs) {
    this.#vfs = vfs;
  }

  #find(path: string): Attributes | undefined {
    let at: Attributes | undefined = this.#vfs.inode(1);
    for (const name of path.split('/')) if (name !== '' && at !== undefined) at = this.#vfs.lookup(at, name);
    return at;
  }

  #inode(path: string): Attributes {
    const inode = this.#find(path);
    if (inode === undefined) throw new AgentFsError('ENOENT', path, { operation: path });
    return inode;
  }

  #place(path: string): { parent: Attributes; name: string } {
    const cut = path.lastIndexOf('/');
    return { parent: this.#inode(path.slice(0, cut)), name: path.slice(cut + 1) };
  }

  #create(path: string, mode: number, target?: string): Attributes {
    const { parent, name } = this.#place(path);
    return this.#vfs.create(parent, name, { ...OWNER, mode, ...(target === undefined ? {} : { target }) });
  }

  write(path: string, content: string): string {
    const inode = this.#find(path) ?? this.#create(path, S_IFREG | 0o644);
    this.#vfs.setattr(inode, { size: 0 });
    this.#vfs.write(inode, 0, Buffer.from(content, 'latin1'));
    return `write ${path} ${content.slice(0, 20)}`;
  }

  writeAt(path: string, offset: number, content: string): string {
    const inode = this.#inode(path);
    this.#vfs.write(inode, Math.min(offset, inode.size), Buffer.from(content, 'latin1'));
    return `write into ${path} ${content}`;
  }

  append(path: string, content: string): string {
    return this.writeAt(path, Number.MAX_SAFE_INTEGER, content);
  }

  truncate(path: string): string {
    const inode = this.#inode(path);
    // Never to a part of it, which another content may be.
    this.#vfs.setattr(inode, { size: inode.size % 2 === 0 ? 0 : inode.size + 7 });
    return `truncate ${path}`;
  }

  replace(path: string, content: string): string {
    this.write(`${path}~`, content);
    this.rename(`${path}~`, path);
    return `replace ${path} ${content}`;
  }

  mkdir(path: string): string {
    this.#create(path, S_IFDIR | 0o755);
    return `mkdir ${path}`;
  }

  symlink(target: string, path: string): string {
    this.#create(path, S_IFLNK | 0o777, target);
    return `symlink ${path}`;
  }

  mknod(path: string): string {
    this.#create(path, S_IFIFO | 0o600);
    return `mknod ${path}`;
  }

  chmod({ path, isDirectory }: Seen, mode: number): string {
    this.#vfs.setattr(this.#inode(path), { mode: isDirectory ? mode | 0o100 : mode });
    return `chmod ${path} ${mode.toString(8)}`;
  }

  chown(path: string, uid: number): string {
    this.#vfs.setattr(this.#inode(path), { uid });
    return `chown ${path} ${uid}`;
  }

  setxattr(path: string, value: string): string {
    this.#vfs.setxattr(this.#inode(path), 'user.note', { data: Buffer.from(value), flags: 0 });
    return `setxattr ${path} ${value}`;
  }

  touch(path: string, sec: number): string {
    this.#vfs.setattr(this.#inode(path), { mtime: { sec, nsec: 0 } });
    return `touch ${path} ${sec}`;
  }

  rename(from: string, to: string, flags = 0): string {
    const [source, target] = [this.#place(from), this.#place(to)];
    this.#vfs.rename(source.parent, source.name, { directory: target.parent, name: target.name, flags });
    return `rename ${from} ${to}${flags === RENAME_EXCHANGE ? ' (exchange)' : ''}`;
  }

  link(from: string, to: string): string {
    const { parent, name } = this.#place(to);
    this.#vfs.link(this.#inode(from), parent, name);
    return `link ${from} ${to}`;
  }

  remove({ path, isDirectory }: Pick<Seen, 'path' | 'isDirectory'>): string {
    const { parent, name } = this.#place(path);
    if (!isDirectory) this.#vfs.unlink(parent, name);
    else {
      const inside: Pick<Seen, 'path' | 'isDirectory'>[] = [];
      this.#vfs.readdir(this.#inode(path), 0, (entry) => {
        inside.push({ path: `${path}/${entry.name}`, isDirectory: entry.type === S_IFDIR });
        return true;
      });
      for (const it of inside) this.remove(it);
      this.#vfs.rmdir(parent, name);
    }
    return `remove ${path}`;
  }
}
