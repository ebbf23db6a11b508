/**
 * Asking whether a workspace has an owner, and telling it to stop, without becoming it or counting as its client.
 *
 * Both speak to owners of other protocol versions too, so that whoever meets one can end it.
 */
import { AgentFsError } from '../../base/index.js';
import { isOwnerAbsent } from '../../rpc/index.js';
import { resolveDatabase, type WorkspaceRecord } from '../../workspace/index.js';
import type { OwnerInfo } from './service.js';
import { connectToOwner, type Session } from './session.js';

const PROBE_TIMEOUT_MS = 2000;

/** What the owner says of itself; undefined where there is none. Throws OWNER_UNREACHABLE where it does not answer. */
export async function ownerOf(workspace: WorkspaceRecord): Promise<OwnerInfo | undefined> {
  return await withOwner(workspace, infoOf);
}

/**
 * Ends the owner: it unmounts, flushes and closes the database before this resolves. Returns who it was; undefined where
 * there was none. Throws MOUNTPOINT_BUSY, with nothing changed, where a mount is in use and `force` is not given.
 */
export async function stopOwner(
  workspace: WorkspaceRecord,
  options: { readonly force?: boolean } = {},
): Promise<OwnerInfo | undefined> {
  return await withOwner(workspace, async (session) => {
    const info = await infoOf(session);
    await session.call('owner.stop', { force: options.force === true }, {});
    return info;
  });
}

async function infoOf(session: Session): Promise<OwnerInfo> {
  return (await session.call('owner.info', {}, { timeoutMs: PROBE_TIMEOUT_MS })) as OwnerInfo;
}

async function withOwner<T>(
  workspace: WorkspaceRecord,
  ask: (session: Session) => Promise<T>,
): Promise<T | undefined> {
  const database = await resolveDatabase(workspace.database);
  try {
    const session = await connectToOwner({
      database,
      workspace: workspace.name,
      timeoutMs: PROBE_TIMEOUT_MS,
      anyVersion: true,
    });
    try {
      return await ask(session);
    } finally {
      await session.close();
    }
  } catch (error) {
    if (isOwnerAbsent(error)) return undefined;
    if (error instanceof AgentFsError && (error.code === 'OWNER_GONE' || error.code === 'ENOENT'))
      return undefined;
    const { explainSilence } = await import('./silent-owner.js');
    throw await explainSilence(error, { database, workspace: workspace.name });
  }
}
