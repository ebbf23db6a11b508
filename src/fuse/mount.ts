/**
 * What a mount is to its owner, whichever driver serves it, and what it may be asked for.
 */
import type { Filesystem } from '../vfs/index.js';
import type { ChannelStatistics } from './drivers/channel.js';
import type { Log } from './log.js';

export type DriverName = 'native' | 'fuse-native';

export interface MountRequest {
  /** An existing, empty directory; absolute. */
  readonly mountpoint: string;
  /** The workspace's name: what `mount` and `df` show as the source. */
  readonly workspace: string;
  /** Default `native`. */
  readonly driver?: DriverName;
  /** The kernel refuses every change with EROFS. */
  readonly readOnly?: boolean;
  /** Other users may enter; the kernel checks permissions for them. */
  readonly allowOther?: boolean;
  /** Device nodes work. Off by default. */
  readonly dev?: boolean;
  /** Set-user-id and set-group-id bits work. Off by default. */
  readonly suid?: boolean;
  /** Hears of failures that the kernel is told as EIO. Default: stderr. */
  readonly log?: Log;
}

export interface Mount {
  readonly mountpoint: string;
  readonly driver: DriverName;
  /** Resolves when the mount has gone, whoever unmounted it. Never rejects. */
  readonly closed: Promise<void>;
  /** Requests so far by the name of their opcode, or of their callback with fuse-native. */
  counts(): Record<string, number>;
  /** Counters of the channel; undefined with fuse-native, which has none. */
  statistics(): ChannelStatistics | undefined;
  /**
   * Makes everything durable, unmounts, and waits for the end of the session.
   *
   * @throws AgentFsError MOUNTPOINT_BUSY while files are open there and `lazy` is not given.
   */
  unmount(options?: { readonly lazy?: boolean }): Promise<void>;
  /** Resolves when the kernel has heard of every change so far that came from elsewhere. Never await it in a reply. */
  notificationsDrained(): Promise<void>;
  /** Makes the kernel look every name up again: cheaper than a notification each after a change of thousands. */
  allNamesChanged(): void;
}

/** A driver: brings a filesystem to a directory. Resolves when the mount answers. */
export type Driver = (
  filesystem: Filesystem,
  request: MountRequest & { readonly log: Log },
) => Promise<Mount>;
