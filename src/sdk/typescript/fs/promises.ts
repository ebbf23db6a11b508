/**
 * node:fs/promises over a workspace: what `ws.fs` calls. Arguments and results are Node's, errors are in node-error.ts.
 *
 * New files and directories get the mode that a process with umask 022 gives them. No permissions are checked, as for
 * root: who reaches the workspace owns it.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { join } from 'node:path/posix';
import type { OpenFlags, ServiceCallOptions, StatRecord, WorkspaceService } from '../service.js';
import { callOptions, readWhole, WorkspaceFile, writeWhole } from '../workspace-file.js';
import {
  accessOf,
  bytesOf,
  type EncodingOption,
  encodingOf,
  type FsManyData,
  type FsPath,
  type FsTime,
  isPieces,
  modeOf,
  nameIn,
  newMode,
  pathOf,
  timeOf,
} from './arguments.js';
import { FsDir, listRecursively, type OpendirOptions } from './directories.js';
import { FsFileHandle } from './file-handle.js';
import { FsBigIntStats, FsDirent, FsStatFs, FsStats } from './fs-stats.js';
import { FsError, nodeError, withNodeErrors } from './node-error.js';

const TEMPORARY_ATTEMPTS = 100;
const TEMPORARY_CHARACTERS = 6;
const FILE_MODE = 0o666;
const DIRECTORY_MODE = 0o777;
/** These of a whole content are one call, and so at once for every reader. */
const WHOLE_FLAGS = ['w', 'wx', 'a', 'ax'] as const;

export interface FsWriteFileOptions extends ServiceCallOptions {
  readonly encoding?: BufferEncoding | null;
  readonly mode?: number | string;
  readonly flag?: string | number;
  /** Return when it is durable. */
  readonly flush?: boolean;
}
type ReadFileOptions = ServiceCallOptions & { readonly flag?: string | number };
type ReaddirOptions = { readonly recursive?: boolean; readonly withFileTypes?: boolean };
type NameEncoding = EncodingOption<BufferEncoding | 'buffer' | null>;

export class FsPromises {
  readonly #plain: WorkspaceService;
  readonly #service: WorkspaceService;

  constructor(service: WorkspaceService) {
    this.#plain = service;
    this.#service = withNodeErrors(service);
  }

  async access(path: FsPath, mode = constants.F_OK): Promise<void> {
    const place = pathOf(path);
    const { kind, mode: bits } = await this.#statFor('access', place);
    if ((mode & constants.X_OK) !== 0 && kind !== 'directory' && (bits & 0o111) === 0)
      throw new FsError('EACCES', 'access', { path: place });
  }

  async readFile(
    path: FsPath | FsFileHandle,
    options?: (EncodingOption<null> & ReadFileOptions) | null,
  ): Promise<Buffer>;
  async readFile(
    path: FsPath | FsFileHandle,
    options: BufferEncoding | ({ readonly encoding: BufferEncoding } & ReadFileOptions),
  ): Promise<string>;
  async readFile(
    path: FsPath | FsFileHandle,
    options?: BufferEncoding | ({ readonly encoding?: BufferEncoding | null } & ReadFileOptions) | null,
  ): Promise<Buffer | string> {
    const given = objectOf(options);
    if (path instanceof FsFileHandle) return await path.readFile(options);
    if (given.flag !== undefined && accessOf(given.flag) !== 'r') {
      await using file = await this.open(path, given.flag);
      return await file.readFile(options);
    }
    const data = await readWhole(this.#service, pathOf(path), callOptions(given.signal));
    const encoding = encodingOf(options);
    return encoding === undefined ? data : data.toString(encoding);
  }

  async writeFile(
    path: FsPath | FsFileHandle,
    data: FsManyData,
    options?: BufferEncoding | FsWriteFileOptions | null,
  ): Promise<void> {
    const { flag = 'w', mode, signal, flush } = objectOf(options);
    const encoding = encodingOf(options) ?? null;
    if (path instanceof FsFileHandle) {
      await path.writeFile(data, { encoding, ...callOptions(signal) });
      return;
    }
    const whole = WHOLE_FLAGS.find((one) => one === accessOf(flag));
    if (whole !== undefined && !isPieces(data)) {
      const bytes = bytesOf(data, encoding);
      const permissions = newMode(mode, FILE_MODE);
      await writeWhole(this.#service, pathOf(path), {
        data: bytes,
        flag: whole,
        mode: permissions,
        ...callOptions(signal),
      });
      if (flush === true) await this.#service.call('owner.flush', {});
      return;
    }
    await using file = await this.open(path, flag, mode);
    await file.writeFile(data, { encoding, ...callOptions(signal) });
    if (flush === true) await file.sync();
  }

  async appendFile(
    path: FsPath | FsFileHandle,
    data: FsManyData,
    options?: BufferEncoding | FsWriteFileOptions | null,
  ): Promise<void> {
    await this.writeFile(path, data, {
      flag: 'a',
      ...(typeof options === 'string' ? { encoding: options } : options),
    });
  }

  async open(path: FsPath, flags?: string | number, mode?: number | string): Promise<FsFileHandle> {
    const access = accessOf(flags);
    const place = pathOf(path);
    const permissions = newMode(mode, FILE_MODE);
    const opened = async (as: OpenFlags): Promise<FsFileHandle> => {
      const file = await WorkspaceFile.open(this.#service, place, { flags: as, mode: permissions });
      return new FsFileHandle(this.#service, file, { appends: as.startsWith('a') });
    };
    if (access !== 'create') return await opened(access);
    for (;;) {
      try {
        return await opened('r+');
      } catch (error) {
        if (!hasCode(error, 'ENOENT')) throw error;
      }
      try {
        return await opened('wx+');
      } catch (error) {
        // Somebody made it in between.
        if (!hasCode(error, 'EEXIST')) throw error;
      }
    }
  }

  async truncate(path: FsPath, length = 0): Promise<void> {
    await this.#service.call('fs.truncate', { path: pathOf(path), size: Math.max(0, length) });
  }

  async copyFile(from: FsPath, to: FsPath, mode = 0): Promise<void> {
    const noReplace = (mode & constants.COPYFILE_EXCL) !== 0;
    await this.#service.call('fs.copyFile', { from: pathOf(from, 'src'), to: pathOf(to, 'dest'), noReplace });
  }

  /** With `recursive`: the outermost directory that was made, or undefined. */
  async mkdir(
    path: FsPath,
    options?: number | string | { readonly recursive?: boolean; readonly mode?: number | string } | null,
  ): Promise<string | undefined> {
    const given =
      typeof options === 'object' ? (options ?? {}) : options === undefined ? {} : { mode: options };
    const recursive = given.recursive === true;
    const mode = newMode(given.mode, DIRECTORY_MODE);
    const { first } = await this.#service.call('fs.mkdir', { path: pathOf(path), recursive, mode });
    return recursive ? first : undefined;
  }

  async mkdtemp(prefix: FsPath): Promise<string> {
    const start = pathOf(prefix, 'prefix');
    for (let attempt = 1; ; attempt++) {
      const path =
        start + randomBytes(TEMPORARY_CHARACTERS).toString('base64url').slice(0, TEMPORARY_CHARACTERS);
      try {
        await this.#plain.call('fs.mkdir', { path, mode: 0o700 });
        return path;
      } catch (error) {
        if (hasCode(error, 'EEXIST') && attempt < TEMPORARY_ATTEMPTS) continue;
        throw renamed(error, 'mkdtemp', { path });
      }
    }
  }

  async readdir(
    path: FsPath,
    options?:
      | EncodingOption<BufferEncoding | null>
      | ({ readonly withFileTypes?: false } & ReaddirOptions)
      | null,
  ): Promise<string[]>;
  async readdir(
    path: FsPath,
    options: 'buffer' | ({ readonly encoding: 'buffer'; readonly withFileTypes?: false } & ReaddirOptions),
  ): Promise<Buffer[]>;
  async readdir(
    path: FsPath,
    options: { readonly withFileTypes: true; readonly encoding?: BufferEncoding | null } & ReaddirOptions,
  ): Promise<FsDirent[]>;
  async readdir(
    path: FsPath,
    options?:
      | NameEncoding
      | (ReaddirOptions & { readonly encoding?: BufferEncoding | 'buffer' | null })
      | null,
  ): Promise<(string | Buffer)[] | FsDirent<string | Buffer>[]> {
    const { recursive = false, withFileTypes = false } =
      typeof options === 'object' ? ((options as ReaddirOptions) ?? {}) : {};
    const found: (string | Buffer)[] = [];
    const entries: FsDirent<string | Buffer>[] = [];
    const top = pathOf(path);
    for await (const { below, name, kind } of listRecursively(this.#service, top, { recursive })) {
      if (withFileTypes) entries.push(new FsDirent(nameIn(name, options), join(top, below), kind));
      else found.push(nameIn(join(below, name), options));
    }
    return withFileTypes ? entries : found;
  }

  async opendir(path: FsPath, options: OpendirOptions = {}): Promise<FsDir> {
    const directory = pathOf(path);
    const { kind } = await this.#statFor('opendir', directory);
    if (kind !== 'directory') throw new FsError('ENOTDIR', 'opendir', { path: directory });
    return new FsDir(this.#service, directory, options);
  }

  async rmdir(path: FsPath): Promise<void> {
    await this.#service.call('fs.rmdir', { path: pathOf(path) });
  }

  async rm(
    path: FsPath,
    options: { readonly recursive?: boolean; readonly force?: boolean } = {},
  ): Promise<void> {
    const { recursive = false, force = false } = options;
    const place = pathOf(path);
    try {
      await this.#plain.call('fs.rm', { path: place, recursive, force });
    } catch (error) {
      if (hasCode(error, 'EISDIR')) throw directoryRefused(place, error);
      throw renamed(error, hasCode(error, 'ENOENT') ? 'lstat' : 'rm', { path: place });
    }
  }

  async unlink(path: FsPath): Promise<void> {
    await this.#service.call('fs.unlink', { path: pathOf(path) });
  }

  async rename(from: FsPath, to: FsPath): Promise<void> {
    await this.#service.call('fs.rename', { from: pathOf(from, 'oldPath'), to: pathOf(to, 'newPath') });
  }

  async link(existing: FsPath, path: FsPath): Promise<void> {
    await this.#service.call('fs.link', {
      existing: pathOf(existing, 'existingPath'),
      path: pathOf(path, 'newPath'),
    });
  }

  /** `type` is Windows's. */
  async symlink(target: FsPath, path: FsPath, _type?: string | null): Promise<void> {
    await this.#service.call('fs.symlink', { target: pathOf(target, 'target'), path: pathOf(path) });
  }

  async readlink(path: FsPath, options?: EncodingOption<BufferEncoding | null> | null): Promise<string>;
  async readlink(path: FsPath, options: EncodingOption<'buffer'>): Promise<Buffer>;
  async readlink(path: FsPath, options?: NameEncoding | null): Promise<string | Buffer> {
    return nameIn(
      (await this.#service.call('fs.readlink', { path: pathOf(path) })).target,
      encodingIn(options),
    );
  }

  async realpath(path: FsPath, options?: EncodingOption<BufferEncoding | null> | null): Promise<string>;
  async realpath(path: FsPath, options: EncodingOption<'buffer'>): Promise<Buffer>;
  async realpath(path: FsPath, options?: NameEncoding | null): Promise<string | Buffer> {
    return nameIn(
      (await this.#service.call('fs.realpath', { path: pathOf(path) })).path,
      encodingIn(options),
    );
  }

  async stat(path: FsPath, options?: { readonly bigint?: false } | null): Promise<FsStats>;
  async stat(path: FsPath, options: { readonly bigint: true }): Promise<FsBigIntStats>;
  async stat(path: FsPath, options?: { readonly bigint?: boolean } | null): Promise<FsStats | FsBigIntStats> {
    const record = await this.#service.call('fs.stat', { path: pathOf(path) });
    return options?.bigint === true ? new FsBigIntStats(record) : new FsStats(record);
  }

  async lstat(path: FsPath, options?: { readonly bigint?: false } | null): Promise<FsStats>;
  async lstat(path: FsPath, options: { readonly bigint: true }): Promise<FsBigIntStats>;
  async lstat(
    path: FsPath,
    options?: { readonly bigint?: boolean } | null,
  ): Promise<FsStats | FsBigIntStats> {
    const record = await this.#service.call('fs.stat', { path: pathOf(path), follow: false });
    return options?.bigint === true ? new FsBigIntStats(record) : new FsStats(record);
  }

  async statfs(path: FsPath): Promise<FsStatFs> {
    await this.#statFor('statfs', pathOf(path));
    return new FsStatFs(await this.#service.call('fs.statfs', {}));
  }

  async chmod(path: FsPath, mode: number | string): Promise<void> {
    await this.#service.call('fs.chmod', { path: pathOf(path), mode: modeOf(mode) });
  }

  async chown(path: FsPath, uid: number, gid: number): Promise<void> {
    await this.#service.call('fs.chown', { path: pathOf(path), uid, gid });
  }

  async lchown(path: FsPath, uid: number, gid: number): Promise<void> {
    await this.#service.call('fs.chown', { path: pathOf(path), uid, gid, follow: false });
  }

  async utimes(path: FsPath, atime: FsTime, mtime: FsTime): Promise<void> {
    await this.#service.call('fs.utimes', { path: pathOf(path), atime: timeOf(atime), mtime: timeOf(mtime) });
  }

  async lutimes(path: FsPath, atime: FsTime, mtime: FsTime): Promise<void> {
    const times = { atime: timeOf(atime), mtime: timeOf(mtime) };
    await this.#service.call('fs.utimes', { path: pathOf(path), ...times, follow: false });
  }

  /** A look at what is there, for a call that has no method of its own. */
  async #statFor(syscall: string, path: string): Promise<StatRecord> {
    try {
      return await this.#plain.call('fs.stat', { path });
    } catch (error) {
      throw renamed(error, syscall, { path });
    }
  }
}

function objectOf<T>(options: string | T | null | undefined): Partial<T> {
  return typeof options === 'object' && options !== null ? options : {};
}

function encodingIn(options: NameEncoding | null | undefined): {
  readonly encoding?: string | null | undefined;
} {
  return typeof options === 'object' && options !== null ? options : { encoding: options };
}

function hasCode(error: unknown, code: string): boolean {
  return (error as { code?: unknown }).code === code;
}

function renamed(error: unknown, syscall: string, details: { readonly path: string }): unknown {
  const made = nodeError(error, 'fs.stat', {});
  return made instanceof FsError ? new FsError(made.code, syscall, { ...details, cause: error }) : made;
}

/** rm of a directory without `recursive`: Node refuses it itself, under a code of its own. */
function directoryRefused(path: string, cause: unknown): Error {
  const message = `Path is a directory: rm returned EISDIR (is a directory) ${path}`;
  const details = { code: 'ERR_FS_EISDIR', errno: 21, syscall: 'rm', path };
  return Object.assign(new Error(message, { cause }), details, { name: 'SystemError' });
}
