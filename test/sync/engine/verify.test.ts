/** `verify` on a real remote: it finds what is wrong on either side, tells it from what is still to sync, and changes nothing. */
import { randomBytes } from 'node:crypto';
import { createClient } from '@libsql/client';
import t from 'tap';
import { fileRemote, pair } from './agent.js';

t.setTimeout(240_000);

t.test('verify finds what differs, and what is broken on the remote, and changes nothing', async (t) => {
  const url = fileRemote(t);
  const { a, b } = await pair(t, { url });
  const sql = createClient({ url });
  t.teardown(() => sql.close());
  a.mkdir('/dir');
  for (const name of ['same', 'edited', 'gone', 'chmod']) a.write(`/dir/${name}`, `content of ${name}`);
  a.write('/large', randomBytes(300_000));
  a.write('/other', randomBytes(300_000));
  a.symlink('dir/same', '/link');
  await a.engine.push();
  await b.engine.pull();
  const sound = await b.engine.verify();
  t.match(sound, { ok: true, filesHere: 8, filesThere: 8, pendingHere: 0, pendingThere: 0, mayWrite: true });
  t.same(sound.problems, []);
  t.ok(sound.bytesChecked > 1_200_000, 'here and there');
  t.ok(Math.abs(sound.clockOffsetMs) < 5000);

  b.write('/dir/edited', 'not pushed yet');
  b.write('/new', 'new');
  b.unlink('/dir/gone');
  a.write('/dir/of-a', 'not pulled yet');
  await a.engine.push();
  t.match(await b.engine.verify(), { ok: true, pendingHere: 3, pendingThere: 1 });
  await b.engine.pull();
  await b.engine.push();
  await a.engine.pull();
  t.match(await a.engine.verify(), { ok: true, pendingHere: 0, pendingThere: 0 });

  const seen: string[] = [];
  a.engine.on('progress', ({ phase }) => void seen.push(phase));
  const node = (name: string) =>
    `(SELECT node FROM agentfs_entries WHERE name = '${name}' AND rev_to IS NULL)`;
  await sql.execute(`UPDATE agentfs_nodes SET mode = 384 WHERE node = ${node('chmod')}`);
  await sql.execute(`UPDATE agentfs_nodes SET inline = X'00' WHERE node = ${node('same')}`);
  await sql.execute('UPDATE agentfs_chunks SET data = zeroblob(size) WHERE id = 1');
  await sql.execute('DELETE FROM agentfs_chunks WHERE id = (SELECT max(id) FROM agentfs_chunks)');
  await sql.execute(`DELETE FROM agentfs_entries WHERE name = 'link'`);
  await sql.execute(`DELETE FROM agentfs_nodes WHERE node = ${node('edited')}`);
  const before = a.tree();
  const broken = await a.engine.verify();
  t.equal(broken.ok, false);
  const told = broken.problems.map(({ kind, path }) => `${kind} ${path}`).sort();
  t.ok(told.includes('different /dir/chmod'), told.join('\n'));
  t.ok(told.includes('corrupt /dir/same'));
  t.ok(told.includes('missing /dir/edited'));
  t.ok(told.includes('missing /link'));
  t.ok(told.some((it) => it.startsWith('orphaned ')));
  t.ok(told.some((it) => it === 'corrupt /large' || it === 'corrupt /other'));
  t.equal(a.tree(), before);
  t.ok(seen.includes('verify'));
  t.match(await a.engine.status(), { syncStatus: 'synced', pendingChanges: 0 });
});

t.test('Verify misses nothing that is excluded, nor a directory that holds nothing else', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  await a.engine.config(undefined, { exclude: ['of-a/**', 'of-b/**', '/taken'] });
  a.write('/taken', 'excluded');
  for (const [agent, directory] of [
    [a, '/of-a'],
    [b, '/of-b'],
    [b, '/taken'],
  ] as const) {
    agent.mkdir(directory);
    agent.write(`${directory}/file`, 'content');
  }
  await b.engine.push();
  await a.engine.push();
  await a.engine.pull();
  for (const { engine } of [a, b])
    t.match(await engine.verify(), { problems: [], pendingHere: 0, pendingThere: 0 });
  a.write('/kept', 'kept');
  t.match(await a.engine.verify(), { ok: true, pendingHere: 1 });
});
