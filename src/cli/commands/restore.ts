/**
 * `agentfs restore`.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { placeOf, remoteOf } from '../history-options.js';
import { renderRestore } from '../render/history.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const dryRun = input.flag('dryRun');
  const workspace = await context.workspace(input.operand(0));
  const report = await workspace.restore(input.operand(1), {
    ...remoteOf(input),
    ...placeOf(input),
    ...(dryRun ? { dryRun } : {}),
  });
  context.output.done(report, () => renderRestore(report, dryRun));
}
