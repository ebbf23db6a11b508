/**
 * The table from opcode to operation, and the requests that are declined on purpose.
 *
 * Declined is answered with ENOSYS, which for these opcodes is an answer with a meaning: the kernel does without from
 * then on and sends no more of them. All are counted like every other request.
 */
import { ENOSYS } from './errno.js';
import type { Exchange } from './exchange.js';
import type { Operation } from './operation.js';
import { access } from './operations/access.js';
import { getattr, setattr } from './operations/attributes.js';
import { destroy, interrupt } from './operations/control.js';
import { create, link, mkdir, mknod, symlink, tmpfile } from './operations/create.js';
import { batchForget, forget } from './operations/forget.js';
import { init } from './operations/init.js';
import { lookup } from './operations/lookup.js';
import { open, opendir, release, releasedir } from './operations/open.js';
import { copyFileRange, copyFileRange64, fallocate, lseek } from './operations/range.js';
import { read } from './operations/read.js';
import { readdir, readdirplus } from './operations/readdir.js';
import { readlink } from './operations/readlink.js';
import { rename, rename2, rmdir, unlink } from './operations/remove.js';
import { statfs } from './operations/statfs.js';
import { fsync, fsyncdir, syncfs } from './operations/sync.js';
import { write } from './operations/write.js';
import { getxattr, listxattr, removexattr, setxattr } from './operations/xattr.js';
import { minimumLength, OPCODE_LIMIT, Opcode, type OpcodeName } from './protocol/opcodes.js';

/** ENOSYS that the kernel remembers. */
function decline(): number {
  return -ENOSYS;
}

/**
 * MKNOD and an open without a message do the work of CREATE, and save the RELEASE that it would bring: the better one where
 * CREATE cannot save what operations/create.ts says.
 */
function createOrDecline(exchange: Exchange, filesystem: Parameters<Operation>[1]): number {
  return exchange.zeroMessageOpen && !exchange.directCreate ? -ENOSYS : create(exchange, filesystem);
}

const OPERATIONS: Partial<Record<OpcodeName, Operation>> = {
  LOOKUP: lookup,
  FORGET: forget,
  GETATTR: getattr,
  SETATTR: setattr,
  READLINK: readlink,
  SYMLINK: symlink,
  MKNOD: mknod,
  MKDIR: mkdir,
  UNLINK: unlink,
  RMDIR: rmdir,
  RENAME: rename,
  LINK: link,
  OPEN: open,
  READ: read,
  WRITE: write,
  STATFS: statfs,
  RELEASE: release,
  FSYNC: fsync,
  SETXATTR: setxattr,
  GETXATTR: getxattr,
  LISTXATTR: listxattr,
  REMOVEXATTR: removexattr,
  // Nothing is kept per open file, so a close has nothing to write back.
  FLUSH: decline,
  INIT: init,
  OPENDIR: opendir,
  READDIR: readdir,
  RELEASEDIR: releasedir,
  FSYNCDIR: fsyncdir,
  ACCESS: access,
  CREATE: createOrDecline,
  INTERRUPT: interrupt,
  DESTROY: destroy,
  BATCH_FORGET: batchForget,
  FALLOCATE: fallocate,
  READDIRPLUS: readdirplus,
  RENAME2: rename2,
  LSEEK: lseek,
  COPY_FILE_RANGE: copyFileRange,
  SYNCFS: syncfs,
  TMPFILE: tmpfile,
  // It would add a birth time, which no table keeps, and cost a request for each file that Node or Rust stats:
  // their stat asks for one always. statx(2) works without, from what GETATTR says.
  STATX: decline,
  COPY_FILE_RANGE_64: copyFileRange64,
};

/** By opcode; undefined where nothing is there. */
export const HANDLERS: readonly (Operation | undefined)[] = Array.from(
  { length: OPCODE_LIMIT },
  (_, opcode) => {
    for (const [name, operation] of Object.entries(OPERATIONS)) {
      if (Opcode[name as OpcodeName] === opcode) return operation;
    }
    return undefined;
  },
);

/** The fewest bytes of a request, by opcode. */
export const MINIMUM_LENGTHS: Uint16Array = Uint16Array.from({ length: OPCODE_LIMIT }, (_, opcode) =>
  opcode === Opcode.INIT ? 0 : minimumLength(opcode),
);
