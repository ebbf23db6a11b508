/**
 * `agentfs sync status`.
 */
import type { Workspace } from '../../sdk/typescript/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { renderSyncStatus } from '../render/sync-status.js';

export async function run(context: Context, input: CommandInput): Promise<number | undefined> {
  const workspace = await context.workspace(input.operand(0));
  if (input.flag('watch')) return await watch(context, workspace, input.text('remote') ?? 'origin');
  const status = await workspace.sync.status(input.text('remote'));
  context.output.answer(status, () => renderSyncStatus(status, context.output.palette));
  return undefined;
}

/** Until it is interrupted. With --json a document a line. */
async function watch(context: Context, workspace: Workspace, remote: string): Promise<number> {
  await workspace.sync.status(remote);
  const { LiveStatus } = await import('../live-status.js');
  const { waitForSignal } = await import('../wait-for-signal.js');
  const live = new LiveStatus(context.output, workspace, remote);
  live.begin();
  const code = await waitForSignal().first;
  await live.end();
  return code;
}
