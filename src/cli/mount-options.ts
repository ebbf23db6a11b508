/**
 * The options of `mount`, `run` and `start` about the mount itself.
 */
import type { MountOptions } from '../sdk/typescript/index.js';
import type { CommandInput } from './command-input.js';

/** Only what was given. Commander has checked the driver's name. */
export function readMountOptions(input: CommandInput): MountOptions {
  const driver = input.text('driver') as MountOptions['driver'];
  return {
    ...(driver === undefined ? {} : { driver }),
    ...(input.flag('readOnly') ? { readOnly: true } : {}),
    ...(input.flag('allowOther') ? { allowOther: true } : {}),
  };
}

const BYTES_PER_MIB = 1024 * 1024;

/** The options about the owner that will serve it. */
export function readOwnerOptions(input: CommandInput): {
  readonly cacheSizeBytes?: number;
  readonly schedule?: boolean;
} {
  const cacheSize = input.integer('cacheSize');
  return {
    ...(cacheSize === undefined ? {} : { cacheSizeBytes: cacheSize * BYTES_PER_MIB }),
    ...(input.choice('sync') === false ? { schedule: false } : {}),
  };
}
