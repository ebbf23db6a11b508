/**
 * Across regions: one agent talks to the primary, the other to a replica of it, which forwards what it is to write. What
 * either makes comes to the other; a replica that lags or is away holds nobody up for good, and is not taken for a remote
 * that has lost something.
 */
import { createServer } from 'node:net';
import t, { type Test } from 'tap';
import { startSqld } from '../../support/sqld.js';
import { type Agent, eventually, openAgent } from './agent.js';

t.setTimeout(120_000);

const grpc = await freeAddress();
const primary = await startSqld({ auth: false, args: ['--grpc-listen-addr', grpc] });
t.teardown(() => primary.stop());
const replica = await startSqld({ auth: false, args: ['--primary-grpc-url', `http://${grpc}`] });
t.teardown(() => replica.stop());

async function freeAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `127.0.0.1:${address.port}`;
}

/** Two agents of one workspace, at the primary and at the replica. */
async function acrossRegions(
  t: Test,
  workspace: string,
  mode: 'manual' | 'real-time',
): Promise<{ near: Agent; far: Agent }> {
  const [near, far] = [openAgent(t, { workspace }), openAgent(t, { workspace })];
  await near.engine.enable({ tursoDb: primary.url, mode });
  await far.engine.enable({ tursoDb: replica.url, mode });
  return { near, far };
}

/** A replica has a commit some milliseconds after the primary. */
async function pulled(agent: Agent, path: string, content: string): Promise<void> {
  await eventually(`${path} is here`, async () => {
    await agent.engine.pull();
    return agent.find(path) !== undefined && agent.read(path) === content;
  });
}

t.test('what is pushed to the primary is pulled from its replica, and the other way round', async (t) => {
  const { near, far } = await acrossRegions(t, 'both-ways', 'manual');
  near.mkdir('/src');
  near.write('/src/a', 'made near');
  near.write('/large', 'large '.repeat(50_000));
  await near.engine.push();
  await pulled(far, '/src/a', 'made near');
  t.equal(far.tree(), near.tree());

  far.write('/src/a', 'edited far');
  far.rename('/src', '/lib');
  t.match(await far.engine.push(), { conflicts: [] });
  await pulled(near, '/lib/a', 'edited far');
  near.unlink('/lib/a');
  await near.engine.push();
  await eventually('the deletion arrives', async () => {
    await far.engine.pull();
    return far.find('/lib/a') === undefined;
  });
  t.equal(far.tree(), near.tree());
  for (const agent of [near, far]) {
    t.match(await agent.engine.push(), { pushed: 0, rowsWritten: 0 });
    t.same(agent.errors, []);
  }
});

t.test('both push at once, again and again, and nobody is told of a base that does not fit', async (t) => {
  const { near, far } = await acrossRegions(t, 'at-once', 'manual');
  for (let i = 0; i < 15; i += 1) {
    near.write(`/near-${i % 4}`, `near ${i}`);
    far.write(`/far-${i % 4}`, `far ${i}`);
    await Promise.all([near.engine.push(), far.engine.push()]);
  }
  await eventually('both have the same', async () => {
    await near.engine.pull();
    await far.engine.pull();
    return near.tree() === far.tree();
  });
  t.equal(near.read('/far-2'), 'far 14');
  t.equal(far.read('/near-2'), 'near 14');
  for (const { errors } of [near, far]) t.same(errors, []);
});

t.test('what is pushed through the replica is told of at the primary in real time', async (t) => {
  const { near, far } = await acrossRegions(t, 'real-time', 'manual');
  await near.engine.config(undefined, { mode: 'real-time' });
  near.engine.start();
  near.write('/from-near', 'one');
  await eventually('it is pushed', async () => (await near.engine.status()).syncStatus === 'synced');
  await pulled(far, '/from-near', 'one');
  far.write('/from-far', 'two');
  await far.engine.push();
  await eventually(
    'it is near',
    () => near.find('/from-far') !== undefined && near.read('/from-far') === 'two',
  );
  for (const { errors } of [near, far]) t.same(errors, []);
});

t.test('a replica that was away catches up', async (t) => {
  const { near, far } = await acrossRegions(t, 'away', 'manual');
  near.write('/before', 'one');
  await near.engine.push();
  await pulled(far, '/before', 'one');
  await replica.kill();
  near.write('/meanwhile', 'two');
  await near.engine.push();
  far.write('/offline', 'three');
  await t.rejects(far.engine.push(), { code: 'REMOTE_UNREACHABLE' });
  await replica.restart();
  await pulled(far, '/meanwhile', 'two');
  await far.engine.push();
  await pulled(near, '/offline', 'three');
  t.equal(far.tree(), near.tree());
});
