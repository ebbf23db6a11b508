/**
 * "Point-in-Time Recovery": a pull to a point in time, and to a checkpoint, by the SDK and by the command line.
 */
import t from 'tap';
import { Machine } from './machine.js';

t.setTimeout(180_000);

t.test('Sync to a specific point in time, or restore from a specific version', async (t) => {
  const machine = await Machine.create(t);
  await machine.runs(
    t,
    `
agentfs workspace create my-workspace
agentfs sync enable my-workspace --turso-db libsql://mydb-org.turso.io --token $TURSO_TOKEN --mode manual
`,
  );
  await using workspace = await machine.sdk().workspace.get('my-workspace');
  await workspace.writeFile('/plan.md', 'as of then');
  const checkpoint = await workspace.checkpoints.create('checkpoint-v1');
  t.match(checkpoint, { name: 'checkpoint-v1', revision: 1 });
  const then = new Date().toISOString();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await workspace.writeFile('/plan.md', 'a mistake');
  await workspace.writeFile('/junk', 'another');
  await workspace.sync.push();

  // Sync to specific point in time
  const { past } = await workspace.sync.pull({ at: then });
  t.match(past, { revision: 1 });
  t.equal(await workspace.readFile('/plan.md', 'utf8'), 'as of then');
  t.notOk(await workspace.exists('/junk'));
  t.equal(
    (await workspace.sync.status()).syncStatus,
    'pending',
    'a change made here, to be pushed or undone',
  );
  await workspace.sync.push();

  // Or restore from specific version
  await workspace.writeFile('/plan.md', 'another mistake');
  await t.rejects(workspace.sync.pull({ version: 'checkpoint-v1' }), { code: 'SYNC_BRAKE', hint: /--force/ });
  await workspace.sync.pull({ version: 'checkpoint-v1', force: true });
  t.equal(await workspace.readFile('/plan.md', 'utf8'), 'as of then');
  const { versions } = await workspace.history('/plan.md');
  t.ok(versions.length >= 4, 'every mistake is in history');
  const mistake = versions.find(({ what, size }) => what === 'modified' && size === 'another mistake'.length);
  await workspace.restore('/plan.md', { version: mistake?.version ?? '' });
  t.equal(await workspace.readFile('/plan.md', 'utf8'), 'another mistake');
  t.match((await workspace.diff({ path: '/plan.md', from: 'checkpoint-v1' })).entries, [
    { what: 'modified', patch: String },
  ]);

  // An owner is asked, as any other program is.
  const other = await machine.sdk().workspace.get('my-workspace', { own: false });
  t.match(await other.checkpoints.list(), [{ name: 'checkpoint-v1' }]);
  await other.checkpoints.delete('checkpoint-v1');
  await t.rejects(other.sync.pull({ version: 'checkpoint-v1' }), { code: 'INVALID_ARGUMENT' });
  await other.close();
});
