/**
 * The native addon: its types, and loading it on demand.
 *
 * Invariants: nothing is loaded until `loadAddon` is called, so that commands without a mount never pay for it; when
 * it is missing or broken the error names the remedy. native/addon.c documents what each function does.
 */

import { createRequire } from 'node:module';
import { addonPath } from '../../base/addon-path.js';
import { AgentFsError } from '../../base/index.js';

/** An opaque handle of one channel in native code. */
export type NativeHandle = object & { readonly __native: unique symbol };

/** What the addon's mounting functions reject with. */
export interface NativeFailure extends Error {
  readonly step: 'open' | 'mount' | 'helper' | 'unmount' | 'probe';
  /** Positive, as in errno.h. */
  readonly errno: number;
  /** What the helper wrote to its standard error; may be empty. */
  readonly detail: string;
}

export interface NativeAddon {
  mountDirect(mountpoint: string, source: string, options: string, flags: number): Promise<NativeHandle>;
  mountWithHelper(mountpoint: string, helper: string, options: string): Promise<NativeHandle>;
  unmountDirect(mountpoint: string, flags: number): Promise<void>;
  unmountWithHelper(mountpoint: string, helper: string, flags: number): Promise<void>;
  /** statfs in a process of its own; rejects with what it failed with, ETIMEDOUT when nobody answered. */
  probe(mountpoint: string): Promise<void>;
  buffers(channel: NativeHandle): [request: Buffer, reply: Buffer];
  start(
    channel: NativeHandle,
    onRequest: (length: number) => number,
    onClosed: (error?: Error) => void,
    onFault: (error: unknown) => void,
    spinUs: number,
  ): void;
  /** The errno with which the kernel refused the reply; 0 when it took it. */
  send(channel: NativeHandle, reply: Uint8Array): number;
  notify(channel: NativeHandle, message: Uint8Array): void;
  drained(channel: NativeHandle): Promise<void>;
  close(channel: NativeHandle): void;
  statistics(channel: NativeHandle, out: Float64Array): void;
  readonly MS_RDONLY: number;
  readonly MS_NOSUID: number;
  readonly MS_NODEV: number;
  readonly MNT_DETACH: number;
  readonly MNT_FORCE: number;
}

let loaded: NativeAddon | undefined;

/** @throws AgentFsError FUSE_UNAVAILABLE when there is no addon, or none that this Node can load. */
export function loadAddon(): NativeAddon {
  if (loaded !== undefined) return loaded;
  if (process.platform !== 'linux') {
    throw new AgentFsError('FUSE_UNAVAILABLE', `the native driver is for Linux, not ${process.platform}`, {
      operation: 'load native addon',
      hint: 'Use --driver fuse-native.',
    });
  }
  const path = addonPath();
  if (path === undefined) {
    throw new AgentFsError('FUSE_UNAVAILABLE', 'the native addon has not been built', {
      operation: 'load native addon',
      hint: 'Run `npm run setup` in the agentfs package; it needs a C compiler (`apt-get install gcc libc6-dev`).',
    });
  }
  try {
    loaded = createRequire(import.meta.url)(path) as NativeAddon;
    return loaded;
  } catch (cause) {
    throw new AgentFsError(
      'FUSE_UNAVAILABLE',
      `the native addon cannot be loaded: ${(cause as Error).message}`,
      {
        operation: 'load native addon',
        path,
        hint: 'Build it for this machine and this Node: `npm run setup`.',
        cause,
      },
    );
  }
}
