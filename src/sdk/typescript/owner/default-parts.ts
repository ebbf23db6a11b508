/**
 * The real parts of an owner: our filesystem and our sync engine, each loaded when it is first needed.
 */
import type { Vfs } from '../../../vfs/index.js';
import { agentId, renewAgentId } from '../../../workspace/index.js';
import type { OwnerParts } from './parts.js';

export const defaultParts: OwnerParts<Vfs> = {
  async openFilesystem(database, { create, cacheSizeBytes, log }) {
    const { openVfs } = await import('../../../vfs/index.js');
    return openVfs(database, {
      create,
      onError: (error) => log.error('a batch could not be written', { error: String(error) }),
      ...(cacheSizeBytes === undefined ? {} : { cacheSizeBytes }),
    });
  },

  hasRemotes: (filesystem) => filesystem.syncState.remotes().length > 0,

  async openSync({ filesystem, workspace, credentials, log }) {
    const { openSyncEngine } = await import('../../../sync/index.js');
    return openSyncEngine({
      vfs: filesystem,
      workspace: workspace.name,
      agent: await agentId(workspace.directory),
      newAgentId: () => renewAgentId(workspace.directory),
      credentials,
      onError: (error) => log.error('sync failed', { error: String(error) }),
    });
  },
};
