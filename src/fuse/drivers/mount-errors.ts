/**
 * What a failed mount or unmount means to a person: errno and the helper's words in, AgentFsError with a remedy out.
 *
 * Pure. The facts (as root or not, what /dev/fuse looks like) come in with the failure.
 */
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { AgentFsError, type ErrorCode } from '../../base/index.js';
import type { NativeFailure } from './addon.js';

const { errno } = constants;
const DOCTOR = '`agentfs doctor` tells what is missing on this machine.';
const DEVICE_HINT = `Load the driver (\`modprobe fuse\`); in a container, start it with --device /dev/fuse. ${DOCTOR}`;
const DEVICE_MODE_HINT = `Let every user open it, as distributions do: \`chmod 666 /dev/fuse\` as root. ${DOCTOR}`;

/** The name of a positive errno, such as EBUSY. */
export function errnoName(number: number): string {
  return getSystemErrorName(-number);
}

/** What went wrong in the addon, as opposed to a mistake of ours. */
export function isNativeFailure(error: unknown): error is NativeFailure {
  return error instanceof Error && 'step' in error && 'errno' in error;
}

export function helperMissing(): AgentFsError {
  return new AgentFsError(
    'FUSE_UNAVAILABLE',
    'mounting as a normal user needs the program fusermount3, which is not on this machine',
    { operation: 'mount', hint: `Install it: \`apt-get install fuse3\`. ${DOCTOR}` },
  );
}

function deviceError(number: number, cause: unknown): AgentFsError {
  const denied = number === errno.EACCES || number === errno.EPERM;
  const message = denied
    ? '/dev/fuse may not be opened by this user'
    : `/dev/fuse cannot be opened (${errnoName(number)})`;
  return new AgentFsError('FUSE_UNAVAILABLE', message, {
    operation: 'mount',
    path: '/dev/fuse',
    hint: denied ? DEVICE_MODE_HINT : DEVICE_HINT,
    cause,
  });
}

function mountCallError(failure: NativeFailure, mountpoint: string): AgentFsError {
  const number = failure.errno;
  const details = { operation: 'mount', path: mountpoint, cause: failure };
  if (number === errno.EPERM) {
    return new AgentFsError('FUSE_UNAVAILABLE', 'this process may not mount (CAP_SYS_ADMIN is missing)', {
      ...details,
      hint: `In a container, start it with --cap-add SYS_ADMIN --device /dev/fuse. ${DOCTOR}`,
    });
  }
  if (number === errno.ENODEV) {
    return new AgentFsError('FUSE_UNAVAILABLE', 'the kernel has no FUSE', { ...details, hint: DEVICE_HINT });
  }
  if (number === errno.ENOENT || number === errno.ENOTDIR || number === errno.EACCES) {
    return new AgentFsError('MOUNTPOINT_INVALID', `cannot mount on '${mountpoint}': ${errnoName(number)}`, {
      ...details,
      hint: 'Give an existing, empty directory that you may enter.',
    });
  }
  return new AgentFsError(
    number === errno.EBUSY ? 'MOUNTPOINT_BUSY' : 'MOUNT_FAILED',
    `mounting on '${mountpoint}' failed: ${errnoName(number)}`,
    { ...details, hint: DOCTOR },
  );
}

/** What the helper says, without its own name in front, in one line. */
function helperWords(detail: string): string {
  return detail
    .split('\n')
    .map((line) => line.replace(/^\S*fusermount3?: /, '').trim())
    .filter((line) => line !== '')
    .join('; ');
}

const HELPER_MOUNT_FAILURES: readonly [RegExp, ErrorCode, string][] = [
  [/device not found|modprobe/i, 'FUSE_UNAVAILABLE', DEVICE_HINT],
  [/failed to open \/dev\/fuse/i, 'FUSE_UNAVAILABLE', DEVICE_MODE_HINT],
  [
    /user_allow_other/,
    'MOUNT_FAILED',
    'Leave out --allow-other, or let an administrator write `user_allow_other` into /etc/fuse.conf.',
  ],
  [
    /could not determine username/i,
    'FUSE_UNAVAILABLE',
    'The helper mounts only for users who have a name: let an administrator add this user to /etc/passwd.',
  ],
  [
    /too many FUSE filesystems|mount_max/i,
    'MOUNT_FAILED',
    'Unmount one, or let an administrator raise `mount_max` in /etc/fuse.conf.',
  ],
  [
    /user has no write access|bad mount ?point|not a directory|no such file/i,
    'MOUNTPOINT_INVALID',
    'Give an existing, empty directory that belongs to you.',
  ],
  [
    /operation not permitted/i,
    'FUSE_UNAVAILABLE',
    `The helper may not mount here; in a container, start it with --cap-add SYS_ADMIN --device /dev/fuse. ${DOCTOR}`,
  ],
];

function helperMountError(failure: NativeFailure, mountpoint: string): AgentFsError {
  const words = helperWords(failure.detail) || errnoName(failure.errno);
  const known = HELPER_MOUNT_FAILURES.find(([pattern]) => pattern.test(words));
  const [, code, hint] = known ?? [/./, 'MOUNT_FAILED' as const, DOCTOR];
  return new AgentFsError(code, `mounting on '${mountpoint}' failed: ${words}`, {
    operation: 'mount',
    path: mountpoint,
    hint,
    cause: failure,
  });
}

export function mountError(failure: NativeFailure, mountpoint: string): AgentFsError {
  if (failure.step === 'open') return deviceError(failure.errno, failure);
  if (failure.step === 'helper') return helperMountError(failure, mountpoint);
  return mountCallError(failure, mountpoint);
}

export function unmountError(failure: NativeFailure, mountpoint: string): AgentFsError {
  const words = helperWords(failure.detail);
  const details = { operation: 'unmount', path: mountpoint, cause: failure };
  if (failure.errno === errno.EBUSY || /busy/i.test(words)) {
    return new AgentFsError('MOUNTPOINT_BUSY', `'${mountpoint}' is in use`, {
      ...details,
      hint: `Close the files and leave the directories there (\`fuser -vm ${mountpoint}\` lists who has them), or use --force.`,
    });
  }
  if (
    failure.errno === errno.EINVAL ||
    failure.errno === errno.ENOENT ||
    /not (found|mounted)|invalid argument/i.test(words)
  ) {
    return new AgentFsError('NOT_MOUNTED', `nothing is mounted on '${mountpoint}'`, details);
  }
  return new AgentFsError(
    failure.errno === errno.EPERM ? 'EPERM' : 'MOUNT_FAILED',
    `unmounting '${mountpoint}' failed: ${words || errnoName(failure.errno)}`,
    details,
  );
}
