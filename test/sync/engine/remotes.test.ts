/**
 * A workspace with several remotes: a primary that others use too, and a backup. Each gets everything, whoever made it,
 * each in its own time, and what goes wrong with one is nothing to the other.
 */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startFailingProxy } from '../../e2e/failing-proxy.js';
import { startSqld } from '../../support/sqld.js';
import { type Agent, eventually, fileRemote, openAgent, pair, settle } from './agent.js';

t.setTimeout(120_000);

/** The path in a remote's address. */
function fileOf(url: string): string {
  return url.replace(/^file:(\/\/)?/, '');
}

const BACKUP = { remote: 'backup' } as const;

/** `a` and `b` share a primary; `a` has a backup besides. */
async function withBackup(t: Test): Promise<{ a: Agent; b: Agent; backup: string }> {
  const { a, b } = await pair(t, { url: fileRemote(t) }, { conflictResolution: 'manual' });
  const backup = fileRemote(t);
  await a.engine.enable({ tursoDb: backup, remote: 'backup', mode: 'manual' });
  a.mkdir('/d');
  for (const name of ['f', 'g', 'h']) a.write(`/d/${name}`, `base ${name}`);
  await settle(a, b);
  return { a, b, backup };
}

/** What a fresh agent gets from a backup. */
async function restored(t: Test, backup: string): Promise<Agent> {
  const fresh = openAgent(t);
  await fresh.engine.enable({ tursoDb: backup, mode: 'manual' });
  await fresh.engine.pull();
  return fresh;
}

t.test('a backup has what was made here and what came from others, edits, moves and deletions', async (t) => {
  const { a, b, backup } = await withBackup(t);
  t.match(await a.engine.push(BACKUP), { conflicts: [] });
  t.equal((await restored(t, backup)).tree(), a.tree(), 'the beginning');

  b.write('/d/f', 'of b');
  b.rename('/d/g', '/moved by b');
  b.unlink('/d/h');
  b.write('/new of b', 'x'.repeat(100_000));
  await b.engine.push();
  a.write('/new of a', 'of a');
  await settle(a, b);
  t.match(await a.engine.push(BACKUP), { conflicts: [] });
  t.equal((await restored(t, backup)).tree(), a.tree(), 'with what b did');
  t.equal(a.tree(), b.tree());
  for (const remote of ['origin', 'backup'])
    t.match(await a.engine.push({ remote }), { rowsWritten: 0, conflicts: [] }, `${remote} rests`);
  t.match(await a.engine.status('backup'), { syncStatus: 'synced', pendingChanges: 0 });
  t.same(a.rows('SELECT seq FROM afs_change WHERE what <> 0'), [], 'the log keeps nothing that both have');
});

t.test('a second remote in the place of the first is refused', async (t) => {
  const { a } = await withBackup(t);
  const [url] = a
    .rows("SELECT url FROM afs_remote WHERE name = 'origin'")
    .map((row) => (row as { url: string }).url);
  for (const tursoDb of [url!, `file://localhost/${fileOf(url!)}`])
    await t.rejects(a.engine.enable({ tursoDb, remote: 'twin', mode: 'manual' }), {
      code: 'INVALID_ARGUMENT',
      message: "remote 'origin' syncs with that database already",
    });
  t.notOk(a.engine.remotes().includes('twin'));
});

t.test(
  'a second remote that proves to be the first by another address stops, whatever is forced',
  async (t) => {
    const { a } = await withBackup(t);
    const [url] = a
      .rows("SELECT url FROM afs_remote WHERE name = 'origin'")
      .map((row) => (row as { url: string }).url);
    const link = join(t.testdir(), 'link.db');
    symlinkSync(fileOf(url!), link);
    await a.engine.enable({ tursoDb: `file:${link}`, remote: 'twin', mode: 'manual' });
    for (const force of [false, true]) {
      await t.rejects(a.engine.push({ remote: 'twin', force }), {
        code: 'SYNC_BRAKE',
        message: "remote 'twin' is the same database as remote 'origin'",
        hint: /agentfs sync disable \S+ --remote twin/,
      });
    }
    t.match(await a.engine.push(), { conflicts: [] }, 'the first goes on');
  },
);

t.test(
  'a backup hours behind catches up in one go, also when the log was needed by nobody else',
  async (t) => {
    const { a, b, backup } = await withBackup(t);
    await a.engine.push(BACKUP);
    for (let i = 0; i < 5; i += 1) {
      a.write(`/of a ${i}`, `${i}`);
      b.write(`/of b ${i}`, `${i}`);
      a.write('/d/f', `a ${i}`);
      await settle(a, b);
    }
    b.unlink('/of a 0');
    a.rename('/of b 1', '/renamed');
    await settle(a, b);
    await a.reopen();
    const { pushed } = await a.engine.push(BACKUP);
    t.ok(pushed > 0);
    t.equal((await restored(t, backup)).tree(), a.tree());
  },
);

t.test(
  'a conflict that waits on the primary keeps nothing from the backup, and the backup has what is here',
  async (t) => {
    const { a, b, backup } = await withBackup(t);
    await a.engine.push(BACKUP);
    a.write('/d/f', 'of a');
    b.write('/d/f', 'of b');
    await b.engine.push();
    a.write('/other', 'other');
    t.match(await a.engine.push(), { conflicts: [{ path: '/d/f' }] });
    t.match(await a.engine.status('origin'), { syncStatus: 'conflicts' });
    t.match(await a.engine.push(BACKUP), { conflicts: [] });
    t.match(await a.engine.status('backup'), { syncStatus: 'synced', pendingConflicts: 0 });
    t.equal((await restored(t, backup)).tree(), a.tree());
    await a.engine.resolve(undefined, { strategy: 'remote' });
    t.equal(a.read('/d/f'), 'of b');
    await a.engine.push(BACKUP);
    const copy = await restored(t, backup);
    t.equal(copy.read('/d/f'), 'of b', 'what was decided is in the backup');
    const { versions } = await copy.engine.history.log({ path: '/d/f' });
    t.ok(versions.length >= 2, 'and what it had before is in its history');
  },
);

t.test('what is done on the backup comes here, and goes on to the primary', async (t) => {
  const { a, b, backup } = await withBackup(t);
  await a.engine.push(BACKUP);
  const c = await restored(t, backup);
  c.write('/d/g', 'of c');
  c.unlink('/d/h');
  await c.engine.push();
  await a.engine.pull(BACKUP);
  t.equal(a.tree(), c.tree());
  await settle(a, b);
  t.equal(b.tree(), c.tree());
});

t.test(
  'both remotes changed the same file: the second to be pulled is a conflict, and nothing is lost',
  async (t) => {
    const { a, b, backup } = await withBackup(t);
    await a.engine.config('backup', { conflictResolution: 'remote-wins' });
    await a.engine.push(BACKUP);
    const c = await restored(t, backup);
    b.write('/d/f', 'of b, on the primary');
    await b.engine.push();
    c.write('/d/f', 'of c, on the backup');
    await c.engine.push();
    await a.engine.pull();
    t.equal(a.read('/d/f'), 'of b, on the primary');
    t.match(await a.engine.pull(BACKUP), {
      conflicts: [{ path: '/d/f', type: 'modify/modify', winner: 'remote' }],
    });
    t.equal(a.read('/d/f'), 'of c, on the backup');
    await a.engine.push(BACKUP);
    await settle(a, b);
    t.equal(b.read('/d/f'), 'of c, on the backup', 'it goes on to the primary as a change');
    t.equal(a.tree(), b.tree());
    const { versions } = await b.engine.history.log({ path: '/d/f' });
    const of = versions.find(({ agent, what }) => agent === b.id && what === 'modified');
    await b.engine.history.restore('/d/f', { version: of?.version ?? '' });
    t.equal(b.read('/d/f'), 'of b, on the primary');
  },
);

t.test('a backup that cannot be reached stops nothing, and gets all when it is back', async (t) => {
  const sqld = await startSqld();
  t.teardown(() => sqld.stop());
  const proxy = await startFailingProxy(t, sqld.url);
  const { a, b } = await pair(t, { url: fileRemote(t) });
  const token = await sqld.token();
  await a.engine.enable({ tursoDb: proxy.url, token, remote: 'backup', mode: 'manual' });
  a.write('/f', 'first');
  await a.engine.push(BACKUP);
  a.write('/f', 'second');
  proxy.cut(1, 'before the server sees it', async () => {});
  await t.rejects(a.engine.push(BACKUP), { code: 'REMOTE_UNREACHABLE' });
  t.match(await a.engine.status('backup'), { syncStatus: 'offline' });
  await settle(a, b);
  t.equal(b.read('/f'), 'second');
  t.match(await a.engine.status('origin'), { syncStatus: 'synced' });
  await a.engine.push(BACKUP);
  t.match(await a.engine.status('backup'), { syncStatus: 'synced', pendingChanges: 0 });
  const fresh = openAgent(t);
  await fresh.engine.enable({ tursoDb: sqld.url, token, mode: 'manual' });
  await fresh.engine.pull();
  t.equal(fresh.tree(), a.tree());
});

t.test('a disabled remote keeps both sides, and joins again later without an ancestor', async (t) => {
  const { a, b, backup } = await withBackup(t);
  await a.engine.push(BACKUP);
  const before = a.tree();
  await a.engine.disable('backup');
  t.equal(a.tree(), before, 'here nothing is gone');
  t.equal((await restored(t, backup)).tree(), before, 'nor there');
  t.match(await a.engine.status('origin'), { syncStatus: 'synced' }, 'the other remote goes on');
  a.write('/d/f', 'while it was disabled');
  a.unlink('/d/g');
  await settle(a, b);
  await a.engine.enable({
    tursoDb: backup,
    remote: 'backup',
    mode: 'manual',
    conflictResolution: 'local-wins',
  });
  const { conflicts } = await a.engine.pull(BACKUP);
  t.same(
    conflicts.map(({ path, type }) => `${type} ${path}`),
    ['create/create /d/f'],
    'what is equal is no conflict',
  );
  t.equal(a.read('/d/g'), 'base g', 'and nobody knows any more that it was deleted');
  t.equal(a.read('/d/f'), 'while it was disabled');
  await a.engine.push(BACKUP);
  await settle(a, b);
  t.equal((await restored(t, backup)).tree(), a.tree());
  t.equal(a.tree(), b.tree());
});

t.test(
  'what waits under manual goes when the mode becomes real-time, and stops going when it is manual again',
  async (t) => {
    const { a, b } = await pair(t, { url: fileRemote(t) });
    for (const { engine } of [a, b]) engine.start();
    a.write('/f', 'waits');
    a.vfs.flush();
    t.match(await a.engine.status(), { syncStatus: 'pending' });
    await a.engine.config(undefined, { mode: 'real-time' });
    await eventually('it goes', async () => (await a.engine.status()).pendingChanges === 0);
    await b.engine.pull();
    t.equal(b.read('/f'), 'waits');
    await a.engine.config(undefined, { mode: 'manual' });
    const { revision } = await a.engine.status();
    a.write('/f', 'stays');
    await a.vfs.flush();
    // Whatever would still be under way is done when a run by hand is.
    await a.engine.pull();
    t.match(await a.engine.status(), { syncStatus: 'pending', revision });
    await b.engine.pull();
    t.equal(b.read('/f'), 'waits');
  },
);

t.test('a primary in real time and a backup at its interval both get everything by themselves', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) }, { mode: 'real-time' });
  const backup = fileRemote(t);
  await a.engine.enable({ tursoDb: backup, remote: 'backup', mode: 'periodic', interval: 5 });
  for (const { engine } of [a, b]) engine.start();
  let backups = 0;
  a.engine.on('change', ({ remote }) => {
    if (remote === 'backup') backups += 1;
  });
  a.mkdir('/d');
  for (let i = 0; i < 20; i += 1) {
    a.write(`/d/a-${i}`, `of a ${i}`);
    if (i === 10) await eventually('b has some', () => b.find('/d/a-3') !== undefined);
    if (i >= 10) b.write(`/d/b-${i}`, `of b ${i}`);
  }
  await eventually('b has all', () => b.find('/d/a-19') !== undefined);
  b.unlink('/d/a-0');
  b.rename('/d/a-1', '/d/renamed by b');
  await eventually('a has all', () => a.tree() === b.tree());
  const before = backups;
  await eventually('the backup has had its turn since', async () => {
    const { syncStatus, pendingChanges } = await a.engine.status('backup');
    return backups > before && syncStatus === 'synced' && pendingChanges === 0;
  });
  await eventually('the primary rests', async () => {
    const { mode, syncStatus, pendingChanges } = await a.engine.status('origin');
    return mode === 'real-time' && syncStatus === 'synced' && pendingChanges === 0;
  });
  t.equal((await restored(t, backup)).tree(), a.tree());
  t.equal(a.names('/d').length, 29);
});
