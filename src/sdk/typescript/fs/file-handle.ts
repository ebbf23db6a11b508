/**
 * node:fs/promises' FileHandle over an open file of a workspace.
 *
 * Reads and writes without a position go on from where the last one ended, one after the other in the order of the calls.
 */
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { ServiceCallOptions, WorkspaceService } from '../service.js';
import { callOptions, type WorkspaceFile } from '../workspace-file.js';
import {
  type ReadStreamOptions,
  readStream,
  type WriteStreamOptions,
  writeStream,
} from '../workspace-streams.js';
import {
  bytesOf,
  type EncodingOption,
  encodingOf,
  type FsData,
  type FsManyData,
  type FsTime,
  isPieces,
  modeOf,
  timeOf,
} from './arguments.js';
import { FsBigIntStats, FsStats } from './fs-stats.js';

const READ_BYTES = 16_384;

export interface FsReadOptions<Target extends ArrayBufferView = Buffer> {
  readonly buffer?: Target;
  readonly offset?: number | null | undefined;
  readonly length?: number | null | undefined;
  readonly position?: number | bigint | null | undefined;
}

export interface FsWriteOptions {
  readonly offset?: number | null | undefined;
  readonly length?: number | null | undefined;
  readonly position?: number | null | undefined;
}

export class FsFileHandle implements AsyncDisposable {
  readonly #service: WorkspaceService;
  readonly #file: WorkspaceFile;
  readonly #appends: boolean;
  #position = 0;
  /** The last call that moves the position. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(service: WorkspaceService, file: WorkspaceFile, options: { readonly appends: boolean }) {
    this.#service = service;
    this.#file = file;
    this.#appends = options.appends;
  }

  /** A number of this connection to the workspace, no descriptor of the process; -1 once it is closed. */
  get fd(): number {
    return this.#closed ? -1 : this.#file.handle;
  }

  async read<Target extends ArrayBufferView = Buffer>(
    target?: Target | FsReadOptions<Target>,
    offsetOrOptions?: number | FsReadOptions<Target> | null,
    ...[length, position]: [length?: number | null, position?: number | bigint | null]
  ): Promise<{ bytesRead: number; buffer: Target }> {
    const asked: FsReadOptions<Target> = ArrayBuffer.isView(target)
      ? typeof offsetOrOptions === 'object'
        ? { ...offsetOrOptions, buffer: target }
        : { buffer: target, offset: offsetOrOptions, length, position }
      : (target ?? {});
    const buffer = asked.buffer ?? (Buffer.alloc(READ_BYTES) as unknown as Target);
    const into = rangeOf(buffer, asked);
    const bytesRead = await this.#at(asked.position, async (from) => {
      const data = await this.#file.read(from, into.length);
      into.set(data);
      return data.length;
    });
    return { bytesRead, buffer };
  }

  async write<Data extends FsData>(
    data: Data,
    offsetOrOptions?: number | FsWriteOptions | null,
    ...[lengthOrEncoding, position]: [length?: number | BufferEncoding | null, position?: number | null]
  ): Promise<{ bytesWritten: number; buffer: Data }> {
    let bytes: Uint8Array;
    let at: number | null | undefined;
    if (typeof data === 'string') {
      bytes = bytesOf(data, lengthOrEncoding as BufferEncoding | undefined);
      at = offsetOrOptions as number | null | undefined;
    } else {
      const asked =
        typeof offsetOrOptions === 'object' && offsetOrOptions !== null
          ? offsetOrOptions
          : { offset: offsetOrOptions, length: lengthOrEncoding as number | undefined, position };
      bytes = rangeOf(data, asked);
      at = asked.position;
    }
    await this.#write(bytes, at);
    return { bytesWritten: bytes.length, buffer: data };
  }

  async readv<Buffers extends readonly ArrayBufferView[]>(
    buffers: Buffers,
    position?: number | null,
  ): Promise<{ bytesRead: number; buffers: Buffers }> {
    const wanted = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const bytesRead = await this.#at(position, async (from) => {
      const data = await this.#file.read(from, wanted);
      let done = 0;
      for (const buffer of buffers) {
        const piece = data.subarray(done, done + buffer.byteLength);
        bytesOf(buffer).set(piece);
        done += piece.length;
      }
      return data.length;
    });
    return { bytesRead, buffers };
  }

  async writev<Buffers extends readonly ArrayBufferView[]>(
    buffers: Buffers,
    position?: number | null,
  ): Promise<{ bytesWritten: number; buffers: Buffers }> {
    const bytes = Buffer.concat(buffers.map((buffer) => bytesOf(buffer)));
    await this.#write(bytes, position);
    return { bytesWritten: bytes.length, buffers };
  }

  /** From the position to the end. */
  async readFile(options?: (EncodingOption<null> & ServiceCallOptions) | null): Promise<Buffer>;
  async readFile(options: EncodingOption<BufferEncoding> & ServiceCallOptions): Promise<string>;
  async readFile(
    options?: (EncodingOption<BufferEncoding | null> & ServiceCallOptions) | null,
  ): Promise<Buffer | string>;
  async readFile(
    options?: (EncodingOption<BufferEncoding | null> & ServiceCallOptions) | null,
  ): Promise<Buffer | string> {
    const encoding = encodingOf(options);
    let data: Buffer = Buffer.alloc(0);
    await this.#at(null, async (from) => {
      const { size } = await this.#file.stat();
      data = await this.#file.read(from, Math.max(0, size - from), callOptionsOf(options));
      return data.length;
    });
    return encoding === undefined ? data : data.toString(encoding);
  }

  /** From the position on; what the file has behind it stays. */
  async writeFile(
    data: FsManyData,
    options?: (EncodingOption<BufferEncoding | null> & ServiceCallOptions) | null,
  ): Promise<void> {
    const encoding = encodingOf(options);
    const { signal } = callOptionsOf(options);
    const pieces = isPieces(data) ? data : [data];
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      await this.#write(bytesOf(piece, encoding), null);
    }
  }

  async appendFile(
    data: FsManyData,
    options?: (EncodingOption<BufferEncoding | null> & ServiceCallOptions) | null,
  ): Promise<void> {
    await this.writeFile(data, options);
  }

  async stat(options?: { readonly bigint?: false }): Promise<FsStats>;
  async stat(options: { readonly bigint: true }): Promise<FsBigIntStats>;
  async stat(options: { readonly bigint?: boolean } = {}): Promise<FsStats | FsBigIntStats> {
    const record = await this.#service.call('fs.stat', { handle: this.#file.handle });
    return options.bigint === true ? new FsBigIntStats(record) : new FsStats(record);
  }

  async truncate(length = 0): Promise<void> {
    await this.#file.truncate(Math.max(0, length));
  }

  async chmod(mode: number | string): Promise<void> {
    await this.#service.call('fs.chmod', { handle: this.#file.handle, mode: modeOf(mode) });
  }

  async chown(uid: number, gid: number): Promise<void> {
    await this.#service.call('fs.chown', { handle: this.#file.handle, uid, gid });
  }

  async utimes(atime: FsTime, mtime: FsTime): Promise<void> {
    const { handle } = this.#file;
    await this.#service.call('fs.utimes', { handle, atime: timeOf(atime), mtime: timeOf(mtime) });
  }

  /** Makes the workspace durable, this file with it. */
  async sync(): Promise<void> {
    await this.#file.sync();
  }

  async datasync(): Promise<void> {
    await this.#file.sync();
  }

  /** From the position, unless `start` is given. */
  createReadStream(options: ReadStreamOptions = {}): Readable {
    return readStream(async () => this.#file, { start: this.#position, ...options });
  }

  createWriteStream(options: WriteStreamOptions = {}): Writable {
    return writeStream(async () => this.#file, { start: this.#position, ...options });
  }

  readLines(options: ReadStreamOptions = {}): Interface {
    return createInterface({ input: this.createReadStream(options), crlfDelay: Number.POSITIVE_INFINITY });
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #write(bytes: Uint8Array, position: number | null | undefined): Promise<void> {
    await this.#at(position, async (from) => {
      await this.#file.write(from, bytes);
      // The system leaves the position behind what was appended, wherever that is.
      return this.#appends ? (await this.#file.stat()).size - from : bytes.length;
    });
  }

  /** Runs `work` at a position; without one at the handle's own, which moves by what `work` returns. */
  async #at(
    position: number | bigint | null | undefined,
    work: (from: number) => Promise<number>,
  ): Promise<number> {
    if (position !== null && position !== undefined && position >= 0) return await work(Number(position));
    const done = this.#turn.then(async () => {
      const moved = await work(this.#position);
      this.#position += moved;
      return moved;
    });
    this.#turn = done.catch(() => {});
    return await done;
  }
}

function callOptionsOf(options: unknown): ServiceCallOptions {
  if (typeof options !== 'object' || options === null) return {};
  return callOptions((options as ServiceCallOptions).signal);
}

function rangeOf(view: ArrayBufferView, { offset, length }: Omit<FsWriteOptions, 'position'>): Uint8Array {
  const start = offset ?? 0;
  const count = length ?? view.byteLength - start;
  if (start < 0 || count < 0 || start + count > view.byteLength) {
    const message = `The range of ${count} bytes from ${start} is not within the buffer's ${view.byteLength}`;
    throw Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' });
  }
  return bytesOf(view).subarray(start, start + count);
}
