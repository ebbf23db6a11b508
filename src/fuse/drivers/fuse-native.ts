/**
 * The second driver: the npm package fuse-native (libfuse 2, path callbacks), for comparison and for systems where
 * the addon does not run. It meets the first driver at the Filesystem and shares nothing with the codec.
 *
 * Invariants: every callback is answered exactly once, with a negative errno when it fails. What the package cannot
 * do is declared in fuse-native-gaps.ts, not imitated. The package is an optional dependency, loaded on demand.
 */
import { createRequire } from 'node:module';
import { AgentFsError } from '../../base/index.js';
import { errnoOf } from '../errno.js';
import type { Driver } from '../mount.js';
import { pathOperations } from './fuse-native-operations.js';
import { checkMountpoint } from './mountpoint.js';

/** What we use of the package. */
interface FusePackage {
  new (
    mountpoint: string,
    operations: object,
    options: Readonly<Record<string, unknown>>,
  ): { mount(done: (error: Error | null) => void): void; unmount(done: (error: Error | null) => void): void };
}

const INSTALL =
  'Install it: `npm install fuse-native`, and libfuse 2 (Debian: `apt-get install -y libfuse2`), ' +
  'or leave out `--driver fuse-native`.';

function loadPackage(): FusePackage {
  try {
    return createRequire(import.meta.url)('fuse-native') as FusePackage;
  } catch (cause) {
    throw new AgentFsError('FUSE_UNAVAILABLE', 'the fuse-native driver cannot be loaded', {
      operation: 'mount',
      hint: INSTALL,
      cause,
    });
  }
}

export const mountOverFuseNative: Driver = async (filesystem, request) => {
  const { log } = request;
  const mountpoint = checkMountpoint(request.mountpoint);
  const Fuse = loadPackage();
  const counts: Record<string, number> = {};
  const operations = pathOperations(filesystem, {
    readOnly: request.readOnly ?? false,
    count: (name) => {
      counts[name] = (counts[name] ?? 0) + 1;
    },
    errnoOf: (error) => errnoOf(error, (cause) => log('a FUSE callback failed', { error: cause })),
  });
  const fuse = new Fuse(mountpoint, operations, {
    fsname: request.workspace,
    subtype: 'agentfs',
    defaultPermissions: true,
    allowOther: request.allowOther ?? false,
    timeout: false,
  });
  await new Promise<void>((resolve, reject) => {
    fuse.mount((error) => {
      if (error === null || error === undefined) resolve();
      else reject(mountFailed(mountpoint, error));
    });
  });
  let end: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    mountpoint,
    driver: 'fuse-native',
    closed,
    counts: () => ({ ...counts }),
    statistics: () => undefined,
    async unmount() {
      await filesystem.sync();
      await new Promise<void>((resolve, reject) => {
        fuse.unmount((error) => (error ? reject(mountFailed(mountpoint, error)) : resolve()));
      });
      filesystem.forgetAll();
      end();
    },
    notificationsDrained: () => Promise.resolve(),
    allNamesChanged: () => undefined,
  };
};

function mountFailed(mountpoint: string, cause: Error): AgentFsError {
  return new AgentFsError('MOUNT_FAILED', `fuse-native failed on ${mountpoint}: ${cause.message}`, {
    operation: 'mount',
    path: mountpoint,
    hint: INSTALL,
    cause,
  });
}
