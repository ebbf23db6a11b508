/**
 * The real parts of an owner: our filesystem and our sync engine, each loaded when it is first needed: an owner without a remote
 * never has the engine.
 */
import { late } from '../../../base/index.js';
import type { Vfs } from '../../../vfs/index.js';
import { agentId, renewAgentId } from '../../../workspace/index.js';
import type { OwnerParts } from './parts.js';

const filesystemPart = late(() => import('../../../vfs/index.js'));
const enginePart = late(() => import('../../../sync/index.js'), { ahead: false });

export const defaultParts: OwnerParts<Vfs> = {
  async openFilesystem(database, { create, cacheSizeBytes, log }) {
    const { openVfs } = await filesystemPart();
    return openVfs(database, {
      create,
      onError: (error) => log.error('a batch could not be written', { error: String(error) }),
      ...(cacheSizeBytes === undefined ? {} : { cacheSizeBytes }),
    });
  },

  hasRemotes: (filesystem) => filesystem.syncState.remotes().length > 0,

  async openSync({ filesystem, workspace, credentials, log }) {
    const { openSyncEngine } = await enginePart();
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
