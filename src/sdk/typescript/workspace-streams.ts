/**
 * Node streams over an open file of a workspace: one slice in memory at a time, whatever the file's size.
 */
import { Readable, Writable } from 'node:stream';
import type { OpenFlags, ServiceCallOptions } from './service.js';
import { callOptions, SLICE_BYTES, type WorkspaceFile } from './workspace-file.js';

interface StreamOptions extends ServiceCallOptions {
  /** Bytes that wait in the stream; 1 MiB unless told. */
  readonly highWaterMark?: number;
  /** The file is closed when the stream ends (default). */
  readonly autoClose?: boolean;
}

export interface ReadStreamOptions extends StreamOptions {
  /** First byte. */
  readonly start?: number;
  /** Last byte, inclusive, as Node's. */
  readonly end?: number;
  /** The stream gives strings then. */
  readonly encoding?: BufferEncoding;
}

export interface WriteStreamOptions extends StreamOptions {
  readonly flags?: OpenFlags;
  readonly mode?: number;
  readonly start?: number;
}

/** `open` is called when the stream begins. An aborted signal destroys it with an AbortError. */
export function readStream(open: () => Promise<WorkspaceFile>, options: ReadStreamOptions = {}): Readable {
  const {
    end = Number.MAX_SAFE_INTEGER - 1,
    highWaterMark = SLICE_BYTES,
    encoding,
    autoClose = true,
  } = options;
  let file: WorkspaceFile | undefined;
  let position = options.start ?? 0;
  return new Readable({
    highWaterMark,
    ...(encoding === undefined ? {} : { encoding }),
    ...callOptions(options.signal),
    construct(callback) {
      open().then((opened) => {
        file = opened;
        callback();
      }, callback);
    },
    read() {
      const length = Math.min(highWaterMark, end - position + 1);
      if (length <= 0) {
        this.push(null);
        return;
      }
      file!.read(position, length).then(
        (data) => {
          position += data.length;
          this.push(data.length === 0 ? null : data);
        },
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, callback) {
      closeThen(autoClose ? file : undefined, error, callback);
    },
  });
}

export function writeStream(open: () => Promise<WorkspaceFile>, options: WriteStreamOptions = {}): Writable {
  const { start = 0, highWaterMark = SLICE_BYTES, autoClose = true } = options;
  let file: WorkspaceFile | undefined;
  let position = start;
  return new Writable({
    highWaterMark,
    ...callOptions(options.signal),
    construct(callback) {
      open().then((opened) => {
        file = opened;
        callback();
      }, callback);
    },
    write(chunk: Buffer, _encoding, callback) {
      const offset = position;
      position += chunk.length;
      file!.write(offset, chunk).then(() => callback(), callback);
    },
    destroy(error, callback) {
      closeThen(autoClose ? file : undefined, error, callback);
    },
  });
}

function closeThen(
  file: WorkspaceFile | undefined,
  error: Error | null,
  callback: (error: Error | null) => void,
): void {
  if (file === undefined) {
    callback(error);
    return;
  }
  file.close().then(
    () => callback(error),
    (problem: Error) => callback(error ?? problem),
  );
}
