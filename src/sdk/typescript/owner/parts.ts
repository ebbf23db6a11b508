/**
 * What an owner is composed of, as ports, and the parts that it has by default.
 *
 * Everything heavy is loaded when it is first needed: a program that only talks to another owner never loads SQLite, and
 * an owner that never syncs never loads the sync engine.
 */
import type { SyncEngine } from '../../../sync/types.js';
import type { Filesystem } from '../../../vfs/filesystem.js';
import type { Credentials, WorkspaceRecord } from '../../../workspace/index.js';
import type { MountInfo, MountOptions, OwnerStatistics } from '../service.js';

/** A filesystem that is open on its database. */
export interface OpenFilesystem extends Filesystem {
  /** Makes everything durable and closes the database. */
  close(): Promise<void>;
  /** `[]` where the database is sound. Reads all of it. */
  check(): readonly { readonly what: string; readonly path?: string; readonly remedy: string }[];
  statistics(): OwnerStatistics['store'];
}

export interface SyncContext<F extends OpenFilesystem = OpenFilesystem> {
  readonly filesystem: F;
  readonly workspace: WorkspaceRecord;
  /** Resolved path of the database file. */
  readonly database: string;
  readonly credentials: Credentials;
  readonly log: OwnerLog;
}

export interface OwnerParts<F extends OpenFilesystem = OpenFilesystem> {
  openFilesystem(
    database: string,
    options: { readonly create: boolean; readonly cacheSizeBytes?: number; readonly log: OwnerLog },
  ): Promise<F>;
  /** True where a remote is enabled, so that the engine has something to do. */
  hasRemotes(filesystem: F): boolean;
  openSync(context: SyncContext<F>): Promise<SyncEngine>;
  /** Only a background owner has mounts. */
  openMounts?(context: MountContext<F>): MountHost;
}

export interface MountContext<F extends OpenFilesystem = OpenFilesystem> {
  readonly filesystem: F;
  readonly workspace: WorkspaceRecord;
  readonly log: OwnerLog;
  /** The number of mounts changed by itself (somebody unmounted from outside). */
  changed(): void;
}

/** The mounts that one owner serves. */
export interface MountHost {
  /** Throws ALREADY_MOUNTED, MOUNTPOINT_INVALID, MOUNTPOINT_BUSY, MOUNT_FAILED, FUSE_UNAVAILABLE. */
  add(mountpoint: string, options: MountOptions): Promise<MountInfo>;
  /** Unmounts one, or all of this workspace, dead ones too; returns where. MOUNTPOINT_BUSY while in use, unless forced. */
  remove(mountpoint: string | undefined, options: { readonly force: boolean }): Promise<readonly string[]>;
  list(): readonly MountInfo[];
  statistics(): OwnerStatistics['mounts'];
}

/** What an owner says of its life; the background owner writes it to owner.log. Never a token in it. */
export interface OwnerLog {
  info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
  error(message: string, facts?: Readonly<Record<string, unknown>>): void;
}

export const SILENT_LOG: OwnerLog = { info() {}, warn() {}, error() {} };
