/**
 * Methods on conflicts: they check shapes and pass on to the engine, which decides.
 */
import type { ConflictReference, ResolveReport, ResolveStrategy } from '../../../sync/conflicts.js';
import type { Arguments } from './arguments.js';
import type { HandlersOf } from './method.js';
import type { SyncMethodContext } from './sync-methods.js';

const STRATEGIES: readonly ResolveStrategy[] = ['local', 'remote', 'both', 'merge'];

export type ResolveMethodName = 'sync.resolve' | 'sync.compare';

export const resolveMethods = {
  async 'sync.resolve'(context, args) {
    const options = { strategy: strategyOf(args), ...targetOf(args) };
    const one = args.has('conflict') ? [reference(args, 'conflict', args.values.conflict)] : undefined;
    const report = await (await context.engine()).resolve(one ?? several(args), options);
    return one === undefined ? report : await settled(report);
  },

  async 'sync.compare'(context, args) {
    const conflict = reference(args, 'conflict', args.values.conflict);
    return await (await context.engine()).compare(conflict, args.optionalString('remote'));
  },
} satisfies HandlersOf<SyncMethodContext, ResolveMethodName>;

function targetOf(args: Arguments): { force: boolean; remote?: string; timeout?: number } {
  const remote = args.optionalString('remote');
  const timeout = args.optionalInteger('timeout', { min: 1, max: 3600 });
  return {
    force: args.flag('force'),
    ...(remote === undefined ? {} : { remote }),
    ...(timeout === undefined ? {} : { timeout }),
  };
}

function strategyOf(args: Arguments): ResolveStrategy {
  const named: ResolveStrategy[] = [];
  if (args.flag('useLocal')) named.push('local');
  if (args.flag('useRemote')) named.push('remote');
  if (args.has('strategy')) named.push(args.oneOf('strategy', STRATEGIES));
  const [strategy] = named;
  if (strategy === undefined || named.length > 1)
    throw args.wrong('strategy', `one of ${STRATEGIES.join(', ')}, or useLocal or useRemote in its place`);
  return strategy;
}

function several(args: Arguments): readonly ConflictReference[] | undefined {
  if (!args.has('conflicts')) return undefined;
  const { conflicts } = args.values;
  if (!Array.isArray(conflicts)) throw args.wrong('conflicts', 'a list of conflicts or paths');
  return conflicts.map((one) => reference(args, 'conflicts', one));
}

/** A path, or what a listing told of a conflict; of that only id and path count. */
function reference(args: Arguments, name: string, value: unknown): ConflictReference {
  if (typeof value === 'string') {
    if (value.startsWith('/')) return value;
  } else if (typeof value === 'object' && value !== null) {
    const { id, path } = value as { readonly id?: unknown; readonly path?: unknown };
    if (typeof id === 'string' && (path === undefined || typeof path === 'string'))
      return { id, ...(path === undefined ? {} : { path }) };
  }
  throw args.wrong(name, 'a conflict as it was listed, or a path that begins with /');
}

/** Who asked for one conflict is told by an error that nothing was decided. */
async function settled(report: ResolveReport): Promise<ResolveReport> {
  const [refusal] = report.refused;
  if (refusal === undefined) return report;
  const { refusalError } = await import('../../../sync/resolver.js');
  throw refusalError(refusal);
}
