/**
 * Methods on sync: they pass on to the engine, which decides.
 */
import { late } from '../../../base/index.js';
import type { SyncEngine, SyncReport, SyncRunOptions } from '../../../sync/types.js';
import { SyncConflictError } from '../conflict-error.js';
import type { HandlersOf } from './method.js';

const remoteTargetPart = late(() => import('./remote-target.js'));

export interface SyncMethodContext {
  /** Opens the engine on first use. */
  engine(): Promise<SyncEngine>;
  /** The modes may have changed: whether an owner is needed is to be asked anew. */
  modesChanged(): void;
}

export const syncMethods = {
  async 'sync.enable'(context, options) {
    const { checkRemoteTarget } = await remoteTargetPart();
    await checkRemoteTarget(options.tursoDb, options.remote);
    const engine = await context.engine();
    const status = await engine.enable(options);
    context.modesChanged();
    return status;
  },

  async 'sync.disable'(context, { remote }) {
    await (await context.engine()).disable(remote);
    context.modesChanged();
    return {};
  },

  async 'sync.push'(context, options, { signal }) {
    return settled('push', options, await (await context.engine()).push(options, signal));
  },

  async 'sync.pull'(context, options, { signal }) {
    return await (await context.engine()).pull(options, signal);
  },

  async 'sync.config'(context, { remote, changes }) {
    const engine = await context.engine();
    const config = await engine.config(remote, changes);
    if (changes !== undefined) context.modesChanged();
    return config;
  },

  async 'sync.explain'(context, { remote, path }) {
    return await (await context.engine()).explain(remote, path);
  },

  async 'sync.status'(context, { remote }) {
    return await (await context.engine()).status(remote);
  },

  async 'sync.audit'(context, options) {
    return await (await context.engine()).audit(options);
  },

  async 'sync.verify'(context, { remote }, { signal }) {
    return await (await context.engine()).verify(remote, signal);
  },

  async 'sync.metrics'(context, { remote }) {
    return await (await context.engine()).metrics(remote);
  },

  async 'sync.agents'(context, { remote }) {
    return { agents: await (await context.engine()).agents(remote) };
  },

  async 'sync.reset'(context, { remote, newId = false }) {
    return await (await context.engine()).reset(remote, { newId });
  },

  async 'sync.conflicts'(context, { remote }) {
    return { conflicts: await (await context.engine()).conflicts(remote) };
  },

  async 'sync.remotes'(context) {
    const engine = await context.engine();
    return { remotes: engine.remotes(), needsOwner: engine.needsOwner() };
  },
} satisfies HandlersOf<
  SyncMethodContext,
  | 'sync.enable'
  | 'sync.disable'
  | 'sync.push'
  | 'sync.pull'
  | 'sync.config'
  | 'sync.explain'
  | 'sync.status'
  | 'sync.audit'
  | 'sync.verify'
  | 'sync.metrics'
  | 'sync.agents'
  | 'sync.reset'
  | 'sync.conflicts'
  | 'sync.remotes'
>;

/** A push that leaves conflicts for a person has not done what was asked. */
function settled(operation: string, options: SyncRunOptions, report: SyncReport): SyncReport {
  const waiting = report.conflicts.filter((conflict) => conflict.winner === undefined);
  if (waiting.length === 0 || options.dryRun === true) return report;
  throw new SyncConflictError(operation, waiting, report);
}
