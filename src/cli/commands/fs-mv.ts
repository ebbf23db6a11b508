/**
 * `agentfs fs mv`: as mv(1), into the target where that is a directory.
 */
import { basename, join } from 'node:path/posix';
import { AgentFsError } from '../../base/index.js';
import type { Workspace } from '../../sdk/typescript/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { printable } from '../render/table.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const from = input.operand(1);
  const workspace = await context.workspace(input.operand(0));
  const given = input.operand(2);
  const to = (await isDirectory(workspace, given)) ? join(given, basename(from)) : given;
  await workspace.rename(from, to);
  context.output.done({ from, to }, () => `Moved ${printable(from)} to ${printable(to)}`);
}

async function isDirectory(workspace: Workspace, path: string): Promise<boolean> {
  try {
    return (await workspace.stat(path)).kind === 'directory';
  } catch (error) {
    if (error instanceof AgentFsError && error.code === 'ENOENT') return false;
    throw error;
  }
}
