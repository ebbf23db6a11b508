/**
 * `agentfs fs mkdir`.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { printable } from '../render/table.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const path = input.operand(1);
  const workspace = await context.workspace(input.operand(0));
  await workspace.mkdir(path, { recursive: input.flag('parents') });
  context.output.done({ path }, () => `Made ${printable(path)}`);
}
