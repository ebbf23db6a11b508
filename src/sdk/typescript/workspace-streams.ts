/**
 * Node streams over an open file of a workspace: one slice in memory at a time, whatever the file's size.
 */
import { Readable, Writable } from 'node:stream';
import type { OpenFlags, WorkspaceService } from './service.js';
import { SLICE_BYTES, WorkspaceFile } from './workspace-file.js';

export interface ReadStreamOptions {
  /** First byte. */
  readonly start?: number;
  /** Last byte, inclusive, as Node's. */
  readonly end?: number;
}

export interface WriteStreamOptions {
  readonly flags?: OpenFlags;
  readonly mode?: number;
  readonly start?: number;
}

export function readStream(
  service: WorkspaceService,
  path: string,
  options: ReadStreamOptions = {},
): Readable {
  let file: WorkspaceFile | undefined;
  let position = options.start ?? 0;
  const end = options.end ?? Number.MAX_SAFE_INTEGER - 1;
  return new Readable({
    highWaterMark: SLICE_BYTES,
    construct(callback) {
      WorkspaceFile.open(service, path).then((opened) => {
        file = opened;
        callback();
      }, callback);
    },
    read() {
      const length = Math.min(SLICE_BYTES, end - position + 1);
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
      closeThen(file, error, callback);
    },
  });
}

export function writeStream(
  service: WorkspaceService,
  path: string,
  options: WriteStreamOptions = {},
): Writable {
  const { flags = 'w', mode, start = 0 } = options;
  let file: WorkspaceFile | undefined;
  let position = start;
  return new Writable({
    highWaterMark: SLICE_BYTES,
    construct(callback) {
      WorkspaceFile.open(service, path, { flags, ...(mode === undefined ? {} : { mode }) }).then((opened) => {
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
      closeThen(file, error, callback);
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
