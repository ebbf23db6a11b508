/**
 * `agentfs diff`.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { remoteOf } from '../history-options.js';
import { renderDiff } from '../render/history.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const workspace = await context.workspace(input.operand(0));
  const [path, from, to] = [input.optionalOperand(1), input.text('from'), input.text('to')];
  const report = await workspace.diff({
    ...remoteOf(input),
    ...(path === undefined ? {} : { path }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  });
  context.output.answer(report, () => renderDiff(report, context.output.palette));
}
