/**
 * `agentfs fs rm`.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { printable } from '../render/table.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const path = input.operand(1);
  const workspace = await context.workspace(input.operand(0));
  await workspace.rm(path, { recursive: input.flag('recursive'), force: input.flag('force') });
  context.output.done({ path }, () => `Removed ${printable(path)}`);
}
