/**
 * `agentfs sync resolve`: decides conflicts by a strategy, or asks about each.
 */
import { AgentFsError } from '../../base/index.js';
import type { ResolveReport, ResolveStrategy } from '../../sdk/typescript/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { EXIT_CONFLICTS, EXIT_DONE, EXIT_FAILED } from '../exit-codes.js';
import { renderResolved } from '../render/conflict.js';
import { resolveByAsking } from '../resolve-by-asking.js';

export async function run(context: Context, input: CommandInput): Promise<number> {
  const name = input.operand(0);
  const paths = input.restOperands(1).map((path) => (path.startsWith('/') ? path : `/${path}`));
  const strategy = input.text('strategy') as ResolveStrategy | undefined;
  const isInteractive = input.flag('interactive');
  if ((strategy === undefined) !== isInteractive) {
    throw new AgentFsError('USAGE', 'sync resolve needs --strategy or --interactive, one of them', {
      hint: `agentfs sync resolve ${name} --strategy local|remote|both|merge`,
    });
  }
  const remote = input.text('remote');
  const timeout = input.integer('timeout');
  const target = {
    ...(remote === undefined ? {} : { remote }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(input.flag('force') ? { force: true } : {}),
  };
  const workspace = await context.workspace(name);
  if (strategy === undefined) return await resolveByAsking(context, workspace, { paths, target });
  const conflicts = paths.length === 0 ? {} : { conflicts: paths };
  const report = await workspace.sync.resolveAll({ strategy }, { ...target, ...conflicts });
  context.output.done(report, () => renderResolved(report, strategy));
  for (const { message, hint } of report.refused) {
    if (context.output.json) continue;
    context.output.failure(
      { message, ...(hint === undefined ? {} : { hint: hint.replaceAll('<workspace>', name) }) },
      undefined,
    );
  }
  return exitCodeOf(report);
}

/** What was asked for has to be done: a refusal is no success, whatever else went through. */
function exitCodeOf({ refused }: ResolveReport): number {
  if (refused.length === 0) return EXIT_DONE;
  return refused.every(({ reason }) => reason === 'gone') ? EXIT_FAILED : EXIT_CONFLICTS;
}
