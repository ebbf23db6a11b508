/**
 * Copies of a workspace on real engines and a real remote: a copy that syncs beside the original, and a workspace that was
 * restored from an older copy, are told from a crash and a lost answer, and nobody's edits are lost whatever is done then.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Agent, eventually, fileRemote, freshFolder, openAgent, pair, settle } from './agent.js';

t.setTimeout(240_000);

const BRAKE = { code: 'SYNC_BRAKE', data: { brake: { kind: 'copied' } } };

/** Two agents with the same files, the first of which is copied with its id. */
async function copied(t: Test) {
  const url = fileRemote(t);
  const { a, b } = await pair(t, { url });
  a.mkdir('/d');
  for (const name of ['one', 'two', 'three']) a.write(`/d/${name}`, name);
  await a.engine.push();
  await b.engine.pull();
  const copy = await copyOf(t, a);
  return { a, b, copy, url };
}

async function copyOf(t: Test, agent: Agent): Promise<Agent> {
  const database = join(freshFolder(t), 'workspace.db');
  await agent.close();
  copyFileSync(agent.database, database);
  agent.open();
  return openAgent(t, { agent: agent.id, database });
}

function same(t: Test, ...agents: Agent[]): void {
  const [first, ...others] = agents.map((agent) => agent.tree({ times: false }));
  for (const other of others) t.equal(other, first);
}

t.test('the original stops where a copy of it has pushed, and with force both go on', async (t) => {
  const { a, b, copy } = await copied(t);
  copy.write('/d/one', 'edited in the copy');
  copy.write('/new-in-copy', 'made in the copy');
  await copy.engine.push();
  a.write('/d/two', 'edited in the original');
  // Under the same inode number as the file that was made in the copy.
  a.write('/new-in-original', 'made in the original');
  const before = a.tree();
  for (const way of ['push', 'pull'] as const)
    await t.rejects(a.engine[way](), {
      ...BRAKE,
      message:
        /^remote 'origin' has a commit under this agent's id that this database did not make \(revision 2, of /,
      hint: /Nothing was changed\. agentfs sync push shared --force goes on under a new agent id: .* reset shared --new-id/,
    });
  t.equal(a.tree(), before, 'nothing was changed here');
  t.match(await a.engine.status(), { syncStatus: 'error', error: { code: 'SYNC_BRAKE', brake: 'copied' } });
  await b.engine.pull();
  t.equal(b.find('/new-in-original'), undefined, 'nor there');
  const id = a.id;
  t.match(await a.engine.push({ force: true }), { conflicts: [] });
  t.not(a.id, id);
  t.equal((await a.engine.status()).agent, a.id);
  await settle(a, copy, b);
  for (const agent of [a, copy, b]) {
    t.equal(agent.read('/d/one'), 'edited in the copy');
    t.equal(agent.read('/d/two'), 'edited in the original');
    t.equal(agent.read('/new-in-copy'), 'made in the copy');
    t.equal(agent.read('/new-in-original'), 'made in the original');
  }
  same(t, a, copy, b);
  // From now on they are two.
  a.write('/d/three', 'by the original');
  await a.engine.push();
  copy.write('/more', 'by the copy');
  await copy.engine.push();
  await settle(a, copy);
  same(t, a, copy);
});

t.test('what both have edited is a conflict, which loses neither', async (t) => {
  const { a, copy } = await copied(t);
  copy.write('/d/one', 'edited in the copy');
  await copy.engine.push();
  a.write('/d/one', 'edited in the original');
  await t.rejects(a.engine.push(), BRAKE);
  const { conflicts } = await a.engine.push({ force: true });
  t.match(conflicts, [{ path: '/d/one', type: 'modify/modify' }]);
  await settle(a, copy);
  same(t, a, copy);
  const { versions } = await a.engine.history.log({ path: '/d/one' });
  t.equal(versions?.length, 3, 'the loser is in history');
});

t.test('a copy stops where the original has gone on, and joins anew under a new id', async (t) => {
  const { a, b, copy } = await copied(t);
  a.write('/new-in-original', 'made in the original');
  a.unlink('/d/two');
  await a.engine.push();
  copy.write('/new-in-copy', 'made in the copy');
  copy.write('/d/one', 'edited in the copy');
  await t.rejects(copy.engine.push(), BRAKE);
  const id = copy.id;
  await copy.engine.reset(undefined, { newId: true });
  t.not(copy.id, id);
  await settle(copy, a, b);
  for (const agent of [a, copy, b]) {
    t.equal(agent.read('/new-in-original'), 'made in the original');
    t.equal(agent.read('/new-in-copy'), 'made in the copy');
    t.equal(agent.read('/d/one'), 'edited in the copy');
    t.equal(agent.read('/d/two'), 'two', 'without a common past nothing is deleted');
  }
  same(t, a, copy, b);
});

t.test('a reset after the brake takes a new id unasked', async (t) => {
  const { a, copy } = await copied(t);
  copy.write('/new-in-copy', 'made in the copy');
  await copy.engine.push();
  a.write('/new-in-original', 'made in the original');
  await t.rejects(a.engine.push(), BRAKE);
  const id = a.id;
  await a.engine.reset();
  t.not(a.id, id);
  await settle(a, copy);
  for (const agent of [a, copy]) {
    t.equal(agent.read('/new-in-original'), 'made in the original');
    t.equal(agent.read('/new-in-copy'), 'made in the copy');
  }
  same(t, a, copy);
});

t.test('where both push before either looks, both stop, and a new id for each goes on', async (t) => {
  const { a, copy } = await copied(t);
  await Promise.all(
    [a, copy].map(async (agent, i) => {
      for (let n = 0; n < 5; n += 1) {
        agent.write(`/${i}-${n}`, `${i} ${n}`);
        try {
          await agent.engine.push();
        } catch (error) {
          t.match(error, BRAKE);
        }
      }
    }),
  );
  const outcomes = await Promise.allSettled([a.engine.push(), copy.engine.push()]);
  t.ok(outcomes.some(({ status }) => status === 'rejected'));
  for (const agent of [a, copy]) await agent.engine.push({ force: true });
  await settle(a, copy);
  same(t, a, copy);
  for (let n = 0; n < 5; n += 1) for (const i of [0, 1]) t.equal(a.read(`/${i}-${n}`), `${i} ${n}`);
});

t.test('a workspace restored from an older copy stops, and gets with force what came after it', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  for (const name of ['kept', 'changed', 'removed', 'both']) a.write(`/${name}`, 'one');
  await a.engine.push();
  await b.engine.pull();
  await a.close();
  const backup = readFileSync(a.database);
  a.open();
  a.write('/changed', 'two');
  a.write('/made', 'after the copy');
  a.unlink('/removed');
  await a.engine.push();
  await a.close();
  writeFileSync(a.database, backup);
  a.open();
  a.write('/kept', 'edited after it was restored');
  a.write('/again', 'with the inode number of what was made before');
  await t.rejects(a.engine.pull(), BRAKE);
  t.equal(a.read('/changed'), 'one', 'nothing was changed');
  t.match(await a.engine.pull({ force: true }), { conflicts: [] });
  await settle(a, b);
  for (const agent of [a, b]) {
    t.equal(agent.read('/kept'), 'edited after it was restored');
    t.equal(agent.read('/changed'), 'two');
    t.equal(agent.read('/made'), 'after the copy');
    t.equal(agent.read('/again'), 'with the inode number of what was made before');
    t.equal(agent.find('/removed'), undefined, 'the common past is still known');
  }
  same(t, a, b);
});

t.test('a workspace restored to before its first sync stops as well', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  await a.engine.pull();
  await a.close();
  const backup = readFileSync(a.database);
  a.open();
  a.write('/x', 'one');
  await a.engine.push();
  await b.engine.pull();
  await a.close();
  writeFileSync(a.database, backup);
  a.open();
  await t.rejects(a.engine.pull(), BRAKE);
  t.same(a.names(''), []);
  await a.engine.pull({ force: true });
  t.equal(a.read('/x'), 'one');
  same(t, a, b);
});

t.test('a workspace restored to before sync was enabled is joined as any other', async (t) => {
  const url = fileRemote(t);
  const { a, b } = await pair(t, { url });
  await a.engine.disable();
  a.write('/x', 'one');
  await a.close();
  const backup = readFileSync(a.database);
  a.open();
  await a.engine.enable({ tursoDb: url, mode: 'manual' });
  a.write('/y', 'with an inode number');
  await a.engine.push();
  await b.engine.pull();
  await a.close();
  writeFileSync(a.database, backup);
  a.open();
  a.write('/z', 'with the same one');
  await a.engine.enable({ tursoDb: url, mode: 'manual' });
  t.match(await a.engine.push(), { conflicts: [] });
  await settle(a, b);
  same(t, a, b);
  t.same(
    ['/x', '/y', '/z'].map((path) => b.read(path)),
    ['one', 'with an inode number', 'with the same one'],
  );
});

t.test('in real time the schedule stops at a copy and goes on under a new id', async (t) => {
  const { a, copy } = await copied(t);
  await a.engine.config(undefined, { mode: 'real-time' });
  a.engine.start();
  await eventually('synced', async () => (await a.engine.status()).syncStatus === 'synced');
  copy.write('/new-in-copy', 'made in the copy');
  await copy.engine.push();
  await eventually('stopped', async () => (await a.engine.status()).error?.brake === 'copied');
  t.equal(a.find('/new-in-copy'), undefined);
  await a.engine.push({ force: true });
  await eventually('it has come', () => a.find('/new-in-copy') !== undefined);
  a.write('/later', 'x');
  a.vfs.flush();
  await eventually('it goes on', async () => {
    await copy.engine.pull();
    return copy.find('/later') !== undefined;
  });
});

t.test('nothing but a copy is taken for one', async (t) => {
  const url = fileRemote(t);
  const { a, b } = await pair(t, { url });
  a.write('/x', 'one');
  await a.engine.push();
  await a.reopen();
  a.write('/x', 'two');
  await a.engine.push();
  t.same(a.rows('SELECT 1 FROM afs_sent_commit'), [], 'what the cursor has passed is forgotten');
  await a.engine.reset();
  a.write('/x', 'three');
  await a.engine.push();
  await a.engine.disable();
  await a.engine.enable({ tursoDb: url, mode: 'manual' });
  a.write('/x', 'four');
  await a.engine.push();
  await b.engine.pull();
  same(t, a, b);
  t.equal(a.read('/x'), 'four');
});

t.test('a database of a former version, which noted no commits, is not taken for a copy', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.write('/x', 'one');
  await a.engine.push();
  await a.close();
  const before = readFileSync(a.database);
  a.open();
  a.write('/x', 'two');
  await a.engine.push();
  await a.close();
  writeFileSync(a.database, before);
  a.open();
  a.vfs.syncState.mergeState(1, { notedFrom: undefined });
  await a.engine.pull();
  await b.engine.pull();
  const copy = await copyOf(t, a);
  copy.write('/y', 'made in the copy');
  await copy.engine.push();
  await t.rejects(a.engine.pull(), BRAKE, 'from then on they are noted');
});

t.test('a commit is durable here before it is sent, and costs no request', async (t) => {
  const { a } = await pair(t, { url: fileRemote(t) });
  a.write('/x', 'one');
  await a.engine.push();
  const { syncs } = a.vfs.state.store.statistics();
  a.write('/x', 'two');
  t.match(await a.engine.push(), { roundTrips: 2 });
  t.equal(a.vfs.state.store.statistics().syncs, syncs + 1);
  t.match(await a.engine.push(), { roundTrips: 1, rowsWritten: 0 });
  t.equal(a.vfs.state.store.statistics().syncs, syncs + 1, 'nothing to do writes nothing');
});
