/** A workspace of its own for a test, held by both of its implementations: owned in this process, and over its socket. */
import { AgentFS, type Workspace } from '#src/sdk/typescript/index.js';
import { temporaryDirectory } from '../../workspace/temporary-home.js';

export async function openWorkspace(t: {
  teardown(fn: () => unknown): void;
}): Promise<{ owner: Workspace; client: Workspace }> {
  const afs = new AgentFS({ home: temporaryDirectory(t) });
  const owner = await afs.workspace.create('demo');
  const client = await afs.workspace.get('demo', { own: false });
  t.teardown(async () => {
    await client.close();
    await owner.close();
  });
  return { owner, client };
}
