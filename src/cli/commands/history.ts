/**
 * `agentfs history`.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { remoteOf } from '../history-options.js';
import { renderLog } from '../render/history.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const workspace = await context.workspace(input.operand(0));
  const [limit, before] = [input.integer('limit'), input.integer('before')];
  const log = await workspace.history(input.optionalOperand(1), {
    ...remoteOf(input),
    ...(limit === undefined ? {} : { limit }),
    ...(before === undefined ? {} : { before }),
  });
  context.output.answer(log, () => renderLog(log));
}
