/**
 * The modes real-time and periodic need a process that stays: a mount is one, else a background owner is started here.
 */
import type { Workspace } from '../sdk/typescript/index.js';
import type { Context } from './context.js';

/** Starts a background owner where the workspace's modes need one and none runs, and says so. */
export async function keepSyncing(context: Context, workspace: Workspace): Promise<void> {
  const { needsOwner } = await workspace.service.call('sync.remotes', {});
  if (!needsOwner) return;
  const { pid, started } = await workspace.startOwner();
  if (!started) return;
  context.output.note(
    `Process ${pid} goes on syncing ${workspace.name} in the background; end it: agentfs stop ${workspace.name}`,
  );
}
