/**
 * The options of `sync enable`, `sync config` and `start` as changes of a sync configuration.
 */
import type { SyncConfig, SyncRunOptions } from '../sdk/typescript/index.js';
import type { CommandInput } from './command-input.js';
import { placeOf } from './history-options.js';

/** Only what was given. Commander has checked choices and ranges. */
export function readSyncConfig(input: CommandInput): Partial<SyncConfig> {
  const found = {
    mode: input.text('mode') as SyncConfig['mode'] | undefined,
    interval: input.integer('interval'),
    conflictResolution: input.text('conflictResolution') as SyncConfig['conflictResolution'] | undefined,
    batchSize: input.integer('batchSize'),
    include: input.list('include'),
    exclude: input.list('exclude'),
    compression: input.choice('compression'),
    timeout: input.integer('timeout'),
    keep: input.text('keep'),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

export function readRunOptions(input: CommandInput): SyncRunOptions {
  const remote = input.text('remote');
  const timeout = input.integer('timeout');
  return {
    ...(remote === undefined ? {} : { remote }),
    ...(timeout === undefined ? {} : { timeout }),
    ...placeOf(input),
    ...(input.flag('force') ? { force: true } : {}),
    ...(input.flag('dryRun') ? { dryRun: true } : {}),
  };
}
