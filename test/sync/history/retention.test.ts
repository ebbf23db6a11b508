/**
 * Retention and garbage: old versions go, what a checkpoint or a push needs stays, and nobody who was away for longer
 * brings deleted files back. Time passes by setting the commits back on the remote.
 */
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import { openRemote } from '#src/sync/remote/index.js';
import { type Agent, fileRemote, openAgent, pair, settle } from '../engine/agent.js';

t.setTimeout(120_000);

const DAY_MS = 86_400_000;
const LARGE = (letter: string) => letter.repeat(100_000);

/** The remote's own file. */
function database(t: Test, url: string): Sqlite.Database {
  const db = new Sqlite(fileURLToPath(url));
  t.teardown(() => db.close());
  return db;
}

/** What is there was committed, kept and noted so much longer ago. */
function daysPass(db: Sqlite.Database, days: number): void {
  db.exec(`UPDATE agentfs_commits SET committed_at_ms = committed_at_ms - ${days * DAY_MS};
           UPDATE agentfs_kept SET kept_at_ms = kept_at_ms - ${days * DAY_MS};
           UPDATE agentfs_garbage SET found_at_ms = found_at_ms - ${days * DAY_MS};
           UPDATE agentfs_upkeep SET pruned_at_ms = pruned_at_ms - ${days * DAY_MS}`);
}

function count(db: Sqlite.Database, table: string): number {
  return db.prepare<[], { n: number }>(`SELECT count(*) AS n FROM agentfs_${table}`).get()?.n ?? -1;
}

async function begun(t: Test): Promise<{ a: Agent; url: string; db: Sqlite.Database }> {
  const url = fileRemote(t);
  const a = openAgent(t);
  await a.engine.enable({ tursoDb: url, mode: 'manual' });
  await a.engine.push();
  return { a, url, db: database(t, url) };
}

t.test('keep is a duration of an hour at least, or everything', async (t) => {
  const { a } = await begun(t);
  t.equal((await a.engine.config(undefined)).keep, 'everything');
  for (const keep of ['30d', '12h', '2w', '90m', '1y', 'everything'])
    t.equal((await a.engine.config(undefined, { keep })).keep, keep);
  for (const keep of ['', '30', 'd', '10m', '-1d', '1 d', '0d'])
    await t.rejects(
      a.engine.config(undefined, { keep }),
      { code: 'INVALID_ARGUMENT', message: /keep/ },
      keep,
    );
  await t.rejects(a.engine.history.prune(), { code: 'INVALID_ARGUMENT', hint: /--keep/ });
});

t.test('what ended before the horizon goes, but for what a checkpoint needs', async (t) => {
  const { a, db } = await begun(t);
  for (const version of ['1', '2', '3', '4']) {
    a.write('/f', version);
    if (version === '2') await a.engine.history.createCheckpoint('two');
    else await a.engine.push();
  }
  daysPass(db, 40);
  a.write('/f', '5');
  await a.engine.push();
  const revision = (await a.engine.status()).revision;
  await a.engine.config(undefined, { keep: '30d' });
  t.match(await a.engine.history.prune(), { horizon: revision - 1, versions: 3 });
  const { versions } = await a.engine.history.log({ path: '/f' });
  t.equal(versions.length >= 2, true);
  await t.rejects(a.engine.pull({ version: String(revision - 2) }), {
    code: 'INVALID_ARGUMENT',
    hint: new RegExp(`revision ${revision - 1}\\).*revision ${revision}\\)`),
  });
  await a.engine.pull({ version: String(revision - 1) });
  t.equal(a.read('/f'), '4', 'the state at the horizon is there');
  await a.engine.push();
  await a.engine.pull({ version: 'two' });
  t.equal(a.read('/f'), '2', 'and so is the checkpoint');
  await a.engine.push();
  await a.engine.history.deleteCheckpoint('two');
  daysPass(db, 40);
  await a.engine.history.prune();
  t.equal(count(db, 'nodes'), 2, 'without it only what is live: the root and the file');
});

t.test('a push prunes by itself, one agent in an hour', async (t) => {
  const { a, db } = await begun(t);
  a.write('/f', '1');
  await a.engine.push();
  a.write('/f', '2');
  await a.engine.push();
  daysPass(db, 2);
  await a.engine.config(undefined, { keep: '1d' });
  a.write('/f', '3');
  await a.engine.push();
  t.equal(count(db, 'nodes'), 3, 'the root, and the file, now and a day ago');
});

t.test('chunks that nothing needs go after the grace, and no others', async (t) => {
  const { a, db } = await begun(t);
  a.write('/kept', LARGE('k'));
  a.write('/f', LARGE('1'));
  await a.engine.push();
  const before = count(db, 'chunks');
  a.write('/f', LARGE('2'));
  await a.engine.push();
  daysPass(db, 40);
  a.write('/new', LARGE('n'));
  await a.engine.push();
  await a.engine.config(undefined, { keep: '30d' });
  const first = await a.engine.history.prune();
  t.match(first, { chunksDeleted: 0 });
  t.ok(first.chunksNoted > 0);
  t.match(await a.engine.history.prune(), { chunksNoted: 0, chunksDeleted: 0 }, 'the grace runs');
  // Somebody comes to need them again meanwhile.
  a.write('/again', LARGE('1'));
  t.match(await a.engine.push(), { chunksSent: 0 });
  daysPass(db, 2);
  t.match(await a.engine.history.prune(), { chunksDeleted: 0 }, 'what is needed again stays');
  a.unlink('/again');
  await a.engine.push();
  daysPass(db, 40);
  await a.engine.history.prune();
  daysPass(db, 2);
  t.ok((await a.engine.history.prune()).chunksDeleted > 0);
  t.ok(count(db, 'chunks') >= before);
  for (const path of ['/kept', '/f', '/new']) {
    const b = openAgent(t);
    await b.engine.enable({ tursoDb: `file:${db.name}`, mode: 'manual' });
    await b.engine.pull();
    t.equal(b.read(path), a.read(path), `${path} is whole`);
  }
});

t.test('a push that relied on a chunk that went uploads it again', async (t) => {
  const { a, url, db } = await begun(t);
  a.write('/f', LARGE('1'));
  await a.engine.push();
  a.unlink('/f');
  await a.engine.push();
  daysPass(db, 40);
  await a.engine.config(undefined, { keep: '1h' });
  await a.engine.history.prune();
  a.write('/again', LARGE('1'));
  // Between the question which chunks are missing and the commit.
  const remote = openRemote({ url, workspace: 'shared', agent: 'c'.repeat(32) });
  t.teardown(() => remote.close());
  db.exec('DELETE FROM agentfs_chunks');
  t.match(await a.engine.push(), { chunksSent: count(db, 'chunks') });
  const b = openAgent(t);
  await b.engine.enable({ tursoDb: url, mode: 'manual' });
  await b.engine.pull();
  t.equal(b.read('/again'), LARGE('1'));
});

t.test('a deletion that meets a commit looks again, and takes nothing that it needs', async (t) => {
  const { a, url, db } = await begun(t);
  a.write('/f', LARGE('1'));
  await a.engine.push();
  a.unlink('/f');
  await a.engine.push();
  daysPass(db, 40);
  await a.engine.config(undefined, { keep: '1h' });
  await a.engine.history.prune();
  daysPass(db, 2);
  // The commit comes after the collector has looked at all versions: when it reads the list of chunks.
  const { Connection } = await import('#src/sync/remote/connection.js');
  const { collectGarbage } = await import('#src/sync/remote/garbage.js');
  const connection = new Connection({ url, timeoutMs: 10_000 });
  t.teardown(() => connection.close());
  let met = false;
  const spy = Object.create(connection, {
    execute: {
      value: async (statement: { sql: string; args: never[] }) => {
        const result = await connection.execute(statement);
        if (!met && /FROM agentfs_chunks/.test(statement.sql)) {
          met = true;
          a.write('/again', LARGE('1'));
          t.match(await a.engine.push(), { chunksSent: 0 }, 'the chunk is relied on');
        }
        return result;
      },
    },
    batch: { value: connection.batch.bind(connection) },
  });
  t.match(await collectGarbage(spy, DAY_MS), { deleted: 0 });
  t.ok(met);
  const b = openAgent(t);
  await b.engine.enable({ tursoDb: url, mode: 'manual' });
  await b.engine.pull();
  t.equal(b.read('/again'), LARGE('1'));
});

t.test(
  'who was away for longer than history is kept brings no deleted file back, and loses no edit',
  async (t) => {
    const url = fileRemote(t);
    const { a, b } = await pair(t, { url });
    a.mkdir('/d');
    for (const name of ['gone', 'edited there', 'edited here', 'gone and edited here', 'stays'])
      a.write(`/d/${name}`, name);
    a.mkdir('/empty');
    await settle(a, b);
    const db = database(t, url);
    a.unlink('/d/gone');
    a.unlink('/d/gone and edited here');
    a.rmdir('/empty');
    a.write('/d/edited there', 'by a');
    a.write('/d/new', 'by a');
    await a.engine.push();
    daysPass(db, 40);
    a.write('/later', 'by a');
    await a.engine.push();
    await a.engine.config(undefined, { keep: '30d' });
    t.ok((await a.engine.history.prune()).versions > 0);
    b.write('/d/edited here', 'by b');
    b.write('/d/gone and edited here', 'by b');
    b.write('/d/new of b', 'by b');
    const { conflicts } = await b.engine.pull();
    t.match(conflicts, [{ path: '/d/gone and edited here', type: 'modify/delete', winner: 'local' }]);
    t.equal(b.find('/d/gone'), undefined, 'it does not come back');
    t.equal(b.find('/empty'), undefined);
    await settle(a, b);
    t.equal(a.tree(), b.tree());
    t.equal(a.find('/d/gone'), undefined);
    t.equal(a.read('/d/edited here'), 'by b');
    t.equal(b.read('/d/edited there'), 'by a');
    t.equal(a.read('/d/gone and edited here'), 'by b');
    t.match(await b.engine.push(), { rowsWritten: 0 });
  },
);
