/**
 * Encodes the attributes of an inode and the entry around them into a reply.
 *
 * Invariants: every word of the struct is written. Names, absences and attributes stay valid in the kernel for a
 * day, because every change from outside is notified (invalidation.ts); generation is 0, since inode numbers are
 * never used again.
 */
import type { Attributes, Filesystem } from '../vfs/index.js';
import { type Exchange, REPLY_BODY, replyWord } from './exchange.js';
import { ATTR, ATTR_OUT, ENTRY_OUT } from './protocol/layouts.js';

/** How long the kernel may keep what it was told, in seconds. */
export const VALID_SECONDS = 86_400;

/**
 * The preferred size of reads and writes (st_blksize), in bytes: stdio, Python and getdents take their buffers from
 * it, so one of 64 KiB saves 15 of 16 requests of a program that prints line by line into a file.
 */
export const PREFERRED_IO_BYTES = 65_536;

const BLOCK_BYTES = 512;

const at = (field: keyof typeof ATTR.offsets): number => ATTR.offsets[field] / 4;
const INO = at('ino');
const SIZE = at('size');
const BLOCKS = at('blocks');
const ATIME = at('atime');
const MTIME = at('mtime');
const CTIME = at('ctime');
const ATIME_NSEC = at('atimensec');
const MTIME_NSEC = at('mtimensec');
const CTIME_NSEC = at('ctimensec');
const MODE = at('mode');
const NLINK = at('nlink');
const UID = at('uid');
const GID = at('gid');
const RDEV = at('rdev');
const BLKSIZE = at('blksize');
const FLAGS = at('flags');

const ENTRY_NODE = ENTRY_OUT.offsets.nodeid / 4;
const ENTRY_GENERATION = ENTRY_OUT.offsets.generation / 4;
const ENTRY_VALID = ENTRY_OUT.offsets.entry_valid / 4;
const ENTRY_ATTR_VALID = ENTRY_OUT.offsets.attr_valid / 4;
const ENTRY_VALID_NSEC = ENTRY_OUT.offsets.entry_valid_nsec / 4;
const ENTRY_ATTR_VALID_NSEC = ENTRY_OUT.offsets.attr_valid_nsec / 4;
const ENTRY_ATTR = ENTRY_OUT.offsets.ino / 4;
const ENTRY_WORDS = ENTRY_OUT.size / 4;

const ATTR_VALID = replyWord(ATTR_OUT, 'attr_valid');
const ATTR_VALID_NSEC = replyWord(ATTR_OUT, 'attr_valid_nsec');
const ATTR_DUMMY = replyWord(ATTR_OUT, 'dummy');
const ATTR_BODY = replyWord(ATTR_OUT, 'ino');

const BODY_WORD = REPLY_BODY / 4;

/** Puts fuse_attr at a word of the reply. */
export function putAttributes(exchange: Exchange, word: number, inode: Attributes, shown: Shown): void {
  const { out } = exchange;
  exchange.put64(word + INO, shown.shownIno);
  exchange.put64(word + SIZE, inode.size);
  exchange.put64(word + BLOCKS, Math.ceil(shown.allocatedBytes / BLOCK_BYTES));
  exchange.put64(word + ATIME, inode.atimeSec);
  exchange.put64(word + MTIME, inode.mtimeSec);
  exchange.put64(word + CTIME, inode.ctimeSec);
  out[word + ATIME_NSEC] = inode.atimeNsec;
  out[word + MTIME_NSEC] = inode.mtimeNsec;
  out[word + CTIME_NSEC] = inode.ctimeNsec;
  out[word + MODE] = inode.mode;
  out[word + NLINK] = inode.nlink;
  out[word + UID] = inode.uid;
  out[word + GID] = inode.gid;
  out[word + RDEV] = inode.rdev;
  out[word + BLKSIZE] = PREFERRED_IO_BYTES;
  out[word + FLAGS] = 0;
}

/** Puts fuse_entry_out for `node` at a word of the reply. The caller has counted the lookup. */
export function putEntryAt(exchange: Exchange, word: number, inode: Attributes, ids: EntryIds): void {
  const { out } = exchange;
  exchange.put64(word + ENTRY_NODE, ids.node);
  out[word + ENTRY_GENERATION] = 0;
  out[word + ENTRY_GENERATION + 1] = 0;
  out[word + ENTRY_VALID] = VALID_SECONDS;
  out[word + ENTRY_VALID + 1] = 0;
  out[word + ENTRY_ATTR_VALID] = VALID_SECONDS;
  out[word + ENTRY_ATTR_VALID + 1] = 0;
  out[word + ENTRY_VALID_NSEC] = 0;
  out[word + ENTRY_ATTR_VALID_NSEC] = 0;
  putAttributes(exchange, word + ENTRY_ATTR, inode, ids);
}

/** Puts a fuse_entry_out that names nothing: every word 0. */
export function putEmptyEntryAt(exchange: Exchange, word: number): void {
  exchange.out.fill(0, word, word + ENTRY_WORDS);
}

/** What of an inode's attributes only the filesystem knows. */
interface Shown {
  shownIno: number;
  allocatedBytes: number;
}

interface EntryIds extends Shown {
  node: number;
}

/** Answers with an entry, and counts the lookup. @returns the length of the body. */
export function replyEntry(exchange: Exchange, filesystem: Filesystem, inode: Attributes): number {
  ids.node = filesystem.rememberNode(inode);
  ids.shownIno = filesystem.shownIno(inode);
  ids.allocatedBytes = filesystem.allocatedBytes(inode);
  putEntryAt(exchange, BODY_WORD, inode, ids);
  return ENTRY_OUT.size;
}

/** Reused by `replyEntry` and `replyAttributes`, which never nest. */
const ids: EntryIds = { node: 0, shownIno: 0, allocatedBytes: 0 };

/** Answers that there is no such name, in a way that the kernel remembers. @returns the length of the body. */
export function replyAbsent(exchange: Exchange): number {
  putEmptyEntryAt(exchange, BODY_WORD);
  exchange.out[BODY_WORD + ENTRY_VALID] = VALID_SECONDS;
  return ENTRY_OUT.size;
}

/** Answers with attributes. @returns the length of the body. */
export function replyAttributes(exchange: Exchange, filesystem: Filesystem, inode: Attributes): number {
  const { out } = exchange;
  out[ATTR_VALID] = VALID_SECONDS;
  out[ATTR_VALID + 1] = 0;
  out[ATTR_VALID_NSEC] = 0;
  out[ATTR_DUMMY] = 0;
  ids.shownIno = filesystem.shownIno(inode);
  ids.allocatedBytes = filesystem.allocatedBytes(inode);
  putAttributes(exchange, ATTR_BODY, inode, ids);
  return ATTR_OUT.size;
}
