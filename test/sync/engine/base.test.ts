/**
 * What is remembered of the remote fits, also where a sync saw only part of what happened: nothing is compared again,
 * and the base has what the remote has.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createClient } from '@libsql/client';
import t, { type Test } from 'tap';
import type { BaseNodeRow } from '#src/store/index.js';
import { type Agent, fileRemote, openAgent, pair, settle } from './agent.js';

t.setTimeout(120_000);

/** No push was refused for what was remembered, and nothing in the base hangs in the air. */
function sound(t: Test, agent: Agent): void {
  t.same(agent.errors, []);
  t.same(
    agent.rows(
      `SELECT name FROM afs_base_entry WHERE ino NOT IN (SELECT ino FROM afs_base_node)
       OR (parent_ino <> 1 AND parent_ino NOT IN (SELECT ino FROM afs_base_node))`,
    ),
    [],
  );
}

/** 32 hex digits. */
async function commitId(url: string, revision: number): Promise<string> {
  const client = createClient({ url });
  const { rows } = await client.execute({
    sql: 'SELECT lower(hex(uuid)) FROM agentfs_commits WHERE revision = ?',
    args: [revision],
  });
  client.close();
  return String(rows[0]?.[0]);
}

t.test('an entry that went and came back between two pulls can be pushed over', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.write('/x', 'one');
  await a.engine.push();
  await b.engine.pull();
  a.rename('/x', '/y');
  await a.engine.push();
  a.rename('/y', '/x');
  await a.engine.push();
  await b.engine.pull();
  b.rename('/x', '/z');
  await b.engine.push();
  sound(t, b);
  await a.engine.pull();
  t.equal(a.tree({ times: false }), b.tree({ times: false }));
});

t.test('a removed file is out of the base though its name waits to be pushed over', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.write('/x', 'one');
  await a.engine.push();
  await b.engine.pull();
  a.unlink('/x');
  await a.engine.push();
  b.unlink('/x');
  b.mkdir('/x');
  await b.engine.pull();
  sound(t, b);
  b.rmdir('/x');
  await b.engine.pull();
  await b.engine.push();
  sound(t, b);
});

t.test('what a pending conflict keeps in the base keeps its rows too', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) }, { conflictResolution: 'manual' });
  a.write('/c', 'one');
  a.write('/d', 'two');
  await a.engine.push();
  await b.engine.pull();
  b.unlink('/d');
  await b.engine.push();
  b.rename('/c', '/d');
  await b.engine.push();
  a.unlink('/d');
  a.mkdir('/d');
  for (let i = 0; i < 3; i += 1) {
    await a.engine.pull();
    await a.engine.push().catch((error) => t.match(error, { code: 'SYNC_CONFLICT' }));
  }
  t.same(a.errors, []);
});

t.test('a file that was replaced here and chmodded there keeps what is in it here', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.write('/x', 'theirs');
  await a.engine.push();
  await b.engine.pull();
  a.setattr('/x', { mode: 0o600 });
  await a.engine.push();
  b.replace('/x', 'mine');
  await b.engine.pull();
  t.equal(b.read('/x'), 'mine');
  await b.engine.push();
  await a.engine.pull();
  t.equal(a.read('/x'), 'mine');
  sound(t, b);
});

t.test('a first pull after one that failed takes nothing away again', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.write('/x', 'one');
  await a.engine.push();
  // As a round leaves it that has begun and died.
  b.vfs.syncState.mergeState(1, { isAhead: true });
  await b.engine.pull();
  t.equal(b.read('/x'), 'one');
  sound(t, b);
});

t.test('what came into a directory that both made is in the base', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.write('/c', 'one');
  await a.engine.push();
  await b.engine.pull();
  a.mkdir('/d');
  a.rename('/c', '/d/c');
  await a.engine.push();
  b.mkdir('/d');
  await b.engine.pull();
  const ino = b.inode('/d').ino;
  t.same(b.rows(`SELECT name FROM afs_base_entry WHERE parent_ino = ${ino}`), [{ name: 'c' }]);
  sound(t, b);
});

t.test(
  'what was pushed without hearing of it, and removed by others since, does not come back',
  async (t) => {
    const url = fileRemote(t);
    const { a, b } = await pair(t, { url });
    a.mkdir('/d');
    await a.engine.push();
    await b.engine.pull();
    a.write('/d/x', 'one');
    await a.close();
    const before = readFileSync(a.database);
    a.open();
    await a.engine.push();
    await a.close();
    // As if the process had died between the commit, which it had noted, and its answer.
    writeFileSync(a.database, before);
    a.open();
    a.vfs.syncState.sentCommits.note(1, await commitId(url, 2));
    await b.engine.pull();
    b.unlink('/d/x');
    await b.engine.push();
    t.match(await a.engine.pull(), { conflicts: [] });
    await a.engine.push();
    t.equal(a.find('/d/x'), undefined);
    await b.engine.pull();
    t.equal(b.find('/d/x'), undefined);
    sound(t, a);
  },
);

t.test('a file that goes on as another node is not what comes back as the node that it was', async (t) => {
  const url = fileRemote(t);
  const [a, b, c] = [openAgent(t), openAgent(t), openAgent(t)];
  for (const { engine } of [a, b, c])
    await engine.enable({ tursoDb: url, mode: 'manual', conflictResolution: 'local-wins' });
  b.write('/x', 'made by b');
  await settle(b, c);
  a.write('/x', 'put in its place by a');
  await settle(a);
  b.write('/x', 'edited by b');
  t.match(await b.engine.pull(), { conflicts: [{ type: 'modify/modify', winner: 'local' }] });
  await b.engine.push();
  c.rename('/x', '/y');
  t.match(await c.engine.pull(), { conflicts: [{ type: 'modify/delete', winner: 'local' }] });
  await settle(c, b, a);
  for (const agent of [a, b, c]) {
    sound(t, agent);
    t.same([agent.read('/x'), agent.read('/y')], ['edited by b', 'made by b']);
    t.equal(agent.tree(), a.tree());
  }
});

t.test(
  'a round that died between remembering something as excluded and forgetting it loses no news',
  async (t) => {
    const { a, b } = await pair(t, { url: fileRemote(t) });
    a.write('/x', 'one');
    await settle(a, b);
    a.write('/x', 'two');
    await a.engine.push();
    // As a round of `b` leaves it that excludes /x: what is excluded there, and the base still as it was.
    const [row] = a.rows<BaseNodeRow>(
      `SELECT *, lower(hex(node)) AS node, edited_at_ms AS editedAtMs, mtime_sec AS mtimeSec, mtime_nsec AS mtimeNsec
     FROM afs_base_node WHERE kind = 'file'`,
    );
    b.vfs.syncState.excluded.putNode(1, row!);
    b.vfs.syncState.mergeState(1, { isAhead: true, scope: 'again' });
    await b.reopen();
    await b.engine.pull();
    t.equal(b.read('/x'), 'two');
    sound(t, b);
  },
);
