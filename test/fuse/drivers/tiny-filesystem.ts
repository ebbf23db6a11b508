/**
 * A hand-written filesystem of one empty root directory, to test a channel without the protocol layer.
 *
 * It answers INIT, GETATTR and OPENDIR of the root, LOOKUP (ENOENT, or a file of 4 bytes for the name `file`), FORGET
 * and RELEASE by silence or success; all else is ENOSYS. Offsets are those of linux/fuse.h, version 7.31.
 */
import type { KernelChannel } from '#src/fuse/drivers/channel.js';

const OUT_HEADER = 16;
const IN_HEADER = 40;
export const Opcode = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  OPEN: 14,
  READ: 15,
  STATFS: 17,
  RELEASE: 18,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  BATCH_FORGET: 42,
} as const;
const ENOENT = 2;
const ENOSYS = 38;
const FILE_NODE = 2;

export interface TinyHooks {
  /** Called with every lookup's name; an errno to answer instead, or `defer` to answer later by `send`. */
  lookup?(name: string, unique: bigint): number | 'defer' | undefined;
}

/** A complete reply without a body. */
export function errorReply(unique: bigint, errno: number): Buffer {
  const reply = Buffer.alloc(OUT_HEADER);
  reply.writeUInt32LE(OUT_HEADER, 0);
  reply.writeInt32LE(-errno, 4);
  reply.writeBigUInt64LE(unique, 8);
  return reply;
}

/** FUSE_NOTIFY_INVAL_ENTRY: forget `name` in the directory `parent`. */
export function invalidateEntry(parent: bigint, name: string): Buffer {
  const bytes = Buffer.from(`${name}\0`);
  const message = Buffer.alloc(OUT_HEADER + 16 + bytes.length);
  message.writeUInt32LE(message.length, 0);
  message.writeInt32LE(3, 4);
  message.writeBigUInt64LE(parent, OUT_HEADER);
  message.writeUInt32LE(bytes.length - 1, OUT_HEADER + 8);
  bytes.copy(message, OUT_HEADER + 16);
  return message;
}

/** The request handler of the tiny filesystem, for `channel.start`. */
export function tinyFilesystem(channel: KernelChannel, hooks: TinyHooks = {}): (length: number) => number {
  const { request, reply } = channel;

  function finish(errno: number, body: number): number {
    const length = errno === 0 ? OUT_HEADER + body : OUT_HEADER;
    reply.writeUInt32LE(length, 0);
    reply.writeInt32LE(-errno, 4);
    request.copy(reply, 8, 8, 16);
    return length;
  }

  function attributes(at: number, file: boolean): void {
    reply.fill(0, at, at + 88);
    reply.writeBigUInt64LE(file ? 2n : 1n, at);
    reply.writeBigUInt64LE(file ? 4n : 0n, at + 8);
    reply.writeUInt32LE(file ? 0o100644 : 0o40755, at + 60);
    reply.writeUInt32LE(file ? 1 : 2, at + 64);
    reply.writeUInt32LE(process.getuid?.() ?? 0, at + 68);
    reply.writeUInt32LE(process.getgid?.() ?? 0, at + 72);
    reply.writeUInt32LE(4096, at + 80);
  }

  function init(): number {
    reply.fill(0, OUT_HEADER, OUT_HEADER + 64);
    reply.writeUInt32LE(7, OUT_HEADER);
    reply.writeUInt32LE(31, OUT_HEADER + 4);
    reply.writeUInt32LE(request.readUInt32LE(IN_HEADER + 8), OUT_HEADER + 8);
    reply.writeUInt16LE(64, OUT_HEADER + 16);
    reply.writeUInt32LE(1 << 20, OUT_HEADER + 20);
    return finish(0, 64);
  }

  function lookup(length: number): number {
    const name = request.toString('utf8', IN_HEADER, length - 1);
    const answer = hooks.lookup?.(name, request.readBigUInt64LE(8));
    if (answer === 'defer') return 0;
    if (answer !== undefined) return finish(answer, 0);
    if (name !== 'file') return finish(ENOENT, 0);
    reply.fill(0, OUT_HEADER, OUT_HEADER + 40);
    reply.writeBigUInt64LE(BigInt(FILE_NODE), OUT_HEADER);
    reply.writeBigUInt64LE(3600n, OUT_HEADER + 16);
    reply.writeBigUInt64LE(3600n, OUT_HEADER + 24);
    attributes(OUT_HEADER + 40, true);
    return finish(0, 128);
  }

  return (length) => {
    switch (request.readUInt32LE(4)) {
      case Opcode.INIT:
        return init();
      case Opcode.LOOKUP:
        return lookup(length);
      case Opcode.GETATTR:
        reply.fill(0, OUT_HEADER, OUT_HEADER + 16);
        attributes(OUT_HEADER + 16, request.readBigUInt64LE(16) === BigInt(FILE_NODE));
        return finish(0, 104);
      case Opcode.OPEN:
      case Opcode.OPENDIR:
        reply.fill(0, OUT_HEADER, OUT_HEADER + 16);
        return finish(0, 16);
      case Opcode.READ:
        reply.write('tiny', OUT_HEADER);
        return finish(0, 4);
      case Opcode.STATFS:
        reply.fill(0, OUT_HEADER, OUT_HEADER + 80);
        return finish(0, 80);
      case Opcode.READDIR:
      case Opcode.RELEASE:
      case Opcode.RELEASEDIR:
        return finish(0, 0);
      case Opcode.FORGET:
      case Opcode.BATCH_FORGET:
        return 0;
      default:
        return finish(ENOSYS, 0);
    }
  };
}
