/**
 * `agentfs checkpoint list`.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { remoteOf } from '../history-options.js';
import { renderCheckpoints } from '../render/history.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const workspace = await context.workspace(input.operand(0));
  const checkpoints = await workspace.checkpoints.list(remoteOf(input));
  context.output.answer({ checkpoints }, () => renderCheckpoints(checkpoints));
}
