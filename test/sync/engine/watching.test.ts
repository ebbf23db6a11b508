/** What can be asked of a sync, on a real remote: metrics over restarts, agents, and each remote by itself. */
import t from 'tap';
import { eventually, fileRemote, pair } from './agent.js';

t.setTimeout(240_000);

t.test('metrics are kept over restarts, a remote each, and go with it', async (t) => {
  const url = fileRemote(t);
  const { a } = await pair(t, { url });
  await a.engine.enable({ tursoDb: fileRemote(t), remote: 'backup', mode: 'manual' });
  a.write('/f', 'x'.repeat(10_000));
  await a.engine.push();
  await a.engine.push();
  const before = await a.engine.metrics();
  t.match(before, { remote: 'origin', syncOperations: 2, conflictsResolved: 0, retries: 0 });
  t.ok(before.bytesPushed > 0 && before.roundTrips > 0 && before.rowsWritten > 0);
  t.ok(before.averageLatencyMs > 0 && before.p99Ms >= before.p50Ms);
  await a.reopen();
  t.same(await a.engine.metrics(), before);
  t.match(await a.engine.metrics('backup'), { syncOperations: 0 });
  await a.engine.push({ remote: 'backup' });
  t.match(await a.engine.metrics('backup'), { syncOperations: 1 });
  await a.engine.disable();
  await t.rejects(a.engine.metrics(), { code: 'SYNC_NOT_ENABLED' });
  await a.engine.enable({ tursoDb: url, mode: 'manual' });
  t.match(await a.engine.metrics(), { syncOperations: 0 });
  t.match(await a.engine.metrics('backup'), { syncOperations: 1 }, 'the other one stays');
  t.match(await a.engine.push(), { conflicts: [] });
});

t.test('the agents of a workspace are told with what they have', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.write('/f', 'f');
  for (const agent of [a, b]) {
    await agent.engine.config(undefined, { mode: 'real-time' });
    agent.engine.start();
  }
  await eventually('both are seen', async () => (await a.engine.agents()).length === 2);
  const agents = await b.engine.agents();
  t.same(new Set(agents.map(({ agent }) => agent)), new Set([a.id, b.id]));
  for (const { agent, self, host, lastSeen } of agents) {
    t.equal(self, agent === b.id);
    t.not(host, '');
    t.ok(Math.abs(Date.parse(lastSeen) - Date.now()) < 60_000);
  }
});
