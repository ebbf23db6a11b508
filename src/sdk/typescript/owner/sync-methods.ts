/**
 * Methods on sync: they check shapes and pass on to the engine, which decides.
 */
import type {
  ConfigChanges,
  EnableOptions,
  SyncEngine,
  SyncReport,
  SyncRunOptions,
} from '../../../sync/types.js';
import { SyncConflictError } from '../conflict-error.js';
import type { Arguments } from './arguments.js';
import type { HandlersOf } from './method.js';

export interface SyncMethodContext {
  /** Opens the engine on first use. */
  engine(): Promise<SyncEngine>;
  /** The modes may have changed: whether an owner is needed is to be asked anew. */
  modesChanged(): void;
}

export const syncMethods = {
  async 'sync.enable'(context, args) {
    args.string('tursoDb');
    args.optionalString('token');
    args.optionalString('remote');
    const engine = await context.engine();
    const status = await engine.enable(args.values as unknown as EnableOptions);
    context.modesChanged();
    return status;
  },

  async 'sync.disable'(context, args) {
    await (await context.engine()).disable(args.optionalString('remote'));
    context.modesChanged();
    return {};
  },

  async 'sync.push'(context, args) {
    const options = runOptions(args);
    return settled('push', options, await (await context.engine()).push(options));
  },

  async 'sync.pull'(context, args) {
    const [at, version] = [args.optionalString('at'), args.optionalString('version')];
    return await (await context.engine()).pull({
      ...runOptions(args),
      ...(at === undefined ? {} : { at }),
      ...(version === undefined ? {} : { version }),
    });
  },

  async 'sync.config'(context, args) {
    const changes = args.values.changes;
    if (changes !== undefined && (typeof changes !== 'object' || changes === null)) {
      throw args.wrong('changes', 'an object');
    }
    const engine = await context.engine();
    const config = await engine.config(args.optionalString('remote'), changes as ConfigChanges | undefined);
    if (changes !== undefined) context.modesChanged();
    return config;
  },

  async 'sync.explain'(context, args) {
    const path = args.string('path');
    return await (await context.engine()).explain(args.optionalString('remote'), path);
  },

  async 'sync.status'(context, args) {
    return await (await context.engine()).status(args.optionalString('remote'));
  },

  async 'sync.audit'(context, args) {
    const remote = args.optionalString('remote');
    const limit = args.optionalInteger('limit', { min: 1, max: 100_000 });
    return await (await context.engine()).audit({
      ...(remote === undefined ? {} : { remote }),
      ...(limit === undefined ? {} : { limit }),
    });
  },

  async 'sync.verify'(context, args) {
    return await (await context.engine()).verify(args.optionalString('remote'));
  },

  async 'sync.metrics'(context, args) {
    return await (await context.engine()).metrics(args.optionalString('remote'));
  },

  async 'sync.agents'(context, args) {
    return { agents: await (await context.engine()).agents(args.optionalString('remote')) };
  },

  async 'sync.reset'(context, args) {
    return await (await context.engine()).reset(args.optionalString('remote'));
  },

  async 'sync.conflicts'(context, args) {
    return { conflicts: await (await context.engine()).conflicts(args.optionalString('remote')) };
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

function runOptions(args: Arguments): SyncRunOptions {
  const remote = args.optionalString('remote');
  const timeout = args.optionalInteger('timeout', { min: 1, max: 3600 });
  return {
    force: args.flag('force'),
    dryRun: args.flag('dryRun'),
    ...(remote === undefined ? {} : { remote }),
    ...(timeout === undefined ? {} : { timeout }),
  };
}

/** A push that leaves conflicts for a person has not done what was asked. */
function settled(operation: string, options: SyncRunOptions, report: SyncReport): SyncReport {
  const waiting = report.conflicts.filter((conflict) => conflict.winner === undefined);
  if (waiting.length === 0 || options.dryRun === true) return report;
  throw new SyncConflictError(operation, waiting, report);
}
