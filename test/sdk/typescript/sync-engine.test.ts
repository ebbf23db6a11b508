import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { AgentFS, type SyncConflictError, type SyncReport } from '#src/sdk/typescript/index.js';
import { eventually, temporaryDirectory } from '../../workspace/temporary-home.js';

/** Two agents with a remote that needs no server. */
function agents(t: Parameters<typeof temporaryDirectory>[0]) {
  const directory = temporaryDirectory(t);
  return {
    a: new AgentFS({ home: join(directory, 'a') }),
    b: new AgentFS({ home: join(directory, 'b') }),
    tursoDb: pathToFileURL(join(directory, 'remote.db')).href,
  };
}

t.test('what one agent pushes, another one pulls', { timeout: 60_000 }, async (t) => {
  const { a, b, tursoDb } = agents(t);
  await using wsA = await a.workspace.create('shared');
  await using wsB = await b.workspace.create('shared');
  await t.rejects(wsA.sync.status(), { code: 'SYNC_NOT_ENABLED' });
  await t.rejects(wsA.sync.push(), { code: 'SYNC_NOT_ENABLED' });
  await wsA.sync.enable({ tursoDb, mode: 'manual' });
  await wsB.sync.enable({ tursoDb, mode: 'manual' });
  await wsA.mkdir('/d');
  await wsA.writeFile('/d/f', 'from a');
  t.match(await wsA.sync.status(), { mode: 'manual', syncStatus: 'pending', lastSync: null });
  const report: SyncReport = await wsA.sync.push();
  t.ok(report.pushed > 0);
  t.match(await wsA.sync.status(), { syncStatus: 'synced', pendingChanges: 0 });
  await wsB.sync.pull();
  t.equal(await wsB.readFile('/d/f', 'utf8'), 'from a');
  t.same(await wsA.sync.remotes(), ['origin']);
  t.match(await wsA.sync.config({ interval: 60, mode: 'periodic' }), { interval: 60, mode: 'periodic' });
  t.match(await wsA.sync.config(), { interval: 60 });
  await t.rejects(wsA.sync.config({ interval: 1 }), { code: 'INVALID_ARGUMENT' });
  await wsA.sync.disable();
  await t.rejects(wsA.sync.status(), { code: 'SYNC_NOT_ENABLED' });
  t.equal(await wsA.readFile('/d/f', 'utf8'), 'from a', 'what is here stays');
});

t.test(
  'under the policy manual a push over another agent’s edit throws, and touches neither side',
  { timeout: 60_000 },
  async (t) => {
    const { a, b, tursoDb } = agents(t);
    await using wsA = await a.workspace.create('shared');
    await using wsB = await b.workspace.create('shared');
    for (const ws of [wsA, wsB])
      await ws.sync.enable({ tursoDb, mode: 'manual', conflictResolution: 'manual' });
    await wsA.writeFile('/f', 'base');
    await wsA.sync.push();
    await wsB.sync.pull();
    await wsA.writeFile('/f', 'edited by a');
    await wsB.writeFile('/f', 'edited by b');
    await wsB.writeFile('/other', 'of b');
    await wsA.sync.push();
    const error: SyncConflictError = await wsB.sync.push().catch((problem) => problem);
    t.match(error, { name: 'SyncConflictError', code: 'SYNC_CONFLICT' });
    t.match(error.conflicts, [{ path: '/f', type: 'modify/modify' }]);
    t.equal(await wsB.readFile('/f', 'utf8'), 'edited by b');
    t.match(await wsB.sync.conflicts(), [{ path: '/f' }]);
    await wsA.sync.pull();
    t.equal(await wsA.readFile('/f', 'utf8'), 'edited by a');
    t.equal(await wsA.readFile('/other', 'utf8'), 'of b', 'what is no conflict went through');
  },
);

t.test(
  'in real time an edit arrives at the other agent by itself, also with a background owner',
  { timeout: 60_000 },
  async (t) => {
    const { a, b, tursoDb } = agents(t);
    await using wsA = await a.workspace.create('shared');
    await using wsB = await b.workspace.create('shared');
    await wsA.sync.enable({ tursoDb, mode: 'real-time' });
    await wsB.sync.enable({ tursoDb, mode: 'real-time' });
    await wsA.writeFile('/f', 'one');
    await eventually(
      async () => (await wsB.exists('/f')) && (await wsB.readFile('/f', 'utf8')) === 'one',
      20_000,
    );
    const { pid } = await wsB.startOwner();
    t.match(await wsB.owner(), { pid, kind: 'background' });
    await wsA.writeFile('/f', 'two');
    await eventually(async () => (await wsB.readFile('/f', 'utf8')) === 'two', 20_000);
    await eventually(async () => (await wsB.owner()).staysFor.includes('sync'));
    await wsB.service.call('owner.stop', {});
  },
);

t.test('a token is kept in a private file and never in the database', { timeout: 60_000 }, async (t) => {
  const { a, tursoDb } = agents(t);
  const ws = await a.workspace.create('shared');
  await ws.sync.enable({ tursoDb, mode: 'manual', token: 'very-secret-token' });
  t.match(readFileSync(join(ws.record.directory, 'credentials.json'), 'utf8'), /very-secret-token/);
  t.notMatch(JSON.stringify([await ws.sync.status(), await ws.sync.config()]), /very-secret-token/);
  await ws.close();
  t.notMatch(readFileSync(ws.record.database, 'latin1'), /very-secret-token/);
});
