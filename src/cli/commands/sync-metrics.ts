/**
 * `agentfs sync metrics`.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { renderMetrics } from '../render/sync-metrics.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const workspace = await context.workspace(input.operand(0));
  const metrics = await workspace.sync.metrics(input.text('remote'));
  context.output.answer(metrics, () => renderMetrics(metrics));
}
