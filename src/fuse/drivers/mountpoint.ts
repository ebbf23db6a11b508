/**
 * Directories to mount on: what is mounted now, whether a directory will do, and clearing away a dead mount.
 *
 * Invariant: no synchronous call ever looks at a path inside an agentfs mount, because this very thread may be the one
 * that has to answer. So the kernel's mount table is read first (/proc/self/mountinfo), and paths are resolved
 * one entry at a time by hand, stopping where such a mount begins. Where it cannot be read, no path is looked at.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { AgentFsError, toAgentFsError } from '../../base/index.js';
import { loadAddon } from './addon.js';
import { isNativeFailure } from './mount-errors.js';
import { unmountPath } from './unmount.js';

/** One line of the mount table. */
export interface MountEntry {
  readonly mountpoint: string;
  /** What was mounted: for ours, the workspace's name. */
  readonly source: string;
  readonly type: string;
  /** Device number as `major:minor`; the minor names the connection under /sys/fs/fuse/connections. */
  readonly device: string;
}

const TYPE = 'fuse.agentfs';
const SYMLINKS_MAX = 40;

function unescapeOctal(field: string): string {
  if (!field.includes('\\')) return field;
  // The kernel escapes bytes, and UTF-8 passes through it unescaped.
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** The mounts in a mountinfo text of the kernel (proc_pid_mountinfo(5)), in its order. Pure. */
export function parseMountinfo(text: string): MountEntry[] {
  const entries: MountEntry[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const separator = fields.indexOf('-', 6);
    const [device, mountpoint] = [fields[2], fields[4]];
    const [type, source] = [fields[separator + 1], fields[separator + 2]];
    if (separator < 0 || device === undefined || mountpoint === undefined || type === undefined) continue;
    entries.push({
      mountpoint: unescapeOctal(mountpoint),
      source: unescapeOctal(source ?? ''),
      type,
      device,
    });
  }
  return entries;
}

/** Empty where there is no /proc. Throws what the system refused: an empty table would lead into mounts of ours. */
function allMounts(): MountEntry[] {
  try {
    return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw toAgentFsError(error);
  }
}

/**
 * The agentfs mounts of this machine that this process can see, dead ones too.
 *
 * @throws AgentFsError EMFILE, ENFILE, ENOMEM where the mount table cannot be read, as all that looks at mounts does.
 */
export function listMounts(): MountEntry[] {
  return allMounts().filter((entry) => entry.type === TYPE);
}

function invalid(path: string, problem: string, hint: string): AgentFsError {
  return new AgentFsError('MOUNTPOINT_INVALID', `'${path}' ${problem}`, {
    operation: 'check mountpoint',
    path,
    hint,
  });
}

/** The agentfs mount that `path` is on or in, or undefined; `path` must have no symlinks. */
function mountAround(path: string, mounts: readonly MountEntry[]): MountEntry | undefined {
  return mounts.find((entry) => path === entry.mountpoint || path.startsWith(`${entry.mountpoint}/`));
}

interface Resolved {
  readonly path: string;
  /** The agentfs mount at which the walk stopped. */
  readonly mount?: MountEntry;
  /** What is there; absent where the walk stopped at a mount. */
  readonly stats?: Stats;
}

/** Follows symlinks like realpath(3), but never looks into an agentfs mount. */
function resolveOutsideMounts(dir: string, mounts: readonly MountEntry[]): Resolved {
  let pending = resolve(dir).split('/').filter(Boolean);
  let path = '/';
  let stats: Stats | undefined;
  let links = 0;
  for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
    if (part === '..') {
      path = dirname(path);
      continue;
    }
    const next = join(path, part);
    const mount = mountAround(next, mounts);
    if (mount !== undefined) return { path: join(next, ...pending), mount };
    stats = lstatSync(next);
    if (!stats.isSymbolicLink()) {
      path = next;
      continue;
    }
    if (++links > SYMLINKS_MAX) throw invalid(dir, 'is a loop of symbolic links', 'Give another directory.');
    const target = readlinkSync(next);
    if (target.startsWith('/')) path = '/';
    pending = [...target.split('/').filter((entry) => entry !== '' && entry !== '.'), ...pending];
  }
  return { path, stats: lstatSync(path) };
}

function resolveOrExplain(dir: string, mounts: readonly MountEntry[]): Resolved {
  try {
    return resolveOutsideMounts(dir, mounts);
  } catch (error) {
    if (error instanceof AgentFsError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw invalid(dir, 'does not exist', `Make it: \`mkdir -p ${dir}\`.`);
    if (code === 'ENOTDIR') throw invalid(dir, 'is not a directory', 'Give an existing, empty directory.');
    throw invalid(dir, `cannot be used (${code})`, 'Give an existing, empty directory that you may enter.');
  }
}

/**
 * Whether a workspace can be mounted on `dir`.
 *
 * @returns its absolute path without symlinks, as the mount table will show it.
 * @throws AgentFsError MOUNTPOINT_INVALID (missing, no directory, not empty, inside an agentfs mount) or
 *   MOUNTPOINT_BUSY (something is mounted there), with the remedy.
 */
export function checkMountpoint(dir: string): string {
  const mounts = allMounts();
  const ours = mounts.filter((entry) => entry.type === TYPE);
  const { path, mount, stats } = resolveOrExplain(dir, ours);
  if (mount !== undefined && mount.mountpoint !== path) {
    throw invalid(
      dir,
      `is inside the mounted workspace '${mount.source}'`,
      'Give a directory outside of it.',
    );
  }
  const there = mount ?? mounts.findLast((entry) => entry.mountpoint === path);
  if (there !== undefined) {
    throw new AgentFsError(
      'MOUNTPOINT_BUSY',
      `'${dir}' is a mount already ('${there.source}', ${there.type})`,
      {
        operation: 'check mountpoint',
        path,
        hint: there.type === TYPE ? `Unmount it: \`agentfs umount ${dir}\`.` : 'Give another directory.',
      },
    );
  }
  if (stats?.isDirectory() !== true) {
    throw invalid(dir, 'is not a directory', 'Give an existing, empty directory.');
  }
  let entries: string[];
  try {
    entries = readdirSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw invalid(dir, `cannot be read (${code})`, 'Give an existing, empty directory that you may enter.');
  }
  if (entries.length > 0) {
    throw invalid(
      dir,
      'is not empty',
      'Mount on an empty directory, so that no file is hidden behind the mount.',
    );
  }
  return path;
}

/** The agentfs mount on top of exactly `dir`, or undefined. Never looks inside it. */
export function mountAt(dir: string): MountEntry | undefined {
  const mounts = listMounts();
  let resolved: Resolved;
  try {
    resolved = resolveOutsideMounts(dir, mounts);
  } catch {
    return undefined;
  }
  return mounts.findLast((entry) => entry.mountpoint === resolved.path);
}

/** What a mount's owner says to a question that no cache answers. */
export type MountHealth = 'alive' | 'dead' | 'silent';

/**
 * Asks the owner of a mount, in a process of its own. `dead`: its process has gone and the kernel knows it. `silent`:
 * no answer within 2 seconds; the owner is busy, or hangs.
 */
export async function probeMount(entry: MountEntry): Promise<MountHealth> {
  try {
    await loadAddon().probe(entry.mountpoint);
    return 'alive';
  } catch (error) {
    const { errno } = constants;
    if (!isNativeFailure(error)) throw error;
    if (error.errno === errno.ETIMEDOUT) return 'silent';
    return error.errno === errno.ENOTCONN || error.errno === errno.ECONNABORTED ? 'dead' : 'alive';
  }
}

/** True when no process has this id, or only its remains: a zombie, perhaps with threads that cannot end. */
function processHasEnded(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return /^\) [ZX]/.test(stat.slice(stat.lastIndexOf(')')));
  } catch {
    return true;
  }
}

export interface ClearOptions {
  /**
   * The process that served the mount, when known. An owner killed while its notifier thread waited in the kernel for a
   * lock, and the lock's holder for the owner, stays behind as a zombie whose mount never answers and never counts as
   * dead; with its pid such a mount is told from one that is merely slow, and cut.
   */
  readonly ownerPid?: number;
}

/**
 * Unmounts what a killed owner left on `dir` ("Transport endpoint is not connected"), layer by layer.
 *
 * @returns whether there was something to clear; a live mount is left alone.
 */
export async function clearDeadMount(dir: string, options: ClearOptions = {}): Promise<boolean> {
  let cleared = false;
  for (let entry = mountAt(dir); entry !== undefined; entry = mountAt(dir)) {
    const health = await probeMount(entry);
    const stuck = health === 'silent' && options.ownerPid !== undefined && processHasEnded(options.ownerPid);
    if (stuck) await forceUnmount(entry.mountpoint);
    else if (health === 'dead') await unmountPath(entry.mountpoint, { lazy: true });
    else return cleared;
    cleared = true;
  }
  return cleared;
}

/**
 * Cuts a mount's connection through the kernel's control files, so that everyone who waits for an answer gets an
 * error: the way out when the owner hangs, or was killed while a client and its notifier waited for each other.
 *
 * @returns false where the control files are not there or may not be written.
 */
export function abortConnection(entry: MountEntry): boolean {
  const minor = entry.device.split(':')[1];
  try {
    writeFileSync(`/sys/fs/fuse/connections/${minor}/abort`, '1');
    return true;
  } catch {
    return false;
  }
}

/**
 * Unmounts `dir` whatever happens there: cuts the connection, then detaches. Writes that nobody has answered are lost
 * to those who made them (they get an error).
 *
 * @throws AgentFsError NOT_MOUNTED, FUSE_UNAVAILABLE.
 */
export async function forceUnmount(dir: string): Promise<void> {
  const entry = mountAt(dir);
  if (entry === undefined) {
    throw new AgentFsError('NOT_MOUNTED', `no workspace is mounted on '${dir}'`, {
      operation: 'unmount',
      path: dir,
    });
  }
  abortConnection(entry);
  await unmountPath(entry.mountpoint, { lazy: true, force: true });
}
