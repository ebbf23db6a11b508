/**
 * A workspace as the SDK's user holds it: files by path, sync, mounts.
 *
 * The first call connects to the workspace's owner or becomes it; a change of owner in between is not seen, apart from
 * a call that may have been cut off (OWNER_GONE). Close it, or let `await using`, so that what was written is durable
 * and others can own; a program that ends by itself flushes too. Paths are the workspace's: `/notes/a.md`.
 */
import { resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Timespec } from '../../base/index.js';
import type {
  DiffOptions,
  DiffReport,
  HistoryLog,
  HistoryOptions,
  RestoreOptions,
  RestoreReport,
} from '../../sync/history/types.js';
import type { AuditLog } from '../../sync/watch/audit.js';
import type { WorkspaceRecord } from '../../workspace/index.js';
import { type ConnectionOptions, WorkspaceConnection } from './connection.js';
import type {
  ListedEntry,
  MethodResult,
  MountInfo,
  MountOptions,
  OpenFlags,
  OwnerInfo,
  ServiceCallOptions,
  StatRecord,
  WorkspaceInfo,
  WorkspaceService,
} from './service.js';
import type { StartedOwner, StartOwnerOptions } from './start-owner.js';
import { Stats, timespecOf } from './stats.js';
import { WorkspaceCheckpoints } from './workspace-checkpoints.js';
import { callOptions, readWhole, WorkspaceFile, writeWhole } from './workspace-file.js';
import { type WorkspaceFs, workspaceFs } from './workspace-fs.js';
import {
  type ReadStreamOptions,
  readStream,
  type WriteStreamOptions,
  writeStream,
} from './workspace-streams.js';
import { WorkspaceSync } from './workspace-sync.js';

const START_ATTEMPTS = 5;

export interface ReadFileOptions extends ServiceCallOptions {
  /** Text instead of bytes. */
  readonly encoding?: BufferEncoding | null;
}

export interface WriteFileOptions extends ServiceCallOptions {
  /** `w` replaces (default), `a` appends; with `x` the file must not be there yet. */
  readonly flag?: 'w' | 'wx' | 'a' | 'ax';
  /** Permission bits of a new file; default 0o644. */
  readonly mode?: number;
}

export type StatEntry = ListedEntry & { readonly stat: StatRecord };

/** A time as a Date, seconds since the epoch, nanoseconds (bigint), or seconds and nanoseconds. */
export type Time = Date | number | bigint | Timespec;

export interface WorkspaceMount extends AsyncDisposable {
  readonly info: MountInfo;
  /** Returns when everything is durable and the mount is gone. MOUNTPOINT_BUSY while in use, unless forced. */
  unmount(options?: { readonly force?: boolean }): Promise<void>;
}

export class Workspace implements AsyncDisposable {
  readonly name: string;
  readonly record: WorkspaceRecord;
  readonly sync: WorkspaceSync;
  readonly checkpoints: WorkspaceCheckpoints;
  /** For libraries that take a custom fs: functions, results and errors are those of node:fs/promises. */
  readonly fs: WorkspaceFs;
  readonly #connection: WorkspaceConnection;

  readonly #onClose: (() => void) | undefined;

  /** `onClose` is told when it is closed. */
  constructor(record: WorkspaceRecord, options: ConnectionOptions = {}, onClose?: () => void) {
    this.#onClose = onClose;
    this.name = record.name;
    this.record = record;
    this.#connection = new WorkspaceConnection(record, options);
    this.sync = new WorkspaceSync(this.#connection);
    this.checkpoints = new WorkspaceCheckpoints(this.#connection);
    this.fs = workspaceFs(this.#connection);
  }

  /** Everything that the owner can be asked, by method name. */
  get service(): WorkspaceService {
    return this.#connection;
  }

  /** Connects now instead of at the first call. */
  async open(): Promise<this> {
    await this.#connection.open();
    return this;
  }

  async info(): Promise<WorkspaceInfo> {
    return await this.service.call('workspace.info', {});
  }

  /** `[]` where the database is sound, else a line for each thing that is wrong, with the remedy. Reads all of it. */
  async check(): Promise<readonly string[]> {
    return (await this.service.call('workspace.check', {})).problems;
  }

  /** What was done to the workspace, by whom, the latest first; other agents' deeds come through the remote. */
  async audit(options: { readonly remote?: string; readonly limit?: number } = {}): Promise<AuditLog> {
    return await this.service.call('sync.audit', options);
  }

  async owner(): Promise<OwnerInfo> {
    return await this.service.call('owner.info', {});
  }

  async readFile(path: string, options?: ReadFileOptions & { readonly encoding?: null }): Promise<Buffer>;
  async readFile(
    path: string,
    options: BufferEncoding | (ReadFileOptions & { readonly encoding: BufferEncoding }),
  ): Promise<string>;
  async readFile(path: string, options: BufferEncoding | ReadFileOptions = {}): Promise<Buffer | string> {
    const { encoding, signal } = typeof options === 'string' ? { encoding: options } : options;
    const data = await readWhole(this.service, path, callOptions(signal));
    return typeof encoding === 'string' ? data.toString(encoding) : data;
  }

  /** Makes or replaces a file; up to 4 MiB at once for every reader. */
  async writeFile(path: string, data: string | Uint8Array, options: WriteFileOptions = {}): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    await writeWhole(this.service, path, { ...options, data: bytes });
  }

  async appendFile(path: string, data: string | Uint8Array): Promise<void> {
    await this.writeFile(path, data, { flag: 'a' });
  }

  async openFile(path: string, flags: OpenFlags = 'r', mode?: number): Promise<WorkspaceFile> {
    return await WorkspaceFile.open(this.service, path, { flags, ...(mode === undefined ? {} : { mode }) });
  }

  createReadStream(path: string, options: ReadStreamOptions = {}): Readable {
    return readStream(() => WorkspaceFile.open(this.service, path, callOptions(options.signal)), options);
  }

  createWriteStream(path: string, options: WriteStreamOptions = {}): Writable {
    const { flags = 'w', mode, signal } = options;
    const given = { flags, ...(mode === undefined ? {} : { mode }), ...callOptions(signal) };
    return writeStream(() => WorkspaceFile.open(this.service, path, given), options);
  }

  /** Names, sorted; with `withFileTypes` or `stat`, entries with their kind, or all their attributes too. */
  async readdir(path: string): Promise<string[]>;
  async readdir(path: string, options: { readonly stat: true }): Promise<StatEntry[]>;
  async readdir(path: string, options: { readonly withFileTypes: true }): Promise<ListedEntry[]>;
  async readdir(
    path: string,
    options: { readonly withFileTypes?: boolean; readonly stat?: boolean } = {},
  ): Promise<string[] | ListedEntry[]> {
    const { withFileTypes = false, stat = false } = options;
    const found: ListedEntry[] = [];
    for await (const entry of this.entries(path, { stat })) found.push(entry);
    found.sort((a, b) => (a.name < b.name ? -1 : 1));
    return withFileTypes || stat ? found : found.map(({ name }) => name);
  }

  /** Entries as they are found, in no order, a page in memory at a time; `stat` asks for their attributes too. */
  async *entries(path: string, options: { readonly stat?: boolean } = {}): AsyncGenerator<ListedEntry> {
    let after: number | null = 0;
    while (after !== null) {
      const page: MethodResult<'fs.readdir'> = await this.service.call('fs.readdir', {
        path,
        after,
        ...options,
      });
      yield* page.entries;
      after = page.next;
    }
  }

  async mkdir(
    path: string,
    options: { readonly recursive?: boolean; readonly mode?: number } = {},
  ): Promise<void> {
    await this.service.call('fs.mkdir', { path, ...options });
  }

  async rmdir(path: string): Promise<void> {
    await this.service.call('fs.rmdir', { path });
  }

  async unlink(path: string): Promise<void> {
    await this.service.call('fs.unlink', { path });
  }

  /** Removes a file, or with `recursive` a directory and all in it; `force` passes over what is not there. */
  async rm(
    path: string,
    options: { readonly recursive?: boolean; readonly force?: boolean } & ServiceCallOptions = {},
  ): Promise<void> {
    const { signal, ...rest } = options;
    await this.service.call('fs.rm', { path, ...rest }, callOptions(signal));
  }

  async rename(
    from: string,
    to: string,
    options: { readonly noReplace?: boolean; readonly exchange?: boolean } = {},
  ): Promise<void> {
    await this.service.call('fs.rename', { from, to, ...options });
  }

  async copyFile(
    from: string,
    to: string,
    options: { readonly noReplace?: boolean } & ServiceCallOptions = {},
  ): Promise<void> {
    const { signal, ...rest } = options;
    await this.service.call('fs.copyFile', { from, to, ...rest }, callOptions(signal));
  }

  /** Of what the path leads to, through symlinks. */
  async stat(path: string): Promise<Stats> {
    return new Stats(await this.service.call('fs.stat', { path }));
  }

  /** Of a symlink itself. */
  async lstat(path: string): Promise<Stats> {
    return new Stats(await this.service.call('fs.stat', { path, follow: false }));
  }

  async exists(path: string): Promise<boolean> {
    return (await this.service.call('fs.exists', { path })).exists;
  }

  async realpath(path: string): Promise<string> {
    return (await this.service.call('fs.realpath', { path })).path;
  }

  async symlink(target: string, path: string): Promise<void> {
    await this.service.call('fs.symlink', { target, path });
  }

  async link(existing: string, path: string): Promise<void> {
    await this.service.call('fs.link', { existing, path });
  }

  async readlink(path: string): Promise<string> {
    return (await this.service.call('fs.readlink', { path })).target;
  }

  async chmod(path: string, mode: number): Promise<void> {
    await this.service.call('fs.chmod', { path, mode });
  }

  async chown(path: string, uid: number, gid: number): Promise<void> {
    await this.service.call('fs.chown', { path, uid, gid });
  }

  async utimes(path: string, atime: Time, mtime: Time): Promise<void> {
    await this.service.call('fs.utimes', { path, atime: timespecOf(atime), mtime: timespecOf(mtime) });
  }

  async truncate(path: string, size = 0): Promise<void> {
    await this.service.call('fs.truncate', { path, size });
  }

  async getxattr(path: string, name: string): Promise<Buffer> {
    const { data } = await this.service.call('fs.getxattr', { path, name });
    return Buffer.from(data as Uint8Array);
  }

  async setxattr(path: string, name: string, data: string | Uint8Array): Promise<void> {
    await this.service.call('fs.setxattr', { path, name, data });
  }

  async listxattr(path: string): Promise<readonly string[]> {
    return (await this.service.call('fs.listxattr', { path })).names;
  }

  async removexattr(path: string, name: string): Promise<void> {
    await this.service.call('fs.removexattr', { path, name });
  }

  /** Versions of a file across renames, with those that lost a conflict; without a path, the workspace's commits. */
  async history(path?: string, options: Omit<HistoryOptions, 'path'> = {}): Promise<HistoryLog> {
    return await this.service.call('history.log', { ...options, ...(path === undefined ? {} : { path }) });
  }

  /** What differs between two places in the past; from the last sync to now where none is given. */
  async diff(options: DiffOptions = {}): Promise<DiffReport> {
    return await this.service.call('history.diff', options);
  }

  /** Brings a file or folder back as it was, as a change made here; what it replaces stays in history. */
  async restore(path: string, options: RestoreOptions): Promise<RestoreReport> {
    return await this.service.call('history.restore', { path, ...options });
  }

  /** Makes everything written so far durable. */
  async flush(): Promise<void> {
    await this.service.call('owner.flush', {});
  }

  /**
   * Mounts the workspace on an empty directory. A background owner serves it, never this process (a program that waits
   * for a mount it serves itself waits for ever); the mount stays when this program ends.
   */
  async mount(directory: string, options: MountOptions & StartOwnerOptions = {}): Promise<WorkspaceMount> {
    const { create, cacheSizeBytes, schedule, foreground, entry, ...mountOptions } = options;
    await this.startOwner(options);
    const info = await this.service.call('mount.add', { mountpoint: resolve(directory), ...mountOptions });
    const unmount = async ({ force = false }: { readonly force?: boolean } = {}): Promise<void> => {
      await this.service.call('mount.remove', { mountpoint: info.mountpoint, force });
    };
    return { info, unmount, [Symbol.asyncDispose]: () => unmount() };
  }

  /** Unmounts one directory, or wherever the workspace is mounted; a dead mount too. Throws NOT_MOUNTED. */
  async unmount(
    directory?: string,
    options: { readonly force?: boolean } = {},
  ): Promise<{ readonly removed: readonly string[]; readonly ownerStays: boolean }> {
    await this.startOwner();
    const mountpoint = directory === undefined ? {} : { mountpoint: resolve(directory) };
    return await this.service.call('mount.remove', { ...mountpoint, force: options.force === true });
  }

  /** Makes sure that a background owner runs; this process gives the workspace up for it. */
  async startOwner(options: StartOwnerOptions = {}): Promise<StartedOwner> {
    const { startOwner } = await import('./start-owner.js');
    for (let attempt = 1; ; attempt++) {
      await this.#connection.yieldOwnership();
      const started = await startOwner(this.record, options);
      // One that was about to go when it was found may be gone by now; once we are its client it stays.
      const { kind } = await this.owner();
      if (kind === 'background' || attempt === START_ATTEMPTS) return started;
    }
  }

  /** Makes everything durable and leaves. Idempotent. */
  async close(): Promise<void> {
    this.#onClose?.();
    await this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
