/**
 * Methods on conflicts: they pass on to the engine, which decides.
 */
import { late } from '../../../base/index.js';
import type { ResolveReport, ResolveStrategy } from '../../../sync/conflicts.js';
import type { MethodParams } from '../service.js';
import { wrongParam } from './checked-params.js';
import type { HandlersOf } from './method.js';
import type { SyncMethodContext } from './sync-methods.js';

export type ResolveMethodName = 'sync.resolve' | 'sync.compare';

/** With the engine. */
const resolverPart = late(() => import('../../../sync/resolver.js'), { ahead: false });

export const resolveMethods = {
  async 'sync.resolve'(context, params) {
    const { conflict, conflicts, useLocal: _, useRemote: __, ...options } = params;
    const chosen = conflict === undefined ? conflicts : [conflict];
    const report = await (await context.engine()).resolve(chosen, {
      ...options,
      strategy: strategyOf(params),
    });
    return conflict === undefined ? report : await settled(report);
  },

  async 'sync.compare'(context, { conflict, remote }) {
    return await (await context.engine()).compare(conflict, remote);
  },
} satisfies HandlersOf<SyncMethodContext, ResolveMethodName>;

function strategyOf({ useLocal, useRemote, strategy }: MethodParams<'sync.resolve'>): ResolveStrategy {
  const named: ResolveStrategy[] = strategy === undefined ? [] : [strategy];
  if (useLocal === true) named.push('local');
  if (useRemote === true) named.push('remote');
  const [only] = named;
  if (only !== undefined && named.length === 1) return only;
  throw wrongParam('sync.resolve', "one of 'strategy', 'useLocal' and 'useRemote' must be given");
}

/** Who asked for one conflict is told by an error that nothing was decided. */
async function settled(report: ResolveReport): Promise<ResolveReport> {
  const [refusal] = report.refused;
  if (refusal === undefined) return report;
  const { refusalError } = await resolverPart();
  throw refusalError(refusal);
}
