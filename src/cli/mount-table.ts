/**
 * The kernel's table of AgentFS mounts, as far as `umount` needs it before it knows the workspace.
 *
 * A path is never looked at beyond its parent: the mount may be dead or hang, and looking at it would hang this process.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AgentFsError } from '../base/index.js';

export interface MountEntry {
  readonly mountpoint: string;
  /** As `mountSourceOf` makes it. */
  readonly source: string;
  /** Names the connection under /sys/fs/fuse/connections. */
  readonly minor: string;
}

const TYPE = 'fuse.agentfs';
const PROBE_TIMEOUT_MS = 3000;

/** The AgentFS mount at a directory, or undefined. */
export function findMount(directory: string): MountEntry | undefined {
  const mounts = parseMounts(readMountinfo());
  const wanted = resolve(directory);
  return (
    mounts.find((mount) => mount.mountpoint === wanted) ??
    mounts.find((mount) => mount.mountpoint === withRealParent(wanted))
  );
}

/** The mount that this source names, or undefined. */
export function findMountOf(source: string): MountEntry | undefined {
  return parseMounts(readMountinfo()).find((mount) => mount.source === source);
}

/** The AgentFS mounts in a text of /proc/self/mountinfo (proc_pid_mountinfo(5)), newest first. */
export function parseMounts(mountinfo: string): MountEntry[] {
  const found: MountEntry[] = [];
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [type, source] = after.split(' ');
    const [, , device = '', , mountpoint] = before.split(' ');
    if (type !== TYPE || mountpoint === undefined) continue;
    const minor = device.split(':')[1] ?? '';
    found.unshift({ mountpoint: unescapeOctal(mountpoint), source: unescapeOctal(source ?? ''), minor });
  }
  return found;
}

/**
 * Unmounts without an owner that would do it: a dead mount, or with `force` any, and then whoever waits for an answer there gets
 * an error. Throws NOT_MOUNTED for a living one, which its own agent unmounts, and MOUNT_FAILED.
 */
export function clearOrphan(entry: MountEntry, options: { readonly force: boolean }): void {
  if (!options.force && !isDead(entry)) {
    throw new AgentFsError(
      'NOT_MOUNTED',
      `${entry.mountpoint} is a mount of another agent's '${entry.source.replace(/@.*/, '')}'`,
      {
        operation: 'umount',
        path: entry.mountpoint,
        hint: "Unmount it with that agent's --home or AGENTFS_HOME.",
      },
    );
  }
  if (options.force) abortConnection(entry);
  // -f cuts the connection, too, where the control files are not mounted.
  const forced = options.force ? ['-f'] : [];
  const [command, ...args] =
    process.getuid?.() === 0 ? ['umount', '-l', ...forced] : ['fusermount3', '-u', '-z'];
  const { status, stderr, error } = spawnSync(command as string, [...args, '--', entry.mountpoint], {
    encoding: 'utf8',
  });
  if (status === 0) return;
  throw new AgentFsError('MOUNT_FAILED', `${command} failed: ${(error?.message ?? stderr).trim()}`, {
    operation: 'umount',
    path: entry.mountpoint,
    hint: 'Try it as the user who mounted it, or as root.',
  });
}

function abortConnection({ minor }: MountEntry): void {
  try {
    writeFileSync(`/sys/fs/fuse/connections/${minor}/abort`, '1');
  } catch {
    // Not for this user: it is detached all the same.
  }
}

/** True where nobody serves the mount any more. Asked by a process of its own, since asking may hang. */
function isDead(entry: MountEntry): boolean {
  const { stderr, error } = spawnSync('stat', ['-f', '--', entry.mountpoint], {
    encoding: 'utf8',
    timeout: PROBE_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    env: { ...process.env, LC_ALL: 'C' },
  });
  return error === undefined && /not connected|connection abort/i.test(stderr);
}

function withRealParent(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}

function readMountinfo(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return '';
  }
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
