/**
 * What goes wrong between an agent and its remote: nothing is changed twice, nothing is lost, and it heals by itself.
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { createClient } from '@libsql/client';
import t, { type Test } from 'tap';
import { type FailingProxy, startFailingProxy } from '../../e2e/failing-proxy.js';
import { type Sqld, startSqld } from '../../support/sqld.js';
import { type Agent, eventually, fileRemote, openAgent, pair } from './agent.js';

t.setTimeout(180_000);
const sqld = await startSqld({ auth: false });
t.teardown(() => sqld.stop());
let tests = 0;

/** Two agents on a workspace of their own; `a` goes through a proxy. */
async function proxied(t: Test) {
  tests += 1;
  const workspace = `w${tests}`;
  const proxy = await startFailingProxy(t, sqld.url);
  const [a, b] = [openAgent(t, { workspace }), openAgent(t, { workspace })];
  await a.engine.enable({ tursoDb: proxy.url, mode: 'manual' });
  await b.engine.enable({ tursoDb: sqld.url, mode: 'manual' });
  return { a, b, proxy };
}

/** Where a push sends its commit: the requests of one that goes through, counted. */
async function requestsOfPush(proxy: FailingProxy, a: Agent) {
  proxy.cut(0, 'before the client has the answer', async () => {});
  await a.engine.push();
  return proxy.seen;
}

const EDITS: Readonly<Record<string, { edit: (a: Agent) => void; again: (a: Agent, base: string) => void }>> =
  {
    nothing: { edit: (a) => a.write('/f', 'pushed'), again: () => {} },
    'another edit': {
      edit: (a) => a.write('/f', 'pushed'),
      again: (a) => a.write('/f', 'pushed, and edited again'),
    },
    'the edit taken back': { edit: (a) => a.write('/f', 'pushed'), again: (a, base) => a.write('/f', base) },
    'the new file removed': { edit: (a) => a.write('/new', 'pushed'), again: (a) => a.unlink('/new') },
    'the new name taken back': { edit: (a) => a.rename('/f', '/g'), again: (a) => a.rename('/g', '/f') },
    'the removed file made again': {
      edit: (a) => a.unlink('/f'),
      again: (a) => a.write('/f', 'another one'),
    },
  };

for (const restart of [false, true]) {
  t.test(`a commit whose answer was lost is recognised${restart ? ' after a restart' : ''}`, async (t) => {
    const { a, b, proxy } = await proxied(t);
    for (const [name, { edit, again }] of Object.entries(EDITS)) {
      for (const policy of ['manual', 'last-write-wins'] as const) {
        await t.test(`after ${name}, under ${policy}`, async (t) => {
          await a.engine.config(undefined, { conflictResolution: policy });
          const base = `base of ${name} under ${policy}`;
          a.write('/f', base);
          await a.engine.push();
          await b.engine.pull();
          edit(a);
          proxy.cut(2, 'before the client has the answer', async () => {});
          await t.rejects(a.engine.push(), { code: 'REMOTE_UNREACHABLE' });
          proxy.cut(0, 'before the client has the answer', async () => {});
          again(a, base);
          if (restart) await a.reopen();
          const before = a.tree();
          const report = await a.engine.push();
          t.same(report.conflicts, [], 'no conflict with itself');
          t.equal(a.tree(), before);
          await b.engine.pull();
          t.equal(b.tree(), before);
          t.match(await a.engine.push(), { pushed: 0, rowsWritten: 0 });
          t.match(await a.engine.status(), { pendingChanges: 0, syncStatus: 'synced' });
        });
      }
    }
  });
}

t.test('the very first push is recognised too when its answer was lost', async (t) => {
  const { a, b, proxy } = await proxied(t);
  await a.engine.config(undefined, { conflictResolution: 'manual' });
  await a.engine.pull();
  a.write('/f', 'pushed');
  proxy.cut(2, 'before the client has the answer', async () => {});
  await t.rejects(a.engine.push(), { code: 'REMOTE_UNREACHABLE' });
  a.write('/f', 'and edited again');
  a.write('/g', 'and another');
  t.same((await a.engine.push()).conflicts, []);
  await b.engine.pull();
  t.equal(a.tree(), b.tree());
});

t.test('a push that breaks at any request goes on where it was', async (t) => {
  const { a, b, proxy } = await proxied(t);
  await a.engine.config(undefined, { batchSize: 10, conflictResolution: 'manual' });
  const fill = (round: number) => {
    a.mkdir(`/${round}`);
    for (let i = 0; i < 25; i += 1) a.write(`/${round}/${i}`, `content ${i}`);
    a.write(`/${round}/large`, randomBytes(200_000));
  };
  fill(0);
  const requests = await requestsOfPush(proxy, a);
  t.ok(requests > 4, `${requests} requests`);
  for (let n = 1; n <= requests; n += 1) {
    fill(n);
    const at = n % 2 === 0 ? 'before the server sees it' : 'before the client has the answer';
    proxy.cut(n, at, async () => {});
    await a.engine.push().catch((error) => t.equal(error.code, 'REMOTE_UNREACHABLE'));
    proxy.cut(0, at, async () => {});
    const report = await a.engine.push();
    t.same(report.conflicts, []);
  }
  await b.engine.pull();
  t.equal(b.tree(), a.tree());
  const client = createClient({ url: sqld.url });
  const live = `FROM agentfs_nodes n JOIN agentfs_workspaces w ON w.id = n.workspace
    WHERE w.name = 'w${tests}' AND n.rev_to IS NULL`;
  const { rows } = await client.execute(`SELECT count(*) AS live, count(DISTINCT node) AS nodes ${live}`);
  const made = (requests + 1) * 27 + 1;
  t.match(rows, [{ live: made, nodes: made }], 'each node once');
  client.close();
});

t.test(
  'a server that is killed in the middle of a push has all of it or nothing of each commit',
  async (t) => {
    const server: Sqld = await startSqld({ auth: false });
    t.teardown(() => server.stop());
    const proxy = await startFailingProxy(t, server.url);
    const { a, b } = await pair(t, { url: proxy.url }, { batchSize: 50 });
    for (let i = 0; i < 300; i += 1) a.write(`/${i}`, `content ${i}`);
    for (let n = 3; n <= 7; n += 2) {
      proxy.cut(n, n % 4 === 3 ? 'before the server sees it' : 'before the client has the answer', () =>
        server.kill(),
      );
      await t.rejects(a.engine.push(), { code: 'REMOTE_UNREACHABLE' });
      t.match(await a.engine.status(), { syncStatus: 'offline' });
      await server.restart();
    }
    const { conflicts } = await a.engine.push();
    t.same(conflicts, []);
    await b.engine.pull();
    t.equal(b.tree(), a.tree());
  },
);

t.test('a pull that breaks in the middle leaves no stage behind, and goes on', async (t) => {
  const { a, b, proxy } = await proxied(t);
  for (let i = 0; i < 3; i += 1) b.write(`/large-${i}`, randomBytes(3 << 20));
  b.write('/small', 'x');
  await b.engine.push();
  for (let n = 2; n <= 4; n += 1) {
    proxy.cut(n, 'before the client has the answer', async () => {});
    await t.rejects(a.engine.pull(), { code: 'REMOTE_UNREACHABLE' });
    t.same(a.rows('SELECT ino FROM afs_orphan'), []);
    t.same(a.rows('SELECT DISTINCT ino FROM fs_data WHERE ino NOT IN (SELECT ino FROM fs_inode)'), []);
  }
  await a.engine.pull();
  t.equal(a.tree(), b.tree());
});

t.test('a wrong token halts real-time sync until there is a new one', async (t) => {
  const server = await startSqld();
  t.teardown(() => server.stop());
  const [a, b] = [openAgent(t), openAgent(t)];
  await a.engine.enable({
    tursoDb: server.url,
    token: await server.token({ expiresIn: -600 }),
    mode: 'real-time',
  });
  a.write('/f', 'x');
  a.engine.start();
  await eventually('auth', async () => (await a.engine.status()).syncStatus === 'auth');
  t.match(await a.engine.status(), { error: { code: 'REMOTE_AUTH' }, pendingChanges: 2 });
  await t.rejects(a.engine.push(), { code: 'REMOTE_AUTH' });
  await a.engine.enable({ tursoDb: server.url, token: await server.token() });
  await eventually('synced', async () => (await a.engine.status()).syncStatus === 'synced');
  await b.engine.enable({ tursoDb: server.url, token: await server.token({ access: 'ro' }), mode: 'manual' });
  await b.engine.pull();
  t.equal(b.read('/f'), 'x', 'a token for reading is enough to pull');
  b.write('/f', 'y');
  await t.rejects(b.engine.push(), { code: 'REMOTE_AUTH' });
});

t.test('without its remote real-time sync waits, and catches up when it is back', async (t) => {
  const server = await startSqld({ auth: false });
  t.teardown(() => server.stop());
  const { a, b } = await pair(t, { url: server.url }, { mode: 'real-time' });
  for (const { engine } of [a, b]) engine.start();
  a.write('/f', 'before');
  await eventually('it is there', () => b.find('/f') !== undefined);
  await server.kill();
  a.write('/f', 'while it was away');
  b.write('/g', 'also');
  for (const { engine } of [a, b])
    await eventually('offline', async () => (await engine.status()).syncStatus === 'offline');
  await server.restart();
  await eventually(
    'both have both',
    () => b.read('/f') === 'while it was away' && a.find('/g') !== undefined,
    // The longer it takes to start, the longer is the wait before the next try.
    60_000,
  );
  for (const { engine } of [a, b])
    await eventually('synced', async () => (await engine.status()).syncStatus === 'synced');
  t.equal(a.tree(), b.tree());
});

t.test('what answers and is no libSQL server is an error that says so', async (t) => {
  const server = createServer((_, response) => response.end('<html>hello</html>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  const a = openAgent(t);
  await a.engine.enable({ tursoDb: `http://127.0.0.1:${port}`, mode: 'manual' });
  await t.rejects(a.engine.push(), { code: 'REMOTE_NOT_LIBSQL', hint: /address/ });
  t.match(await a.engine.status(), { syncStatus: 'error', error: { code: 'REMOTE_NOT_LIBSQL' } });
});

t.test('a remote that was made anew, or is older than before, is not synced with', async (t) => {
  const url = fileRemote(t);
  const { a, b } = await pair(t, { url });
  a.write('/f', 'precious');
  await a.engine.push();
  await b.engine.pull();
  const client = createClient({ url });
  await client.execute('UPDATE agentfs_commits SET revision = revision - 1');
  client.close();
  await b.close();
  b.open();
  await t.rejects(b.engine.pull(), { code: 'SYNC_BRAKE', message: /rolled back/ });
  await a.close();
  for (const end of ['', '-wal', '-shm']) rmSync(`${fileURLToPath(url)}${end}`, { force: true });
  a.open();
  await t.rejects(a.engine.pull(), { code: 'SYNC_BRAKE', message: /anew/ });
  t.equal(a.read('/f'), 'precious');
  await a.engine.disable();
  await a.engine.enable({ tursoDb: url, mode: 'manual' });
  await a.engine.push();
  t.match(await a.engine.status(), { syncStatus: 'synced', pendingChanges: 0 });
});

t.test(
  'sync disabled and enabled again joins both sides: what was deleted meanwhile comes back, nothing goes',
  async (t) => {
    const { a, b } = await pair(t, { url: fileRemote(t) });
    for (const name of ['kept', 'deleted', 'edited']) a.write(`/${name}`, name);
    await a.engine.push();
    const { url } = await a.engine.status();
    await a.engine.disable();
    a.unlink('/deleted');
    a.write('/edited', 'edited while disabled');
    await a.engine.enable({ tursoDb: url, mode: 'manual' });
    await a.engine.pull();
    await a.engine.push();
    t.equal(a.read('/deleted'), 'deleted');
    t.equal(a.read('/edited'), 'edited while disabled', 'the later edit wins');
    await b.engine.pull();
    t.equal(a.tree(), b.tree());
    t.match(await a.engine.push(), { pushed: 0, pulled: 0 });
  },
);

t.test('a worker that dies is reported and started again', async (t) => {
  const workers: Worker[] = [];
  const note = (worker: Worker) => void workers.push(worker);
  process.on('worker', note);
  t.teardown(() => process.off('worker', note));
  // Not a file: to end a thread inside of its driver ends the process.
  const { a, b } = await pair(t, { url: sqld.url }, { mode: 'real-time' });
  for (const { engine } of [a, b]) engine.start();
  a.write('/f', 'one');
  await eventually('it is there', () => b.find('/f') !== undefined);
  await Promise.all(workers.map((worker) => worker.terminate()));
  for (const { errors } of [a, b]) t.match(errors, [{ code: 'INTERNAL', message: /worker/ }]);
  a.write('/f', 'two');
  await eventually('it goes on', () => b.read('/f') === 'two');
  await t.resolves(b.engine.push(), 'also when asked');
});
