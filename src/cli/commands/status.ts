/**
 * `agentfs status`: all workspaces at a glance. One that cannot be read does not hide the others.
 */
import { rfc3339 } from '../../base/index.js';
import type { SyncStatus, WorkspaceSummary } from '../../sdk/typescript/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { colourOfState } from '../render/sync-status.js';
import { printable, renderTable } from '../render/table.js';

interface WorkspaceStatus extends WorkspaceSummary {
  readonly remotes: readonly SyncStatus[];
  readonly problem: string | null;
}

export async function run(context: Context, _input: CommandInput): Promise<undefined> {
  const afs = await context.agentfs();
  const found: WorkspaceStatus[] = [];
  for (const summary of await afs.workspace.list()) found.push(await inspect(context, summary));
  context.output.answer(found, () => render(context, found));
}

async function inspect(context: Context, summary: WorkspaceSummary): Promise<WorkspaceStatus> {
  try {
    const workspace = await context.workspace(summary.name);
    const remotes: SyncStatus[] = [];
    for (const remote of await workspace.sync.remotes()) remotes.push(await workspace.sync.status(remote));
    await workspace.close();
    return { ...summary, remotes, problem: null };
  } catch (error) {
    return { ...summary, remotes: [], problem: (error as Error).message };
  }
}

function render(context: Context, found: readonly WorkspaceStatus[]): string {
  if (found.length === 0) return 'There is no workspace yet. Create one: agentfs workspace create <name>';
  const { palette } = context.output;
  return renderTable(
    [
      { title: 'workspace' },
      { title: 'mounted at' },
      { title: 'process' },
      { title: 'sync' },
      { title: 'pending', align: 'right' },
      { title: 'last sync' },
    ],
    found.flatMap((workspace) => {
      const mounts = workspace.owner?.mounts.map((mount) => printable(mount.mountpoint)).join(', ') || '-';
      const owner = workspace.owner === null ? '-' : String(workspace.owner.pid);
      const first = [workspace.name, mounts, owner];
      if (workspace.problem !== null) return [[...first, palette.red(printable(workspace.problem))]];
      if (workspace.remotes.length === 0) return [[...first, 'off', '-', '-']];
      return workspace.remotes.map((status, index) => [
        ...(index === 0 ? first : ['', '', '']),
        `${colourOfState(status.syncStatus, palette)} (${status.remote}, ${status.mode})`,
        String(status.pendingChanges),
        status.lastSync === null ? 'never' : rfc3339(status.lastSync),
      ]);
    }),
  );
}
