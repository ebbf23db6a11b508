/**
 * Asking whether a workspace has an owner, without becoming it and without waiting for a busy one.
 */
import { AgentFsError } from '../../base/index.js';
import { isOwnerAbsent } from '../../rpc/index.js';
import { resolveDatabase, type WorkspaceRecord } from '../../workspace/index.js';
import type { OwnerInfo } from './service.js';
import { connectToOwner } from './session.js';

const PROBE_TIMEOUT_MS = 2000;

/** What the owner says of itself; undefined where there is none. Throws OWNER_UNREACHABLE where it does not answer. */
export async function ownerOf(workspace: WorkspaceRecord): Promise<OwnerInfo | undefined> {
  try {
    const session = await connectToOwner({
      database: await resolveDatabase(workspace.database),
      workspace: workspace.name,
      timeoutMs: PROBE_TIMEOUT_MS,
    });
    try {
      return (await session.call('owner.info', {}, {})) as OwnerInfo;
    } finally {
      await session.close();
    }
  } catch (error) {
    if (isOwnerAbsent(error)) return undefined;
    if (error instanceof AgentFsError && (error.code === 'OWNER_GONE' || error.code === 'ENOENT'))
      return undefined;
    throw error;
  }
}
