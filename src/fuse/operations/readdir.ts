/**
 * READDIR and READDIRPLUS: entries packed into the reply, each padded to 8 bytes.
 *
 * Cookies 1 and 2 stand behind `.` and `..`; from there they are the filesystem's own. In READDIRPLUS an entry is
 * counted as a lookup only when it fits the reply, because the kernel forgets what it was given and nothing else;
 * `.` and `..` carry no node and are never counted.
 */
import { posixError } from '../../base/index.js';
import type { Filesystem } from '../../vfs/index.js';
import { type Attributes, type DirectoryEntry, S_IFDIR } from '../../vfs/types.js';
import { putEmptyEntryAt, putEntryAt } from '../attributes.js';
import { type Exchange, REPLY_BODY, requestWord } from '../exchange.js';
import { DIRENT, ENTRY_OUT, READ_IN } from '../protocol/layouts.js';

const OFFSET = requestWord(READ_IN, 'offset');
const SIZE = requestWord(READ_IN, 'size');
const INO = DIRENT.offsets.ino / 4;
const OFF = DIRENT.offsets.off / 4;
const NAMELEN = DIRENT.offsets.namelen / 4;
const TYPE = DIRENT.offsets.type / 4;

const COOKIE_DOT = 1;
const COOKIE_DOT_DOT = 2;
/** dirent's d_type is the upper four bits of the mode. */
const TYPE_SHIFT = 12;

/** Where the packing of one reply stands. One of them, reused: requests come one at a time. */
class Packer {
  exchange!: Exchange;
  filesystem!: Filesystem;
  plus = false;
  /** The next byte of the reply, and the one that may not be written. */
  at = 0;
  end = 0;
  readonly ids = { node: 0, shownIno: 0, allocatedBytes: 0 };

  /** Packs one entry. @returns whether it fitted. */
  readonly visit = (entry: DirectoryEntry): boolean => {
    const start = this.at;
    const inode = this.plus ? this.filesystem.inode(entry.ino) : undefined;
    const shownIno = inode === undefined ? entry.ino : this.filesystem.shownIno(inode);
    if (!this.pack(entry.name, entry.cookie, { ino: shownIno, type: entry.type })) return false;
    if (inode !== undefined) {
      this.ids.node = this.filesystem.rememberNode(inode);
      this.ids.shownIno = shownIno;
      this.ids.allocatedBytes = this.filesystem.allocatedBytes(inode);
      putEntryAt(this.exchange, start / 4, inode, this.ids);
    }
    return true;
  };

  /** Packs a name that carries no node: `.` or `..`. */
  self(name: string, cookie: number, directory: Attributes): boolean {
    const start = this.at;
    const ino = this.filesystem.shownIno(directory);
    if (!this.pack(name, cookie, { ino, type: S_IFDIR })) return false;
    if (this.plus) putEmptyEntryAt(this.exchange, start / 4);
    return true;
  }

  pack(name: string, cookie: number, what: { readonly ino: number; readonly type: number }): boolean {
    const { exchange } = this;
    const { reply, out } = exchange;
    const dirent = this.plus ? this.at + ENTRY_OUT.size : this.at;
    const nameAt = dirent + DIRENT.size;
    const room = this.end - nameAt;
    if (room < name.length) return false;
    const length =
      room >= name.length * 3 ? putName(reply, nameAt, name) : putTightName(reply, nameAt, name, room);
    if (length < 0) return false;
    const padded = (length + 7) & ~7;
    if (padded > room) return false;
    reply.fill(0, nameAt + length, nameAt + padded);
    const word = dirent / 4;
    exchange.put64(word + INO, what.ino);
    exchange.put64(word + OFF, cookie);
    out[word + NAMELEN] = length;
    out[word + TYPE] = what.type >>> TYPE_SHIFT;
    this.at = nameAt + padded;
    return true;
  }
}

/** Writes a name, of which there is certainly room for every byte. @returns its length in bytes. */
function putName(reply: Buffer, at: number, name: string): number {
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    if (code >= 0x80) return reply.write(name, at);
    reply[at + index] = code;
  }
  return name.length;
}

/** The same at the end of the reply; -1 where it does not fit. */
function putTightName(reply: Buffer, at: number, name: string, room: number): number {
  return Buffer.byteLength(name) > room ? -1 : putName(reply, at, name);
}

const packer = new Packer();

export function readdir(exchange: Exchange, filesystem: Filesystem): number {
  return list(exchange, filesystem, false);
}

export function readdirplus(exchange: Exchange, filesystem: Filesystem): number {
  return list(exchange, filesystem, true);
}

function list(exchange: Exchange, filesystem: Filesystem, plus: boolean): number {
  const directory = filesystem.inodeOfNode(exchange.node());
  const size = exchange.in[SIZE]!;
  if (size > exchange.reply.length - REPLY_BODY) throw posixError('EINVAL', 'readdir');
  packer.exchange = exchange;
  packer.filesystem = filesystem;
  packer.plus = plus;
  packer.at = REPLY_BODY;
  packer.end = REPLY_BODY + size;
  const cookie = exchange.u64(OFFSET);
  const room =
    (cookie >= COOKIE_DOT || packer.self('.', COOKIE_DOT, directory)) &&
    (cookie >= COOKIE_DOT_DOT || packer.self('..', COOKIE_DOT_DOT, filesystem.parentOf(directory)));
  if (plus && cookie === 0) filesystem.preload(directory);
  if (room) filesystem.readdir(directory, cookie > COOKIE_DOT_DOT ? cookie : 0, packer.visit);
  return packer.at - REPLY_BODY;
}
