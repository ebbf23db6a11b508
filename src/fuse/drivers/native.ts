/**
 * The native driver: mounts with our own addon and serves /dev/fuse from this thread's event loop.
 *
 * Invariants: everything that can wait for the kernel (mount, unmount, notifications) runs on another thread; when
 * the process exits, requests that wait are answered first, so that no client is left hanging. Of several mounts in
 * a process none knows of another.
 */
import { AgentFsError } from '../../base/index.js';
import { loadAddon, type NativeAddon, type NativeHandle } from './addon.js';
import type { ChannelStatistics, KernelChannel, MountOptions } from './channel.js';
import { helperMissing, isNativeFailure, mountError } from './mount-errors.js';
import { checkMountpoint } from './mountpoint.js';
import { findHelper, mountsDirectly, unmountPath } from './unmount.js';

export interface NativeMountOptions extends MountOptions {
  /** A fixed spin in microseconds instead of the adaptive one; 0 for none. For measuring. */
  readonly spinUs?: number;
}

const ADAPTIVE = -1;
const SOURCE = /^[\x21-\x7e]{1,200}$/;

/** The channels whose process must not exit without answering. */
const serving = new Set<NativeChannel>();
let exitHookIsSet = false;

function abortAtExit(): void {
  for (const channel of serving) channel.abort();
}

class NativeChannel implements KernelChannel {
  readonly request: Buffer;
  readonly reply: Buffer;
  readonly #addon: NativeAddon;
  readonly #handle: NativeHandle;
  readonly #mountpoint: string;
  readonly #spinUs: number;
  readonly #counters = new Float64Array(9);
  #onFault: (error: unknown) => void = () => {};

  constructor(addon: NativeAddon, handle: NativeHandle, options: NativeMountOptions) {
    this.#addon = addon;
    this.#handle = handle;
    this.#mountpoint = options.mountpoint;
    this.#spinUs = options.spinUs ?? ADAPTIVE;
    [this.request, this.reply] = addon.buffers(handle);
  }

  start(
    onRequest: (length: number) => number,
    onClosed: (error?: Error) => void,
    onFault: (error: unknown) => void = (error) => console.error('agentfs: a request failed:', error),
  ): void {
    this.#onFault = onFault;
    const closed = (error?: Error) => {
      serving.delete(this);
      onClosed(error);
    };
    this.#addon.start(this.#handle, onRequest, closed, onFault, this.#spinUs);
    serving.add(this);
    if (!exitHookIsSet) {
      exitHookIsSet = true;
      process.on('exit', abortAtExit);
    }
  }

  send(reply: Uint8Array): void {
    const errno = this.#addon.send(this.#handle, reply);
    if (errno !== 0) this.#onFault(new AgentFsError('EIO', `the kernel refused a reply (errno ${errno})`));
  }

  notify(message: Uint8Array): void {
    this.#addon.notify(this.#handle, message);
  }

  notificationsDrained(): Promise<void> {
    return this.#addon.drained(this.#handle);
  }

  unmount(options: { readonly lazy?: boolean } = {}): Promise<void> {
    return unmountPath(this.#mountpoint, options);
  }

  abort(): void {
    this.#addon.close(this.#handle);
  }

  statistics(): ChannelStatistics {
    this.#addon.statistics(this.#handle, this.#counters);
    const [requests, wakeups, spinHits, spinMisses, spinWindowUs, replies, replyErrors, written, errors] =
      this.#counters as unknown as [number, number, number, number, number, number, number, number, number];
    return {
      requests,
      wakeups,
      spinHits,
      spinMisses,
      spinWindowUs,
      replies,
      notifications: written,
      notificationErrors: errors,
      replyErrors,
    };
  }
}

/**
 * Options that both ways of mounting share; the kernel's names.
 *
 * With default_permissions the kernel asks for a directory's attributes again after each change in it, before it looks at
 * the permissions: a GETATTR for every create, unlink, mkdir and rename (measured on 5000 of each: rename takes 1.5, mkdir
 * 1.6, unlink and create 1.2 times as long). Where root mounts for itself, nobody else gets in (the kernel compares all
 * user and group ids) and no check could refuse it anything, so the kernel does not make them there.
 */
function kernelOptions(options: MountOptions): string[] {
  return [
    ...(mountsDirectly() && options.allowOther !== true ? [] : ['default_permissions']),
    ...(options.allowOther === true ? ['allow_other'] : []),
    ...(options.maxRead === undefined ? [] : [`max_read=${options.maxRead}`]),
  ];
}

async function mountAsRoot(addon: NativeAddon, options: MountOptions): Promise<NativeHandle> {
  const flags =
    (options.readOnly === true ? addon.MS_RDONLY : 0) |
    (options.suid === true ? 0 : addon.MS_NOSUID) |
    (options.dev === true ? 0 : addon.MS_NODEV);
  return addon.mountDirect(options.mountpoint, options.name, kernelOptions(options).join(','), flags);
}

async function mountAsUser(addon: NativeAddon, options: MountOptions): Promise<NativeHandle> {
  const helper = findHelper();
  if (helper === undefined) throw helperMissing();
  const list = [
    `fsname=${options.name.replace(/[\\,]/g, '\\$&')}`,
    'subtype=agentfs',
    ...(options.readOnly === true ? ['ro'] : []),
    ...kernelOptions(options),
  ];
  return addon.mountWithHelper(options.mountpoint, helper, list.join(','));
}

/**
 * Mounts, and hands over the connection; nothing is answered before its `start`.
 *
 * @throws AgentFsError MOUNTPOINT_INVALID, MOUNTPOINT_BUSY, FUSE_UNAVAILABLE, MOUNT_FAILED; nothing is left mounted.
 */
export async function mountNative(options: NativeMountOptions): Promise<KernelChannel> {
  if (!SOURCE.test(options.name)) {
    throw new AgentFsError('INVALID_ARGUMENT', `'${options.name}' cannot be the source of a mount`, {
      operation: 'mount',
      hint: 'Use 1 to 200 printable ASCII characters without spaces.',
    });
  }
  const mountpoint = checkMountpoint(options.mountpoint);
  const resolved = { ...options, mountpoint };
  const addon = loadAddon();
  try {
    const handle = await (mountsDirectly() ? mountAsRoot(addon, resolved) : mountAsUser(addon, resolved));
    return new NativeChannel(addon, handle, resolved);
  } catch (error) {
    throw isNativeFailure(error) ? mountError(error, mountpoint) : error;
  }
}
