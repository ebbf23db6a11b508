/**
 * Methods on the past of a workspace. Loaded with the first call of one.
 */
import { SyncConflictError } from '../conflict-error.js';
import type { MethodName } from '../service.js';
import type { HandlersOf } from './method.js';
import type { SyncMethodContext } from './sync-methods.js';

export type HistoryMethodName = Extract<MethodName, `history.${string}` | `checkpoint.${string}`>;

export const historyMethods: HandlersOf<SyncMethodContext, HistoryMethodName> = {
  async 'checkpoint.create'(context, { name, ...options }) {
    try {
      return await (await context.engine()).history.createCheckpoint(name, options);
    } catch (error) {
      throw SyncConflictError.revive(error);
    }
  },

  async 'checkpoint.list'(context, { remote }) {
    return { checkpoints: await (await context.engine()).history.checkpoints(remote) };
  },

  async 'checkpoint.delete'(context, { name, ...options }) {
    await (await context.engine()).history.deleteCheckpoint(name, options);
    return {};
  },

  async 'history.log'(context, options) {
    return await (await context.engine()).history.log(options);
  },

  async 'history.diff'(context, options) {
    return await (await context.engine()).history.diff(options);
  },

  async 'history.restore'(context, { path, ...options }) {
    return await (await context.engine()).history.restore(path, options);
  },
};
