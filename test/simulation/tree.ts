/**
 * What a program sees in a workspace, read through its vfs: every path with what it is and what is in it.
 */
import { type Attributes, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, type Vfs } from '#src/vfs/index.js';

export interface Seen {
  readonly path: string;
  readonly ino: number;
  readonly isDirectory: boolean;
  readonly isFile: boolean;
  /** Of a file its bytes as Latin-1, of a link its target. */
  readonly content: string;
  /** Everything else that is synced. */
  readonly attributes: string;
  readonly links: number;
  /** When anything of it was changed last, though to what it was before. */
  readonly changed: string;
}

export type Tree = ReadonlyMap<string, Seen>;

/** No tree of a simulation is so deep. */
const DEPTH_MAX = 1000;

/** Parents before children, in the order of names. Throws where a directory is in itself. */
export function readTree(vfs: Vfs): Tree {
  const tree = new Map<string, Seen>();
  const visit = (path: string, inode: Attributes): void => {
    if (path.length > DEPTH_MAX) throw new Error(`a directory is in itself: ${path.slice(0, 20)}…`);
    const type = inode.mode & S_IFMT;
    tree.set(path, {
      path,
      ino: inode.ino,
      isDirectory: type === S_IFDIR,
      isFile: type === S_IFREG,
      content: contentOf(vfs, inode),
      attributes: attributesOf(vfs, inode),
      links: inode.nlink,
      changed: `${inode.ctimeSec}.${inode.ctimeNsec}`,
    });
    if (type !== S_IFDIR) return;
    const children: { name: string; ino: number }[] = [];
    vfs.readdir(inode, 0, ({ name, ino }) => children.push({ name, ino }) > 0);
    children.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { name, ino } of children) visit(`${path}/${name}`, vfs.inode(ino));
  };
  visit('', vfs.inode(1));
  return tree;
}

function contentOf(vfs: Vfs, inode: Attributes): string {
  const type = inode.mode & S_IFMT;
  if (type === S_IFLNK) return vfs.readlink(inode);
  if (type !== S_IFREG || inode.size === 0) return '';
  const bytes = Buffer.alloc(inode.size);
  vfs.read(inode, 0, bytes);
  return bytes.toString('latin1');
}

function attributesOf(vfs: Vfs, inode: Attributes): string {
  const isDirectory = (inode.mode & S_IFMT) === S_IFDIR;
  const xattrs = vfs
    .listxattr(inode)
    .sort()
    .map((name) => `${name}=${Buffer.from(vfs.getxattr(inode, name)).toString('base64')}`);
  const time = isDirectory ? '' : `${inode.mtimeSec}.${inode.mtimeNsec}`;
  return [inode.mode.toString(8), inode.uid, inode.gid, time, ...xattrs].join(' ');
}

/** The content of a file by its number; undefined where there is none. */
export function fileContent(vfs: Vfs, ino: number): string | undefined {
  const inode = ino === 0 ? undefined : vfs.state.inodes.get(ino);
  return inode === undefined || (inode.mode & S_IFMT) !== S_IFREG ? undefined : contentOf(vfs, inode);
}

/** Two equal texts are two equal workspaces; directories' times do not count, hard links do. */
export function textOf(tree: Tree): string {
  const first = new Map<number, string>();
  const lines: string[] = [];
  for (const { path, ino, content, attributes, links } of tree.values()) {
    if (!first.has(ino)) first.set(ino, path);
    lines.push(`${path} ${attributes} n${links} =${first.get(ino)} ${JSON.stringify(brief(content))}`);
  }
  return lines.join('\n');
}

/** Long contents begin with what tells them apart. */
function brief(content: string): string {
  return content.length <= 80 ? content : `${content.slice(0, 60)}… (${content.length})`;
}

/** The contents of all files, none of them empty. */
export function contentsOf(tree: Tree): Set<string> {
  const contents = new Set<string>();
  for (const { isFile, content } of tree.values()) if (isFile && content !== '') contents.add(content);
  return contents;
}
