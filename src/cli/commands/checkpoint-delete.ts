/**
 * `agentfs checkpoint delete`.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { remoteOf } from '../history-options.js';
import { printable } from '../render/table.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const name = input.operand(1);
  const workspace = await context.workspace(input.operand(0));
  await workspace.checkpoints.delete(name, remoteOf(input));
  context.output.done({ name }, () => `Deleted checkpoint ${printable(name)}`);
}
