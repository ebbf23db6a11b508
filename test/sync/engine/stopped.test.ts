/**
 * A sync that is asked for while the engine ends. It used to start a worker after the end, whose report came when the database
 * was closed, and ended the process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openSyncEngine } from '#src/sync/index.js';
import { openVfs } from '#src/vfs/index.js';
import { fileRemote } from './agent.js';

t.test('a push that the end of the engine overtakes is refused, and starts nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'agentfs-stopped-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const vfs = openVfs(join(folder, 'workspace.db'), { create: true });
  let answer = (): void => {};
  let isAsked = false;
  const engine = openSyncEngine({
    vfs,
    workspace: 'shared',
    agent: 'ab'.repeat(16),
    newAgentId: async () => 'f'.repeat(32),
    credentials: {
      token: () => {
        isAsked = true;
        return new Promise((resolve) => {
          answer = () => resolve(undefined);
        });
      },
      store: async () => {},
      remove: async () => {},
    },
  });
  const enabled = engine.enable({ tursoDb: fileRemote(t), mode: 'manual' });
  while (!isAsked) await new Promise((resolve) => setImmediate(resolve));
  answer();
  await enabled;
  isAsked = false;
  const refused = t.rejects(engine.push(), { code: 'CLOSED', hint: /Repeat/ });
  while (!isAsked) await new Promise((resolve) => setImmediate(resolve));
  await engine.stop();
  await vfs.close();
  answer();
  await refused;
});
