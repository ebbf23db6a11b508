/**
 * A session: serves one channel from one filesystem, from INIT to the end of the mount.
 *
 * Invariants: every request is answered exactly once, apart from FORGET, BATCH_FORGET and INTERRUPT, which never
 * are; an error reply is 16 bytes. Requests are handled whole, in the order they come; only fsync and its kin are
 * answered later. Nothing that an operation throws gets past `handle`.
 */
import type { Filesystem } from '../vfs/index.js';
import { HANDLERS, MINIMUM_LENGTHS } from './dispatch.js';
import type { KernelChannel } from './drivers/channel.js';
import { EINVAL, ENOSYS, errnoOf } from './errno.js';
import { Exchange, REPLY_BODY } from './exchange.js';
import type { Log } from './log.js';
import { deferredLength, NO_REPLY } from './operation.js';
import { WRITE_DATA } from './operations/write.js';
import { OUT_HEADER } from './protocol/layouts.js';
import { OPCODE_LIMIT, Opcode, opcodeName } from './protocol/opcodes.js';

/** Where requests with an opcode that is not in the table are counted. */
const UNKNOWN = 0;

export interface SessionOptions {
  readonly channel: KernelChannel;
  readonly filesystem: Filesystem;
  readonly log: Log;
}

export class Session {
  readonly #channel: KernelChannel;
  readonly #filesystem: Filesystem;
  readonly #log: Log;
  readonly #exchange: Exchange;
  readonly #counts = new Uint32Array(OPCODE_LIMIT);
  readonly #report = (error: unknown): void => {
    this.#log('a FUSE request failed', { request: opcodeName(this.#exchange.opcode()), error });
  };
  #initialized: (() => void) | undefined;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#channel = options.channel;
    this.#filesystem = options.filesystem;
    this.#log = options.log;
    this.#exchange = new Exchange(options.channel, WRITE_DATA);
  }

  /**
   * Begins to serve. `ready` resolves when the kernel and we have agreed (INIT); `closed` when the mount has gone,
   * with the error that ended it, if one did. Neither ever rejects.
   */
  start(): { readonly ready: Promise<void>; readonly closed: Promise<Error | undefined> } {
    const ready = new Promise<void>((resolve) => {
      this.#initialized = resolve;
    });
    const closed = new Promise<Error | undefined>((resolve) => {
      this.#channel.start(
        this.handle,
        (error) => {
          this.#closed = true;
          resolve(error);
        },
        (error) => this.#log('the FUSE channel met a fault', { error }),
      );
    });
    return { ready, closed };
  }

  /** Requests so far, by the opcode's name; those that never came are left out. `UNKNOWN` is what no table has. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [opcode, count] of this.#counts.entries()) {
      if (count > 0) counts[opcodeName(opcode)] = count;
    }
    return counts;
  }

  /** Handles the request of `length` bytes in the channel's buffer. @returns the length of its reply, 0 for none. */
  readonly handle = (length: number): number => {
    const exchange = this.#exchange;
    exchange.length = length;
    const opcode = exchange.opcode();
    const handler = opcode < OPCODE_LIMIT ? HANDLERS[opcode] : undefined;
    this.#counts[opcode < OPCODE_LIMIT ? opcode : UNKNOWN]!++;
    if (handler === undefined) return exchange.fail(ENOSYS);
    let result: number;
    try {
      result = length < MINIMUM_LENGTHS[opcode]! ? -EINVAL : handler(exchange, this.#filesystem);
    } catch (error) {
      result = -errnoOf(error, this.#report);
    }
    if (result >= 0) {
      if (opcode === Opcode.INIT) this.#initialized?.();
      return exchange.finish(result);
    }
    if (result === NO_REPLY || isUnanswered(opcode)) return 0;
    const body = deferredLength(result);
    if (body < 0) return exchange.fail(-result);
    exchange.finish(body);
    this.#replyWhenDurable(Buffer.from(exchange.reply.subarray(0, REPLY_BODY + body)));
    return 0;
  };

  #replyWhenDurable(reply: Buffer): void {
    this.#filesystem.sync().then(
      () => this.#send(reply),
      (error: unknown) => {
        const errno = errnoOf(error, (cause) => this.#log('a sync failed', { error: cause }));
        const failure = reply.subarray(0, REPLY_BODY);
        failure.writeUInt32LE(REPLY_BODY, OUT_HEADER.offsets.len);
        failure.writeInt32LE(-errno, OUT_HEADER.offsets.error);
        this.#send(failure);
      },
    );
  }

  #send(reply: Uint8Array): void {
    if (this.#closed) return;
    try {
      this.#channel.send(reply);
    } catch (error) {
      this.#log('a late FUSE reply could not be sent', { error });
    }
  }
}

/** The requests that must get no reply, not even an error. */
function isUnanswered(opcode: number): boolean {
  return opcode === Opcode.FORGET || opcode === Opcode.BATCH_FORGET || opcode === Opcode.INTERRUPT;
}
