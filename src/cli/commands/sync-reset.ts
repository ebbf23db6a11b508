/**
 * `agentfs sync reset`.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const name = input.operand(0);
  const workspace = await context.workspace(name);
  const newId = input.flag('newId');
  const status = await workspace.sync.reset(input.text('remote'), { newId });
  context.output.done(
    status,
    () =>
      `${name} forgot what it had agreed with ${status.remote}; the next sync compares both sides anew${newId ? `, as agent ${status.agent}` : ''}`,
  );
}
