/** The audit log through the public API: what was done is told to every agent, and never with a token. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { AgentFS } from '#src/sdk/typescript/index.js';

t.test('what agents did is told to all of them, without secrets', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'agentfs-audit-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const tursoDb = `file:${join(folder, 'remote.db')}`;
  const [a, b] = await Promise.all(
    ['a', 'b'].map((home) =>
      new AgentFS({ home: join(folder, home) }).workspace.create('w', { schedule: false }),
    ),
  );
  if (a === undefined || b === undefined) throw new Error('no workspaces');
  t.teardown(() => Promise.all([a.close(), b.close()]));
  t.same(await a.audit(), { entries: [], complete: true }, 'without a remote nothing was done yet');
  for (const ws of [a, b]) await ws.sync.enable({ tursoDb, token: 'secret-token', mode: 'manual' });
  await a.writeFile('/hello.txt', 'hello');
  await a.sync.push();
  await a.sync.config({ conflictResolution: 'manual' });
  await a.sync.reset();
  await a.sync.push();
  await b.sync.pull();
  const [here, there] = [await a.audit(), await b.audit()];
  t.ok(here.complete && there.complete);
  const told = there.entries.filter(({ self }) => !self).map(({ action }) => action);
  for (const action of ['sync.enable', 'sync.push', 'sync.config', 'sync.reset', 'push'])
    t.ok(told.includes(action), action);
  const commit = there.entries.find(({ action }) => action === 'push');
  t.match(commit, { revision: 1, self: false, detail: /1 made.*hello\.txt/ });
  t.notMatch(JSON.stringify([here, there]), /secret-token/);
  t.match(here.entries.find(({ action }) => action === 'sync.config')?.detail, /manual/);
  const times = there.entries.map(({ at }) => at);
  t.same(times, [...times].sort().reverse(), 'the latest first');
  t.equal(there.entries.length, new Set(there.entries.map((it) => JSON.stringify(it))).size, 'each once');
  t.equal((await b.audit({ limit: 2 })).entries.length, 2);
  const agents = await b.sync.agents();
  t.equal(agents.length, 2, 'who syncs by hand is seen too');
});
