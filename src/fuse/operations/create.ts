/**
 * MKNOD, MKDIR, SYMLINK, LINK, CREATE and TMPFILE: what brings a name or an inode into being.
 *
 * The kernel has applied the umask and looked the name up, and holds its directory. So a name that is there after
 * all came from outside a moment ago, and its invalidation is on the way: ESTALE makes the kernel look again and do
 * what the caller asked for (open what is there, or EEXIST), with the permission checks that an open deserves.
 *
 * CREATE lets us choose how the new file is written. One that is opened to be written only goes past the page cache: the
 * kernel then asks for no `security.capability` before the first write (which it otherwise does for every file: a GETXATTR
 * that a program waits for, against the RELEASE that CREATE brings and nobody waits for), and nothing is copied twice.
 * The price is small, since the kernel reads a file again whose last page it has seen only a part of. What a write must
 * drop is then for us to drop (write.ts). Kernels before 6.18 could keep a page that was read beside such a write: there
 * CREATE is declined (dispatch.ts), and MKNOD and the open without a message take its place.
 */
import { posixError } from '../../base/index.js';
import type { Filesystem } from '../../vfs/index.js';
import { type Attributes, S_IFDIR, S_IFLNK, S_IFREG } from '../../vfs/types.js';
import { replyEntry } from '../attributes.js';
import { type Exchange, REQUEST_BODY, requestWord } from '../exchange.js';
import { O_ACCMODE, O_EXCL, O_WRONLY, OpenFlag } from '../protocol/flags.js';
import { CREATE_IN, LINK_IN, MKDIR_IN, MKNOD_IN } from '../protocol/layouts.js';
import { putOpen } from './open.js';

const MKNOD_MODE = requestWord(MKNOD_IN, 'mode');
const MKNOD_RDEV = requestWord(MKNOD_IN, 'rdev');
const MKNOD_NAME = REQUEST_BODY + MKNOD_IN.size;
const MKDIR_MODE = requestWord(MKDIR_IN, 'mode');
const MKDIR_NAME = REQUEST_BODY + MKDIR_IN.size;
const LINK_OLD = requestWord(LINK_IN, 'oldnodeid');
const LINK_NAME = REQUEST_BODY + LINK_IN.size;
const CREATE_FLAGS = requestWord(CREATE_IN, 'flags');
const CREATE_MODE = requestWord(CREATE_IN, 'mode');
const CREATE_NAME = REQUEST_BODY + CREATE_IN.size;

const PERMISSIONS = 0o7777;

export function mknod(exchange: Exchange, filesystem: Filesystem): number {
  const directory = filesystem.inodeOfNode(exchange.node());
  const name = exchange.name(MKNOD_NAME);
  const mode = exchange.in[MKNOD_MODE]!;
  const rdev = exchange.in[MKNOD_RDEV]!;
  const owner = { mode, uid: exchange.uid(), gid: exchange.gid(), rdev };
  return replyEntry(exchange, filesystem, createFresh(filesystem, directory, { name, node: owner }));
}

export function mkdir(exchange: Exchange, filesystem: Filesystem): number {
  const directory = filesystem.inodeOfNode(exchange.node());
  const name = exchange.name(MKDIR_NAME);
  const mode = S_IFDIR | (exchange.in[MKDIR_MODE]! & PERMISSIONS);
  const made = filesystem.create(directory, name, { mode, uid: exchange.uid(), gid: exchange.gid() });
  return replyEntry(exchange, filesystem, made);
}

export function symlink(exchange: Exchange, filesystem: Filesystem): number {
  const directory = filesystem.inodeOfNode(exchange.node());
  const name = exchange.name(REQUEST_BODY);
  const target = exchange.string(exchange.cursor);
  const mode = S_IFLNK | 0o777;
  const made = filesystem.create(directory, name, { mode, uid: exchange.uid(), gid: exchange.gid(), target });
  return replyEntry(exchange, filesystem, made);
}

export function link(exchange: Exchange, filesystem: Filesystem): number {
  const inode = filesystem.inodeOfNode(exchange.u64(LINK_OLD));
  filesystem.link(inode, filesystem.inodeOfNode(exchange.node()), exchange.name(LINK_NAME));
  return replyEntry(exchange, filesystem, inode);
}

export function create(exchange: Exchange, filesystem: Filesystem): number {
  const directory = filesystem.inodeOfNode(exchange.node());
  const name = exchange.name(CREATE_NAME);
  const mode = S_IFREG | (exchange.in[CREATE_MODE]! & PERMISSIONS);
  const node = { mode, uid: exchange.uid(), gid: exchange.gid() };
  const flags = exchange.in[CREATE_FLAGS]!;
  const exclusive = (flags & O_EXCL) !== 0;
  const direct = exchange.directCreate && (flags & O_ACCMODE) === O_WRONLY;
  const made = exclusive
    ? filesystem.create(directory, name, node)
    : createFresh(filesystem, directory, { name, node });
  const entry = replyEntry(exchange, filesystem, made);
  return entry + putOpen(exchange, entry, direct ? OpenFlag.DIRECT_IO : OpenFlag.KEEP_CACHE);
}

export function tmpfile(exchange: Exchange, filesystem: Filesystem): number {
  const directory = filesystem.inodeOfNode(exchange.node());
  const mode = S_IFREG | (exchange.in[CREATE_MODE]! & PERMISSIONS);
  const made = filesystem.createUnnamed(directory, { mode, uid: exchange.uid(), gid: exchange.gid() });
  const entry = replyEntry(exchange, filesystem, made);
  return entry + putOpen(exchange, entry, OpenFlag.KEEP_CACHE);
}

interface Fresh {
  readonly name: string;
  readonly node: { mode: number; uid: number; gid: number; rdev?: number };
}

function createFresh(filesystem: Filesystem, directory: Attributes, fresh: Fresh): Attributes {
  try {
    return filesystem.create(directory, fresh.name, fresh.node);
  } catch (error) {
    if (filesystem.lookup(directory, fresh.name) === undefined) throw error;
    throw posixError('ESTALE', 'create', fresh.name);
  }
}
