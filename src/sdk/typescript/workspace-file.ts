/**
 * An open file of a workspace: reads and writes by position, in pieces that fit one message.
 *
 * It goes on meaning the same file through renames and removal, and the content it was opened on through a pull. When the
 * owner goes away it is gone too (EBADF): open the file again. A signal ends a call between two pieces: what was written
 * by then stays.
 */
import { MAX_DATA_BYTES } from '../../rpc/index.js';
import type { FileHandle, OpenFlags, ServiceCallOptions, WorkspaceService } from './service.js';
import { Stats } from './stats.js';

/** Large enough that the socket's cost per call is small, small enough that the mount's requests slip in between. */
export const SLICE_BYTES = 1024 * 1024;

export class WorkspaceFile implements AsyncDisposable {
  readonly path: string;
  /** Its number in `fs.read` and its like. */
  readonly handle: FileHandle;
  /** As it was when the file was opened. */
  readonly stats: Stats;
  readonly #service: WorkspaceService;
  #closed = false;

  private constructor(service: WorkspaceService, opened: { path: string; handle: number; stats: Stats }) {
    this.#service = service;
    this.handle = opened.handle;
    this.path = opened.path;
    this.stats = opened.stats;
  }

  static async open(
    service: WorkspaceService,
    path: string,
    options: { readonly flags?: OpenFlags; readonly mode?: number } & ServiceCallOptions = {},
  ): Promise<WorkspaceFile> {
    const { signal, ...rest } = options;
    const { handle, stat } = await service.call('fs.open', { path, ...rest }, callOptions(signal));
    return new WorkspaceFile(service, { path, handle, stats: new Stats(stat) });
  }

  /** Up to `length` bytes from `offset`; fewer only at the end of the file. */
  async read(offset: number, length: number, options: ServiceCallOptions = {}): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    let done = 0;
    while (done < length) {
      const wanted = Math.min(SLICE_BYTES, length - done);
      const { data } = await this.#service.call(
        'fs.read',
        { handle: this.handle, offset: offset + done, length: wanted },
        options,
      );
      pieces.push(data as Uint8Array);
      done += data.length;
      if (data.length < wanted) break;
    }
    const [only] = pieces;
    if (pieces.length === 1 && only !== undefined) return bufferOf(only);
    return Buffer.concat(pieces);
  }

  /** Writes all of `data` at `offset` (at the end, where the file was opened to append). */
  async write(offset: number, data: Uint8Array, options: ServiceCallOptions = {}): Promise<void> {
    for (let done = 0; done < data.length; done += SLICE_BYTES) {
      const slice = data.subarray(done, done + SLICE_BYTES);
      await this.#service.call(
        'fs.write',
        { handle: this.handle, offset: offset + done, data: slice },
        options,
      );
    }
  }

  /** As it is now, whatever it is called by now. */
  async stat(): Promise<Stats> {
    return new Stats(await this.#service.call('fs.stat', { handle: this.handle }));
  }

  async truncate(size: number): Promise<void> {
    await this.#service.call('fs.truncate', { handle: this.handle, size });
  }

  /** Makes everything written so far durable. */
  async sync(): Promise<void> {
    await this.#service.call('owner.flush', {});
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#service.call('fs.close', { handle: this.handle });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The whole content, in one call where it fits, else in ranges of an open file. */
export async function readWhole(
  service: WorkspaceService,
  path: string,
  options: ServiceCallOptions = {},
): Promise<Buffer> {
  try {
    return bufferOf((await service.call('fs.readFile', { path }, options)).data as Uint8Array);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EFBIG') throw error;
  }
  await using file = await WorkspaceFile.open(service, path, options);
  return await file.read(0, file.stats.size, options);
}

/** Replaces or appends; in one call, and so at once for every reader, up to MAX_DATA_BYTES. */
export async function writeWhole(
  service: WorkspaceService,
  path: string,
  options: {
    readonly data: Uint8Array;
    readonly flag?: 'w' | 'wx' | 'a' | 'ax';
    readonly mode?: number;
  } & ServiceCallOptions,
): Promise<void> {
  const { data, flag = 'w', signal } = options;
  const mode = options.mode === undefined ? {} : { mode: options.mode };
  if (data.length <= MAX_DATA_BYTES) {
    await service.call('fs.writeFile', { path, data, flag, ...mode }, callOptions(signal));
    return;
  }
  await using file = await WorkspaceFile.open(service, path, {
    flags: flag,
    ...mode,
    ...callOptions(signal),
  });
  await file.write(0, data, callOptions(signal));
}

/** As an options object has it: absent rather than undefined. */
export function callOptions(signal: AbortSignal | undefined): ServiceCallOptions {
  return signal === undefined ? {} : { signal };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
