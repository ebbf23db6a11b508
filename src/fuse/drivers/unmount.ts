/**
 * Unmounting a directory, whoever serves it: umount2 with the right to, the fuse3 package's helper without.
 *
 * Invariant: never on the calling thread, which may be the one that serves the mount.
 */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { loadAddon } from './addon.js';
import { helperMissing, isNativeFailure, unmountError } from './mount-errors.js';

const HELPER_NAMES = ['fusermount3', 'fusermount'];
const HELPER_DIRS = ['/usr/bin', '/bin', '/usr/local/bin', '/usr/sbin', '/sbin'];

/** The set-user-id helper of the fuse3 (or fuse) package: an absolute path, or undefined. */
export function findHelper(): string | undefined {
  const dirs = [...HELPER_DIRS, ...(process.env.PATH ?? '').split(':').filter((dir) => dir.startsWith('/'))];
  for (const name of HELPER_NAMES) {
    for (const dir of dirs) {
      const path = join(dir, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}

/** True when this process mounts by itself: root, also the root of a user namespace. */
export function mountsDirectly(): boolean {
  return process.geteuid?.() === 0;
}

export interface UnmountOptions {
  /** Detach now, let open files finish (MNT_DETACH). */
  readonly lazy?: boolean;
  /** As root: cut the connection first, so that whoever waits for an answer gets an error (MNT_FORCE). */
  readonly force?: boolean;
}

/**
 * @param mountpoint absolute.
 * @throws AgentFsError MOUNTPOINT_BUSY while it is in use (never when lazy), NOT_MOUNTED, FUSE_UNAVAILABLE.
 */
export async function unmountPath(mountpoint: string, options: UnmountOptions = {}): Promise<void> {
  const addon = loadAddon();
  const flags =
    (options.lazy === true ? addon.MNT_DETACH : 0) | (options.force === true ? addon.MNT_FORCE : 0);
  try {
    if (mountsDirectly()) {
      await addon.unmountDirect(mountpoint, flags);
      return;
    }
    const helper = findHelper();
    if (helper === undefined) throw helperMissing();
    await addon.unmountWithHelper(mountpoint, helper, flags);
  } catch (error) {
    throw isNativeFailure(error) ? unmountError(error, mountpoint) : error;
  }
}
