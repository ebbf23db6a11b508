/**
 * `agentfs sync disable`.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const name = input.operand(0);
  const remote = input.text('remote') ?? 'origin';
  const workspace = await context.workspace(name);
  await workspace.sync.disable(remote);
  context.output.done(
    { workspace: name, remote, syncStatus: 'disabled' },
    () => `${name} no longer syncs with ${remote}`,
  );
}
