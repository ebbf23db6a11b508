/**
 * Becoming the owner where a program may own in process: it is asked to hand over, then the lock is tried until it is
 * free. Another background owner is not asked: there is one already, and it will do.
 */
import { AgentFsError } from '../base/index.js';
import { clearDeadMount, listMounts } from '../fuse/index.js';
import { ownerOf, WorkspaceConnection } from '../sdk/typescript/index.js';
import type { Owner } from '../sdk/typescript/owner/index.js';
import { mountSourceOf, readOwnerRecord, resolveDatabase, type WorkspaceRecord } from '../workspace/index.js';

const TAKEOVER_MS = 10_000;
const RETRY_MS = 15;

/** Throws WORKSPACE_BUSY where a background owner runs or the lock does not come free; else what `open` throws. */
export async function takeOver(workspace: WorkspaceRecord, open: () => Promise<Owner>): Promise<Owner> {
  const deadlineMs = performance.now() + TAKEOVER_MS;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      const busy = error instanceof AgentFsError && error.code === 'WORKSPACE_BUSY';
      if (!busy || performance.now() >= deadlineMs) throw error;
    }
    await freeStuckOwner(workspace);
    await askForHandover(workspace);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/**
 * A killed owner may be unable to die: a thread of it waits in the kernel for an answer that only it could give, and it
 * keeps lock and socket meanwhile. Cutting its mount lets it go. A living owner is left alone.
 */
async function freeStuckOwner(workspace: WorkspaceRecord): Promise<void> {
  const database = await resolveDatabase(workspace.database);
  const record = await readOwnerRecord(database);
  if (record === undefined) return;
  for (const entry of listMounts()) {
    if (entry.source !== mountSourceOf(workspace.name, database)) continue;
    await clearDeadMount(entry.mountpoint, { ownerPid: record.pid });
  }
}

async function askForHandover(workspace: WorkspaceRecord): Promise<void> {
  const current = await ownerOf(workspace).catch(() => undefined);
  if (current === undefined) return;
  if (current.kind === 'background') throw ownedInBackground(workspace.name, current.pid);
  const connection = new WorkspaceConnection(workspace, { own: false });
  try {
    await connection.call('owner.handover', {});
  } catch {
    // It may have ended by itself in the meantime; the lock tells.
  } finally {
    await connection.close();
  }
}

function ownedInBackground(workspace: string, pid: number): AgentFsError {
  return new AgentFsError('WORKSPACE_BUSY', `process ${pid} owns '${workspace}' in the background already`, {
    operation: 'start owner',
    hint: `Use it, or stop it: agentfs stop ${workspace}`,
    data: { pid },
  });
}
