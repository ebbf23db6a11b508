/**
 * A kernel in the process: a KernelChannel that a test drives, with requests made from the layout tables by the
 * generic encoder and replies read back by the generic decoder, so that the hot path is held against the tables.
 */
import type { ChannelStatistics, KernelChannel } from '#src/fuse/drivers/channel.js';
import type { Log } from '#src/fuse/log.js';
import { IN_HEADER, INIT_IN, OUT_HEADER } from '#src/fuse/protocol/layouts.js';
import { MESSAGES, Opcode, type OpcodeName } from '#src/fuse/protocol/opcodes.js';
import { decode, encode, type Values } from '#src/fuse/protocol/struct.js';
import { Session } from '#src/fuse/session.js';
import type { Filesystem } from '#src/vfs/filesystem.js';

export interface Reply {
  readonly len: number;
  /** 0 or a negative errno. */
  readonly error: number;
  readonly unique: bigint;
  readonly body: Buffer;
  /** Every byte. */
  readonly bytes: Buffer;
}

export interface Ask {
  readonly node?: number | bigint;
  readonly uid?: number;
  readonly gid?: number;
  /** Fields of the opcode's fixed struct. */
  readonly fields?: Values;
  /** Names after it; bytes where they are to be no UTF-8. */
  readonly names?: readonly (string | Buffer)[];
  readonly data?: Uint8Array;
  readonly unique?: bigint;
}

/** What every INIT of these tests offers: all flags, as a newer kernel would. */
export const ALL_FLAGS = { flags: 0xffff_ffff, flags2: 0xffff_ffff };

export class FakeKernel implements KernelChannel {
  readonly request: Buffer = Buffer.alloc(1024 * 1024 + 4096);
  readonly reply: Buffer = Buffer.alloc(1024 * 1024 + 4096);
  readonly notifications: Buffer[] = [];
  readonly late: Reply[] = [];
  readonly logged: string[] = [];
  readonly session: Session;
  readonly log: Log = (message) => this.logged.push(message);
  #onRequest: (length: number) => number = () => 0;
  #onClosed: (error?: Error) => void = () => undefined;
  #unique = 2n ** 63n;

  constructor(filesystem: Filesystem) {
    this.session = new Session({ channel: this, filesystem, log: this.log });
  }

  /** Starts the session and sends INIT. @returns its reply. */
  init(fields: Values = ALL_FLAGS): Reply {
    this.session.start();
    const offered = { major: 7, minor: 45, max_readahead: 131072, ...fields };
    return this.ask('INIT', { node: 0, fields: offered })!;
  }

  /** Builds a request. @returns its bytes. */
  build(name: OpcodeName, ask: Ask = {}): Buffer {
    const opcode = Opcode[name];
    const parts: Buffer[] = [];
    const layout = MESSAGES.get(opcode)?.request;
    if (layout !== undefined) parts.push(encode(layout, ask.fields ?? {}));
    for (const text of ask.names ?? []) parts.push(Buffer.from(text), Buffer.of(0));
    if (ask.data !== undefined) parts.push(Buffer.from(ask.data));
    const body = Buffer.concat(parts);
    const header = encode(IN_HEADER, {
      len: IN_HEADER.size + body.length,
      opcode,
      unique: ask.unique ?? this.#unique++,
      nodeid: ask.node ?? 1,
      uid: ask.uid ?? 0,
      gid: ask.gid ?? 0,
      pid: 42,
    });
    return Buffer.concat([header, body]);
  }

  /** Sends a request. @returns the reply, or undefined where none was given at once. */
  ask(name: OpcodeName, ask: Ask = {}): Reply | undefined {
    return this.deliver(this.build(name, ask));
  }

  /** Sends these bytes as they are. */
  deliver(bytes: Uint8Array): Reply | undefined {
    this.request.fill(0xee);
    this.request.set(bytes);
    this.reply.fill(0xcc);
    const length = this.#onRequest(bytes.length);
    return length === 0 ? undefined : readReply(Buffer.from(this.reply.subarray(0, length)));
  }

  close(error?: Error): void {
    this.#onClosed(error);
  }

  start(onRequest: (length: number) => number, onClosed: (error?: Error) => void): void {
    this.#onRequest = onRequest;
    this.#onClosed = onClosed;
  }

  send(reply: Uint8Array): void {
    this.late.push(readReply(Buffer.from(reply)));
  }

  notify(message: Uint8Array): void {
    this.notifications.push(Buffer.from(message));
  }

  async notificationsDrained(): Promise<void> {}

  async unmount(): Promise<void> {
    this.#onClosed();
  }

  abort(): void {
    this.#onClosed();
  }

  statistics(): ChannelStatistics {
    throw new Error('the fake kernel keeps no statistics');
  }
}

function readReply(bytes: Buffer): Reply {
  const header = decode(OUT_HEADER, bytes);
  return {
    len: Number(header.len),
    error: Number(header.error),
    unique: BigInt(header.unique),
    body: bytes.subarray(OUT_HEADER.size),
    bytes,
  };
}

/** The bytes of an INIT on an old kernel, whose fuse_init_in ends after the flags. */
export const SHORT_INIT_BYTES = IN_HEADER.size + INIT_IN.offsets.flags2;
