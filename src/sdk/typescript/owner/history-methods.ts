/**
 * Methods on the past of a workspace. Loaded with the first call of one.
 */
import { SyncConflictError } from '../conflict-error.js';
import type { MethodName } from '../service.js';
import type { Arguments } from './arguments.js';
import type { HandlersOf } from './method.js';
import type { SyncMethodContext } from './sync-methods.js';

export type HistoryMethodName = Extract<MethodName, `history.${string}` | `checkpoint.${string}`>;

const LIMIT = { min: 1, max: 1000 } as const;

export const historyMethods: HandlersOf<SyncMethodContext, HistoryMethodName> = {
  async 'checkpoint.create'(context, args) {
    const name = args.string('name');
    try {
      return await (await context.engine()).history.createCheckpoint(name, remoteOf(args));
    } catch (error) {
      throw SyncConflictError.revive(error);
    }
  },

  async 'checkpoint.list'(context, args) {
    return { checkpoints: await (await context.engine()).history.checkpoints(remoteOf(args).remote) };
  },

  async 'checkpoint.delete'(context, args) {
    await (await context.engine()).history.deleteCheckpoint(args.string('name'), remoteOf(args));
    return {};
  },

  async 'history.log'(context, args) {
    const options = {
      ...remoteOf(args),
      path: args.optionalString('path'),
      limit: args.optionalInteger('limit', LIMIT),
      before: args.optionalInteger('before', { min: 1 }),
    };
    return await (await context.engine()).history.log(given(options));
  },

  async 'history.diff'(context, args) {
    const options = {
      ...remoteOf(args),
      path: args.optionalString('path'),
      from: args.optionalString('from'),
      to: args.optionalString('to'),
    };
    return await (await context.engine()).history.diff(given(options));
  },

  async 'history.restore'(context, args) {
    const options = {
      ...remoteOf(args),
      at: args.optionalString('at'),
      version: args.optionalString('version'),
      dryRun: args.flag('dryRun'),
    };
    return await (await context.engine()).history.restore(args.string('path'), given(options));
  },
};

function remoteOf(args: Arguments): { readonly remote?: string } {
  const remote = args.optionalString('remote');
  return remote === undefined ? {} : { remote };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what is undefined. */
function given<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>;
}
