/**
 * `ws.fs`: a workspace for libraries that take a custom fs. Its functions are those of node:fs/promises, return promises, and
 * call back where a function comes last, as those of node:fs do. `ws.fs.promises` is the same without callbacks.
 *
 * Every function stands by itself: it may be taken out of the object, and the object copied. What it does is in fs/, which is
 * loaded with the first call. Left out: the calls that block (`…Sync`), since an owner may be another process, and `watch`,
 * since an owner tells of no single change.
 */
import { constants } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import type { FsPath } from './fs/arguments.js';
import type { FsPromises } from './fs/promises.js';
import type { OpenFlags, WorkspaceService } from './service.js';
import { callOptions, WorkspaceFile } from './workspace-file.js';
import {
  type ReadStreamOptions,
  readStream,
  type WriteStreamOptions,
  writeStream,
} from './workspace-streams.js';

type Promises = Pick<FsPromises, keyof FsPromises>;
type Callback = (error: NodeJS.ErrnoException | null, ...result: never[]) => void;
type WithCallbacks<T> = {
  readonly [K in keyof T]: T[K] & ((...args: [...args: unknown[], callback: Callback]) => void);
};

export interface WorkspaceFsPromises extends Promises {
  readonly constants: typeof constants;
}

export interface WorkspaceFs extends WithCallbacks<Promises> {
  readonly constants: typeof constants;
  readonly promises: WorkspaceFsPromises;
  createReadStream(path: FsPath, options?: BufferEncoding | ReadStreamOptions): Readable;
  createWriteStream(path: FsPath, options?: BufferEncoding | WriteStreamOptions): Writable;
}

/** A name that is missing here does not compile. */
const NAMES: Readonly<Record<keyof FsPromises, true>> = {
  access: true,
  appendFile: true,
  chmod: true,
  chown: true,
  copyFile: true,
  lchown: true,
  link: true,
  lstat: true,
  lutimes: true,
  mkdir: true,
  mkdtemp: true,
  open: true,
  opendir: true,
  readFile: true,
  readdir: true,
  readlink: true,
  realpath: true,
  rename: true,
  rm: true,
  rmdir: true,
  stat: true,
  statfs: true,
  symlink: true,
  truncate: true,
  unlink: true,
  utimes: true,
  writeFile: true,
};

type AnyFunction = (...args: unknown[]) => Promise<unknown>;

export function workspaceFs(service: WorkspaceService): WorkspaceFs {
  let loading: Promise<Record<string, AnyFunction>> | undefined;
  const implementation = (): Promise<Record<string, AnyFunction>> => {
    loading ??= import('./fs/promises.js').then(
      ({ FsPromises }) => new FsPromises(service) as unknown as Record<string, AnyFunction>,
    );
    return loading;
  };
  const promises: Record<string, unknown> = { constants };
  const either: Record<string, unknown> = { constants };
  for (const name of Object.keys(NAMES)) {
    const call: AnyFunction = async (...args) => await (await implementation())[name]!(...args);
    promises[name] = call;
    either[name] = (...args: unknown[]) => {
      const callback = args.at(-1);
      if (typeof callback !== 'function') return call(...args);
      call(...args.slice(0, -1)).then(
        (result) => process.nextTick(callback, null, result),
        (error: unknown) => process.nextTick(callback, error),
      );
      return undefined;
    };
  }
  const open = async (path: FsPath, options: WriteStreamOptions = {}): Promise<WorkspaceFile> => {
    const [{ withNodeErrors }, { accessOf, newMode, pathOf }] = await Promise.all([
      import('./fs/node-error.js'),
      import('./fs/arguments.js'),
    ]);
    const { flags, mode, signal } = options;
    return await WorkspaceFile.open(withNodeErrors(service), pathOf(path), {
      flags: accessOf(flags) as OpenFlags,
      mode: newMode(mode, 0o666),
      ...callOptions(signal),
    });
  };
  Object.assign(either, {
    promises,
    createReadStream(path: FsPath, options?: BufferEncoding | ReadStreamOptions) {
      const given = typeof options === 'string' ? { encoding: options } : options;
      return readStream(() => open(path, callOptions(given?.signal)), given);
    },
    createWriteStream(path: FsPath, options?: BufferEncoding | WriteStreamOptions) {
      const { flags = 'w', ...given } = typeof options === 'object' ? options : {};
      const stream = writeStream(() => open(path, { flags, ...given }), given);
      if (typeof options === 'string') stream.setDefaultEncoding(options);
      return stream;
    },
  });
  return either as unknown as WorkspaceFs;
}
