/**
 * `agentfs workspace create`: an existing name is an error here, so that two people do not share one by mistake.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const name = input.operand(0);
  const db = input.text('db');
  const afs = await context.agentfs();
  const workspace = await afs.workspace.create(name, { exist: 'error', ...(db === undefined ? {} : { db }) });
  await workspace.close();
  const [record] = (await afs.workspace.list()).filter((other) => other.name === name);
  context.output.done(
    record ?? { name },
    () => `Created workspace ${name}\nMount it: agentfs mount ${name} <dir>`,
  );
}
