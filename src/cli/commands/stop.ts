/**
 * `agentfs stop`: ends a workspace's background owner. That there is none is fine.
 */
import { ownerOf } from '../../sdk/typescript/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const name = input.operand(0);
  const workspace = await context.workspace(name);
  const owner = await ownerOf(workspace.record);
  if (owner === undefined) {
    context.output.done({ workspace: name, stopped: null }, () => `${name} has no background process`);
    return;
  }
  await workspace.service.call('owner.stop', { force: input.flag('force') });
  context.output.done(
    { workspace: name, stopped: owner.pid },
    () => `Stopped process ${owner.pid} of ${name}`,
  );
}
