/**
 * A remote that lies, the whole way: rows written behind our back are not believed and named, everything else arrives and
 * goes up, and a good version heals.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type Client, createClient, type InValue } from '@libsql/client';
import t, { type Test } from 'tap';
import { type Agent, fileRemote, openAgent, pair } from './agent.js';

t.setTimeout(240_000);

async function story(t: Test) {
  const url = fileRemote(t);
  const { a, b } = await pair(t, { url });
  const sql = createClient({ url });
  t.teardown(() => sql.close());
  return { a, b, sql, url };
}

/** Sets columns of the live row of what stands at a name in the root. */
async function tamper(sql: Client, name: string, columns: Record<string, InValue>): Promise<void> {
  const sets = Object.keys(columns).map((column) => `${column} = ?`);
  const { rowsAffected } = await sql.execute({
    sql: `UPDATE agentfs_nodes SET ${sets.join(', ')} WHERE rev_to IS NULL AND node =
      (SELECT node FROM agentfs_entries WHERE name = ? AND rev_to IS NULL)`,
    args: [...Object.values(columns), name],
  });
  if (rowsAffected !== 1) throw new Error(`${rowsAffected} rows of ${name}`);
}

function quarantined(agent: Agent): string[] {
  const [remote] = agent.vfs.syncState.remotes();
  return agent.vfs.syncState.watching
    .quarantine(remote!.id)
    .map(({ shown, reason, waits }) => (waits ? `(${shown})` : `${shown}: ${reason}`));
}

t.test('rows with values that cannot be are held back with what hangs on them, the rest flows', async (t) => {
  const { a, b, sql } = await story(t);
  const cases: Record<string, Record<string, InValue>> = {
    negative: { size: -1 },
    huge: { size: 2n ** 60n },
    mode: { mode: 0o200000 },
    bytes: { inline: Buffer.from('other bytes!') },
    bomb: { inline: randomBytes(64), encoding: 1 },
    kind: { kind: 77 },
    attributes: { xattrs: 'no value' },
  };
  for (const name of [...Object.keys(cases), 'good']) a.write(`/${name}`, `file ${name}`);
  a.mkdir('/folder');
  a.write('/folder/in', 'below');
  a.mkdir('/folder/deep');
  a.write('/folder/deep/er', 'below');
  await a.engine.push();
  for (const [name, columns] of Object.entries(cases)) await tamper(sql, name, columns);
  await tamper(sql, 'folder', { mode: -1 });
  await b.engine.pull();
  t.same(b.names(''), ['good']);
  const told = quarantined(b);
  for (const name of [...Object.keys(cases), 'folder'])
    t.ok(
      told.some((it) => it.startsWith(`/${name}: `)),
      `${name} is named`,
    );
  t.ok(told.includes('(/folder/deep/er)'), 'and what waits');
  t.match(await b.engine.status(), { syncStatus: 'synced', quarantined: { count: 8, waiting: 3 } });

  b.write('/mine', 'mine');
  b.write('/good', 'edited');
  t.match(await b.engine.push(), { conflicts: [] });
  t.match(await b.engine.status(), { pendingChanges: 0, syncStatus: 'synced' });
  t.match(await b.engine.push(), { pushed: 0, rowsWritten: 0, roundTrips: 1 }, 'and it settles');

  for (const name of Object.keys(cases)) a.write(`/${name}`, `healed ${name}`);
  a.setattr('/folder', { mode: 0o700 });
  await a.engine.pull();
  await a.engine.push();
  await b.engine.pull();
  t.same(quarantined(b), []);
  t.equal(b.read('/folder/deep/er'), 'below');
  t.equal(b.tree(), a.tree());
});

t.test('names that are none, and entries that break the tree, are refused one by one', async (t) => {
  const { a, b, sql } = await story(t);
  for (const dir of ['x', 'y', 'z']) a.mkdir(`/${dir}`);
  a.write('/x/file', 'content');
  a.write('/plain', 'a file');
  await a.engine.push();
  await b.engine.pull();
  const idOf = async (name: string) => {
    const { rows } = await sql.execute({
      sql: 'SELECT node FROM agentfs_entries WHERE name = ?',
      args: [name],
    });
    return rows[0]!.node as ArrayBuffer;
  };
  const [x, y, plain] = [await idOf('x'), await idOf('y'), await idOf('plain')];
  const insert = (parent: InValue, name: InValue, node: InValue) =>
    sql.execute({
      sql: `INSERT INTO agentfs_entries (workspace, parent, name, node, rev_from) VALUES (1, ?, CAST(? AS TEXT), ?, 2)`,
      args: [parent, name, node],
    });
  await sql.execute(`INSERT INTO agentfs_commits (workspace, revision, uuid, agent, committed_at_ms, kind, message)
    VALUES (1, 2, randomblob(16), 'evil', 1, 'push', '')`);
  for (const name of ['', '.', '..', 'a/b', 'nul\0', 'é'.repeat(128), Buffer.from([0x66, 0xff])])
    await insert(x, typeof name === 'string' ? Buffer.from(name) : name, plain);
  await insert(x, 'second-name', y);
  await insert(x, 'itself', x);
  await insert(plain, 'in-a-file', plain);
  await insert(x, 'nothing', randomBytes(16));
  await insert(randomBytes(16), 'nowhere', plain);
  await insert(x, 'good-link', plain);
  const before = b.tree({ times: false });
  await b.engine.pull();
  t.same(b.names('/x').sort(), ['file', 'good-link']);
  t.equal(quarantined(b).length, 12, quarantined(b).join('\n'));
  b.unlink('/x/good-link');
  t.equal(b.tree({ times: false }), before, 'nothing else has changed');
  await b.engine.push();
  t.match(await b.engine.push(), { pushed: 0, rowsWritten: 0 });
});

t.test('a circle of directories is opened where it closes, and all of it is still there', async (t) => {
  const { a, b, sql } = await story(t);
  a.mkdir('/one');
  a.mkdir('/two');
  a.write('/one/f', 'f');
  await a.engine.push();
  await b.engine.pull();
  await sql.batch([
    `INSERT INTO agentfs_commits (workspace, revision, uuid, agent, committed_at_ms, kind, message)
      VALUES (1, 2, randomblob(16), 'evil', 1, 'push', '')`,
    `INSERT INTO agentfs_entries (workspace, parent, name, node, rev_from)
      SELECT 1, o.node, e.name, e.node, 2 FROM agentfs_entries e, agentfs_entries o
      WHERE e.name IN ('one', 'two') AND o.name IN ('one', 'two') AND e.name <> o.name`,
    `UPDATE agentfs_entries SET rev_to = 2 WHERE rev_from = 1 AND name IN ('one', 'two')`,
  ]);
  await b.engine.pull();
  t.ok(
    quarantined(b).some((it) => it.includes('circle')),
    quarantined(b).join('\n'),
  );
  const [top] = b.names('');
  t.equal(b.names('').length, 1);
  t.ok(b.names(`/${top}`).includes(top === 'one' ? 'two' : 'one'));
  t.equal(b.read(top === 'one' ? '/one/f' : '/two/one/f'), 'f');
  b.write('/three', 'goes up');
  await b.engine.push();
});

t.test('content that is missing or wrong holds its file back, and a pull by hand looks again', async (t) => {
  const { a, b, sql } = await story(t);
  const [big, other] = [randomBytes(200_000), randomBytes(200_000)];
  a.write('/big', big);
  a.write('/lost', other);
  a.write('/small', 'small');
  await a.engine.push();
  const { rows: kept } = await sql.execute('SELECT * FROM agentfs_chunks');
  const chunksOf = (content: Buffer) =>
    kept.filter((row) => content.includes(Buffer.from(row.data as ArrayBuffer)));
  t.ok(chunksOf(big).length > 0 && chunksOf(other).length > 0);
  await sql.execute({
    sql: 'UPDATE agentfs_chunks SET data = zeroblob(size) WHERE id = ?',
    args: [chunksOf(big)[0]!.id as number],
  });
  await sql.execute({
    sql: 'DELETE FROM agentfs_chunks WHERE id = ?',
    args: [chunksOf(other)[0]!.id as number],
  });
  await b.engine.pull();
  t.same(b.names(''), ['small']);
  t.match(quarantined(b), [/^\/big: .*hash/, /^\/lost: .*missing/]);
  b.write('/mine', 'x');
  await b.engine.push();
  for (const row of [chunksOf(big)[0]!, chunksOf(other)[0]!]) {
    await sql.execute({ sql: 'DELETE FROM agentfs_chunks WHERE id = ?', args: [row.id as number] });
    await sql.execute({
      sql: 'INSERT INTO agentfs_chunks (id, hash, size, encoding, data) VALUES (?, ?, ?, ?, ?)',
      args: [row.id, row.hash, row.size, row.encoding, row.data] as InValue[],
    });
  }
  await b.engine.pull();
  t.same(quarantined(b), []);
  await a.engine.pull();
  t.equal(b.tree(), a.tree());
});

t.test('what stands in the way of a local change keeps only that one back', async (t) => {
  const { a, b, sql } = await story(t);
  a.mkdir('/dir');
  for (const name of ['one', 'two']) a.write(`/dir/${name}`, name);
  a.write('/file', 'first');
  await a.engine.push();
  await b.engine.pull();
  a.write('/file', 'second');
  a.write('/dir/three', 'three');
  await a.engine.push();
  await tamper(sql, 'file', { inline: Buffer.from('SECOND') });
  await tamper(sql, 'three', { size: -3 });
  await b.engine.pull();
  t.equal(b.read('/file'), 'first', 'the good version stays');
  b.write('/file', 'edited here');
  b.remove('/dir');
  b.write('/new', 'new');
  t.match(await b.engine.push(), { conflicts: [] });
  t.match(await b.engine.status(), { syncStatus: 'pending' });
  await a.engine.pull();
  t.equal(a.read('/new'), 'new', 'the rest flows');
  t.equal(a.read('/dir/three'), 'three');
  t.throws(() => a.inode('/dir/one'));
  a.write('/file', 'third, and good');
  a.write('/dir/three', 'good as well');
  await a.engine.push();
  await b.engine.pull();
  await b.engine.push();
  await a.engine.pull();
  t.same(quarantined(b), []);
  t.equal(b.tree(), a.tree());
  t.match(await b.engine.status(), { syncStatus: 'synced', pendingChanges: 0 });
});

t.test('a good file under the row of no commit, and a set-user-id bit, get no further', async (t) => {
  const { a, b, sql } = await story(t);
  a.write('/tool', 'run me');
  a.setattr('/tool', { mode: 0o4755 });
  a.mknod('/device', 0o020666);
  a.write('/future', 'of tomorrow');
  await a.engine.push();
  await sql.execute(`UPDATE agentfs_nodes SET rev_from = 0 WHERE node =
    (SELECT node FROM agentfs_entries WHERE name = 'future')`);
  const c = openAgent(t);
  await c.engine.enable({ tursoDb: (await b.engine.status()).url, mode: 'manual' });
  await c.engine.pull();
  t.equal(c.inode('/tool').mode & 0o7777, 0o755);
  t.equal(c.inode('/device').mode & 0o170000, 0o100000);
  t.equal(c.find('/future'), undefined);
  t.match(await c.engine.push(), { pushed: 0 }, 'what was not taken over is no change made here');
  t.equal(createHash('sha256').update(c.read('/tool')).digest('hex').length, 64);
});
