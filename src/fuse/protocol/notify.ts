/**
 * The notifications that a server may send to the kernel, encoded whole: an out_header whose unique is 0 and whose
 * error field is the notification's code, then its struct and name. Each function returns a new Buffer.
 *
 * Which of them take locks that requests in flight hold, and so must never be written by the thread that answers
 * requests, is told in the manual of fuse/index.ts. Pure.
 */
import { NOTIFY_DELETE_OUT, NOTIFY_INVAL_ENTRY_OUT, NOTIFY_INVAL_INODE_OUT, OUT_HEADER } from './layouts.js';
import { encode } from './struct.js';

export const NotifyCode = {
  POLL: 1,
  INVAL_INODE: 2,
  INVAL_ENTRY: 3,
  STORE: 4,
  RETRIEVE: 5,
  DELETE: 6,
  RESEND: 7,
  INC_EPOCH: 8,
  PRUNE: 9,
} as const;

function message(code: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const header = encode(OUT_HEADER, { len: OUT_HEADER.size + body.length, error: code });
  return Buffer.concat([header, body]);
}

/**
 * The kernel drops what it knows of a node: attributes always, and the cached bytes from `offset` on, `length` of
 * them; a length of 0 is up to the end, an offset of -1 leaves all cached bytes alone.
 */
export function invalidateInode(node: number, offset: number, length: number): Buffer {
  return message(
    NotifyCode.INVAL_INODE,
    encode(NOTIFY_INVAL_INODE_OUT, { ino: node, off: offset, len: length }),
  );
}

/** The kernel drops the name, also a remembered absence. */
export function invalidateEntry(parentNode: number, name: string): Buffer {
  const bytes = Buffer.from(`${name}\0`);
  return message(
    NotifyCode.INVAL_ENTRY,
    encode(NOTIFY_INVAL_ENTRY_OUT, { parent: parentNode, namelen: bytes.length - 1 }),
    bytes,
  );
}

/** As `invalidateEntry`, and tells the kernel that the node was removed, so that watchers (inotify) hear of it. */
export function deleteEntry(parentNode: number, childNode: number, name: string): Buffer {
  const bytes = Buffer.from(`${name}\0`);
  return message(
    NotifyCode.DELETE,
    encode(NOTIFY_DELETE_OUT, { parent: parentNode, child: childNode, namelen: bytes.length - 1 }),
    bytes,
  );
}

/** Every name that the kernel remembers is looked up again before it is used (ABI 7.44). Takes no locks. */
export function incrementEpoch(): Buffer {
  return message(NotifyCode.INC_EPOCH);
}
