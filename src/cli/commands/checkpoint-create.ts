/**
 * `agentfs checkpoint create`.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { remoteOf } from '../history-options.js';
import { formatCount } from '../render/quantities.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const workspace = await context.workspace(input.operand(0));
  const checkpoint = await workspace.checkpoints.create(input.operand(1), remoteOf(input));
  const { name, revision } = checkpoint;
  context.output.done(checkpoint, () => `Checkpoint ${name} is revision ${formatCount(revision)}`);
}
