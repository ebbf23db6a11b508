/**
 * The requests of the FUSE protocol as one table: opcode number, name, what the kernel sends and what it wants back.
 *
 * A request is the in_header, then the `request` struct, then `names` strings, each ended by NUL, then, for those
 * marked `data`, bytes. A reply is the out_header and the `reply` struct, or bytes, or nothing at all for the
 * three that are never answered. Order of kernel ABI 7.45. Pure data.
 */
import * as layout from './layouts.js';
import type { Struct } from './struct.js';

export interface Message {
  readonly name: string;
  readonly opcode: number;
  /** The fixed part after the header; absent where there is none. */
  readonly request?: Struct;
  /** NUL-terminated strings after the fixed part. */
  readonly names: 0 | 1 | 2;
  /** Bytes follow: of a write, of an extended attribute, of a batch of forgets. */
  readonly data?: true;
  /** `bytes`: as many as there are; `none`: the kernel waits for no reply and must not get one. */
  readonly reply: readonly Struct[] | 'bytes' | 'none';
}

const EMPTY: readonly Struct[] = [];

export const Opcode = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  FSYNC: 20,
  SETXATTR: 21,
  GETXATTR: 22,
  LISTXATTR: 23,
  REMOVEXATTR: 24,
  FLUSH: 25,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  GETLK: 31,
  SETLK: 32,
  SETLKW: 33,
  ACCESS: 34,
  CREATE: 35,
  INTERRUPT: 36,
  BMAP: 37,
  DESTROY: 38,
  IOCTL: 39,
  POLL: 40,
  NOTIFY_REPLY: 41,
  BATCH_FORGET: 42,
  FALLOCATE: 43,
  READDIRPLUS: 44,
  RENAME2: 45,
  LSEEK: 46,
  COPY_FILE_RANGE: 47,
  SETUPMAPPING: 48,
  REMOVEMAPPING: 49,
  SYNCFS: 50,
  TMPFILE: 51,
  STATX: 52,
  COPY_FILE_RANGE_64: 53,
} as const;

export type OpcodeName = keyof typeof Opcode;

/** One more than the largest opcode of this table. */
export const OPCODE_LIMIT = 54;

type Shape = Omit<Message, 'name' | 'opcode'>;

/** The shapes of the requests that this server reads or answers; the others are only counted and refused. */
const SHAPES: Partial<Record<OpcodeName, Shape>> = {
  LOOKUP: { names: 1, reply: [layout.ENTRY_OUT] },
  FORGET: { request: layout.FORGET_IN, names: 0, reply: 'none' },
  GETATTR: { request: layout.GETATTR_IN, names: 0, reply: [layout.ATTR_OUT] },
  SETATTR: { request: layout.SETATTR_IN, names: 0, reply: [layout.ATTR_OUT] },
  READLINK: { names: 0, reply: 'bytes' },
  SYMLINK: { names: 2, reply: [layout.ENTRY_OUT] },
  MKNOD: { request: layout.MKNOD_IN, names: 1, reply: [layout.ENTRY_OUT] },
  MKDIR: { request: layout.MKDIR_IN, names: 1, reply: [layout.ENTRY_OUT] },
  UNLINK: { names: 1, reply: EMPTY },
  RMDIR: { names: 1, reply: EMPTY },
  RENAME: { request: layout.RENAME_IN, names: 2, reply: EMPTY },
  LINK: { request: layout.LINK_IN, names: 1, reply: [layout.ENTRY_OUT] },
  OPEN: { request: layout.OPEN_IN, names: 0, reply: [layout.OPEN_OUT] },
  READ: { request: layout.READ_IN, names: 0, reply: 'bytes' },
  WRITE: { request: layout.WRITE_IN, names: 0, data: true, reply: [layout.WRITE_OUT] },
  STATFS: { names: 0, reply: [layout.STATFS_OUT] },
  RELEASE: { request: layout.RELEASE_IN, names: 0, reply: EMPTY },
  FSYNC: { request: layout.FSYNC_IN, names: 0, reply: EMPTY },
  SETXATTR: { request: layout.SETXATTR_IN, names: 1, data: true, reply: EMPTY },
  GETXATTR: { request: layout.GETXATTR_IN, names: 1, reply: 'bytes' },
  LISTXATTR: { request: layout.GETXATTR_IN, names: 0, reply: 'bytes' },
  REMOVEXATTR: { names: 1, reply: EMPTY },
  FLUSH: { request: layout.FLUSH_IN, names: 0, reply: EMPTY },
  INIT: { request: layout.INIT_IN, names: 0, reply: [layout.INIT_OUT] },
  OPENDIR: { request: layout.OPEN_IN, names: 0, reply: [layout.OPEN_OUT] },
  READDIR: { request: layout.READ_IN, names: 0, reply: 'bytes' },
  RELEASEDIR: { request: layout.RELEASE_IN, names: 0, reply: EMPTY },
  FSYNCDIR: { request: layout.FSYNC_IN, names: 0, reply: EMPTY },
  ACCESS: { request: layout.ACCESS_IN, names: 0, reply: EMPTY },
  CREATE: { request: layout.CREATE_IN, names: 1, reply: [layout.ENTRY_OUT, layout.OPEN_OUT] },
  INTERRUPT: { request: layout.INTERRUPT_IN, names: 0, reply: 'none' },
  DESTROY: { names: 0, reply: EMPTY },
  BATCH_FORGET: { request: layout.BATCH_FORGET_IN, names: 0, data: true, reply: 'none' },
  FALLOCATE: { request: layout.FALLOCATE_IN, names: 0, reply: EMPTY },
  READDIRPLUS: { request: layout.READ_IN, names: 0, reply: 'bytes' },
  RENAME2: { request: layout.RENAME2_IN, names: 2, reply: EMPTY },
  LSEEK: { request: layout.LSEEK_IN, names: 0, reply: [layout.LSEEK_OUT] },
  COPY_FILE_RANGE: { request: layout.COPY_FILE_RANGE_IN, names: 0, reply: [layout.WRITE_OUT] },
  SYNCFS: { request: layout.SYNCFS_IN, names: 0, reply: EMPTY },
  TMPFILE: { request: layout.CREATE_IN, names: 1, reply: [layout.ENTRY_OUT, layout.OPEN_OUT] },
  STATX: { request: layout.STATX_IN, names: 0, reply: [layout.STATX_OUT] },
  COPY_FILE_RANGE_64: {
    request: layout.COPY_FILE_RANGE_IN,
    names: 0,
    reply: [layout.COPY_FILE_RANGE_OUT],
  },
};

const NAMES = new Map<number, OpcodeName>(
  Object.entries(Opcode).map(([name, opcode]) => [opcode, name as OpcodeName]),
);

/** The messages whose shape is known, by opcode. */
export const MESSAGES: ReadonlyMap<number, Message> = new Map(
  Object.entries(SHAPES).map(([name, shape]) => {
    const opcode = Opcode[name as OpcodeName];
    return [opcode, { name, opcode, ...shape }];
  }),
);

/** `LOOKUP` for 1; `UNKNOWN` for a number that is not in the table. */
export function opcodeName(opcode: number): OpcodeName | 'UNKNOWN' {
  return NAMES.get(opcode) ?? 'UNKNOWN';
}

/** The fewest bytes that a request of this opcode can have, header and NULs included. INIT is shorter on old kernels. */
export function minimumLength(opcode: number): number {
  const message = MESSAGES.get(opcode);
  if (message === undefined) return layout.IN_HEADER.size;
  return layout.IN_HEADER.size + (message.request?.size ?? 0) + message.names;
}
