/**
 * The brakes on real engines and a real remote: what looks like a catastrophe stops with the command that goes on, and
 * nothing was changed until somebody says that it is meant.
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createClient } from '@libsql/client';
import t, { type Test } from 'tap';
import { type Agent, eventually, fileRemote, pair, settle } from './agent.js';

t.setTimeout(240_000);

/** Two agents that both have `files` files in a directory. */
async function filled(t: Test, files = 12) {
  const url = fileRemote(t);
  const { a, b } = await pair(t, { url });
  a.mkdir('/d');
  for (let i = 0; i < files - 1; i += 1) a.write(`/d/${i}`, `content ${i}`);
  await a.engine.push();
  await b.engine.pull();
  return { a, b, url };
}

async function sql(url: string, ...statements: string[]): Promise<void> {
  const client = createClient({ url });
  for (const statement of statements) await client.execute(statement);
  client.close();
}

function empty(agent: Agent): void {
  for (const name of agent.names('')) agent.remove(`/${name}`);
}

t.test('a push that deletes most of the remote stops, says so, and passes with force', async (t) => {
  const { a, b } = await filled(t);
  empty(a);
  await t.rejects(a.engine.push(), {
    code: 'SYNC_BRAKE',
    message: "this sync would delete 12 of 12 files and directories on remote 'origin': /d, /d/0, /d/1, …",
    hint: /agentfs sync push shared --force/,
  });
  t.match(await a.engine.push({ dryRun: true }), { pushed: 25 }, 'a dry run shows it');
  await b.engine.pull();
  t.equal(b.names('/d').length, 11, 'nothing was changed');
  t.match(await a.engine.status(), { syncStatus: 'error', error: { code: 'SYNC_BRAKE' } });
  await a.reopen();
  t.match(await a.engine.status(), { syncStatus: 'error', error: { code: 'SYNC_BRAKE', hint: /--force/ } });
  await a.engine.push({ force: true });
  t.match(await a.engine.status(), { syncStatus: 'synced', pendingChanges: 0 });
  await t.rejects(b.engine.pull(), { code: 'SYNC_BRAKE', hint: /agentfs sync pull shared --force/ });
  t.equal(b.names('/d').length, 11);
  await b.engine.pull({ force: true });
  t.same(b.names(''), []);
  t.equal(a.tree(), b.tree());
});

t.test('what goes at once and in parts is the same, and the rest of a deletion waits', async (t) => {
  const { a } = await filled(t, 20);
  for (let i = 0; i < 8; i += 1) a.unlink(`/d/${i}`);
  t.match(await a.engine.push(), { pushed: 17 }, 'less than half');
  for (let i = 8; i < 12; i += 1) a.unlink(`/d/${i}`);
  await t.rejects(a.engine.push(), { code: 'SYNC_BRAKE', message: /4 of 12/ });
  await a.engine.push({ force: true });
  a.unlink('/d/12');
  t.match(await a.engine.push(), { pushed: 3 }, 'what was meant does not count any more');
});

t.test('moves, saves by renaming and a directory built anew are no deletions', async (t) => {
  const { a, b } = await filled(t);
  for (let i = 0; i < 11; i += 1) a.replace(`/d/${i}`, 'saved');
  await a.engine.push();
  await b.engine.pull();
  a.remove('/d');
  a.mkdir('/d');
  for (let i = 0; i < 11; i += 1) a.write(`/d/${i}`, 'built anew');
  await a.engine.push();
  await b.engine.pull();
  a.mkdir('/e');
  for (let i = 0; i < 11; i += 1) a.rename(`/d/${i}`, `/e/${i}`);
  await a.engine.push();
  await b.engine.pull();
  t.equal(a.tree(), b.tree());
});

t.test('a small workspace may lose everything', async (t) => {
  const { a, b } = await filled(t, 9);
  empty(a);
  await a.engine.push();
  await b.engine.pull();
  t.same(b.names(''), []);
});

t.test('in real time the schedule stops with the brake, and goes on when it is confirmed', async (t) => {
  const { a, b } = await filled(t);
  await a.engine.config(undefined, { mode: 'real-time' });
  a.engine.start();
  await eventually('synced', async () => (await a.engine.status()).syncStatus === 'synced');
  let runs = 0;
  a.engine.on('status', () => {
    runs += 1;
  });
  a.vfs.outside(() => empty(a));
  await eventually('stopped', async () => (await a.engine.status()).error?.code === 'SYNC_BRAKE');
  const stopped = runs;
  a.write('/later', 'x');
  a.vfs.flush();
  await t.rejects(a.engine.push(), { code: 'SYNC_BRAKE' });
  t.ok(runs <= stopped + 1, 'nothing ran but what was asked for');
  await a.engine.push({ force: true });
  await b.engine.pull({ force: true });
  b.write('/after', 'y');
  await b.engine.push();
  await eventually('it goes on', () => a.find('/after') !== undefined);
});

t.test(
  'a remote whose rows have vanished stops the sync, and force brings everything up again',
  async (t) => {
    const { a, b, url } = await filled(t, 3);
    await sql(url, 'DELETE FROM agentfs_entries', 'DELETE FROM agentfs_nodes');
    for (const { engine } of [a, b])
      await t.rejects(engine.pull(), { code: 'SYNC_BRAKE', message: /is empty, though nobody removed/ });
    a.write('/new', 'new');
    await t.rejects(a.engine.push(), { code: 'SYNC_BRAKE', hint: /push shared --force/ });
    const before = a.tree();
    await a.engine.push({ force: true });
    t.equal(a.tree(), before);
    await b.engine.pull();
    t.equal(b.tree(), before);
  },
);

t.test('a remote that was rolled back is joined anew with force, and nothing is lost', async (t) => {
  const { a, b, url } = await filled(t, 3);
  a.write('/late', 'only in the newest revision');
  await a.engine.push();
  await sql(
    url,
    'DELETE FROM agentfs_entries WHERE rev_from > 1',
    'DELETE FROM agentfs_nodes WHERE rev_from > 1',
    'UPDATE agentfs_nodes SET rev_to = NULL',
    'DELETE FROM agentfs_commits WHERE revision > 1',
  );
  await a.reopen();
  await t.rejects(a.engine.push(), {
    code: 'SYNC_BRAKE',
    message: /revision 1, .* seen 2: it was rolled back/,
  });
  t.match((await a.engine.push({ force: true })).conflicts, []);
  await b.engine.pull();
  t.equal(b.read('/late'), 'only in the newest revision');
  await settle(a, b);
  t.equal(a.tree(), b.tree());
});

t.test('a remote made anew, or the one of others, is joined with force only', async (t) => {
  const { a, b, url } = await filled(t, 3);
  await Promise.all([a.close(), b.close()]);
  for (const end of ['', '-wal', '-shm']) rmSync(`${fileURLToPath(url)}${end}`, { force: true });
  for (const agent of [a, b]) agent.open();
  const before = a.tree();
  await t.rejects(a.engine.pull(), { code: 'SYNC_BRAKE', message: /made anew/, hint: /reset shared/ });
  await a.engine.pull({ force: true });
  t.equal(a.tree(), before);
  await a.engine.push();
  b.write('/b', 'b');
  await t.rejects(b.engine.push(), { code: 'SYNC_BRAKE' });
  t.match(await b.engine.reset(), { revision: 0, syncStatus: 'pending' });
  await b.engine.push();
  await a.engine.pull();
  t.equal(a.read('/b'), 'b');
  await settle(a, b);
  t.equal(a.tree(), b.tree());
});

t.test('reset keeps everything on both sides, and what is equal is no conflict', async (t) => {
  const { a, b } = await filled(t, 5);
  await a.engine.config(undefined, { conflictResolution: 'manual' });
  const before = a.tree();
  a.unlink('/d/0');
  a.write('/d/new', 'new');
  await a.engine.reset();
  t.match(await a.engine.pull(), { conflicts: [] });
  t.match(await a.engine.push(), { conflicts: [] });
  t.equal(a.read('/d/0'), 'content 0', 'without a past nobody knows that it was deleted');
  a.unlink('/d/new');
  await a.engine.push();
  t.equal(a.tree({ times: false }), before.replaceAll(/ \d+\.\d+ /g, '  '));
  await b.engine.pull();
  t.equal(a.tree(), b.tree());
  t.match(await a.engine.push(), { pushed: 0, rowsWritten: 0 });
});
