/**
 * `agentfs fs stat`: a symlink is described, not followed.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { renderStat } from '../render/files.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const path = input.operand(1);
  const workspace = await context.workspace(input.operand(0));
  const found = await workspace.lstat(path);
  context.output.answer({ path, ...found }, () => renderStat(path, found));
}
