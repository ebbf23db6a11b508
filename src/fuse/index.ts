/**
 * fuse: a workspace as a real directory. `mount` brings a Filesystem to a mountpoint and serves it until it is
 * unmounted. For the owner process; nobody else may call it.
 *
 * # How it works
 *
 * The kernel sends requests over /dev/fuse. A driver (drivers/native.ts, over the C addon in native/) reads them into
 * one fixed buffer and calls the session, which looks the opcode up in dispatch.ts and runs one operation: a function
 * of the request that asks the vfs and builds the reply in another fixed buffer. Operations are synchronous; fsync
 * alone is answered later. The wire protocol stands in protocol/ as tables, and word indexes for the hot path are
 * taken from them at load. The second driver, fuse-native, is for comparison and for where the addon does not run: it
 * meets the first at the Filesystem, and drivers/fuse-native-gaps.ts says what it cannot do.
 *
 * # What the kernel is allowed to remember
 *
 * Everything, for a day: names, absences, attributes, bytes, listings, link targets. So a second look at anything
 * costs no request, and every change that does not come through the mount must be notified: the vfs tells its
 * observers (Filesystem.outside), and invalidation.ts tells the kernel. No OPEN, OPENDIR or FLUSH is sent; a new file is
 * LOOKUP, CREATE and a RELEASE (before Linux 6.18 LOOKUP and MKNOD).
 *
 * # Deadlocks
 *
 * A process that waits for its own mount waits for ever, unkillable until the connection is aborted. Therefore:
 *
 * 1. Nothing on the main thread may touch a path inside the mount: no fs.*, no require, no chdir, no spawn with a cwd
 *    or a program there, not even stat of the mountpoint, whether synchronous (at once) or through the thread pool
 *    (four such calls fill it, and what the vfs needs of it waits behind them).
 * 2. Notifications are written by the notifier thread alone. INVAL_ENTRY and DELETE take the lock of the directory,
 *    INVAL_INODE that of cached pages: a request in flight may hold them until it is answered, by the very thread that
 *    would be waiting. INC_EPOCH takes none, and goes the same way for the order's sake.
 * 3. A reply never waits for a notification (`notificationsDrained`), nor for anything that needs the mount: a hook, a
 *    child process whose files are in it, a database that lies on it.
 * 4. fsync waits for the disk under the database. The database must not lie inside the mount; `mount` cannot see
 *    every way to bring that about, so the owner checks it.
 * 5. unmount runs beside this thread, since umount(2) can ask the session for more while it waits.
 * 6. If it happens all the same: `umount -f`, or 1 into /sys/fs/fuse/connections/<minor of the device>/abort, frees
 *    everyone with ECONNABORTED. So does the end of the owner.
 */
import { late } from '../base/index.js';
import type { Filesystem } from '../vfs/index.js';
import type { Log } from './log.js';
import type { Driver, DriverName, Mount, MountRequest } from './mount.js';

export type { ChannelStatistics } from './drivers/channel.js';
export { FUSE_NATIVE_GAPS } from './drivers/fuse-native-gaps.js';
export {
  abortConnection,
  type ClearOptions,
  checkMountpoint,
  clearDeadMount,
  forceUnmount,
  listMounts,
  type MountEntry,
  type MountHealth,
  mountAt,
  probeMount,
} from './drivers/mountpoint.js';
export type { Log } from './log.js';
export type { DriverName, Mount, MountRequest } from './mount.js';

/** Not loaded with the program: an addon that is not there fails the mount, not the program. */
const nativeDriver = late(() => import('./mount-native.js'));
const fuseNativeDriver = late(() => import('./drivers/fuse-native.js'), { ahead: false });

const DRIVERS: Readonly<Record<DriverName, () => Promise<Driver>>> = {
  native: async () => (await nativeDriver()).mountOverNative,
  'fuse-native': async () => (await fuseNativeDriver()).mountOverFuseNative,
};

const logToStderr: Log = (message, details) => console.error(`agentfs: ${message}`, details);

/**
 * Mounts a filesystem. Resolves when the mount answers; on failure no mount is left behind.
 *
 * @throws AgentFsError MOUNTPOINT_INVALID, MOUNTPOINT_BUSY, FUSE_UNAVAILABLE, MOUNT_FAILED, each with a remedy.
 */
export async function mount(filesystem: Filesystem, request: MountRequest): Promise<Mount> {
  const driver = await DRIVERS[request.driver ?? 'native']();
  return driver(filesystem, { log: logToStderr, ...request });
}
