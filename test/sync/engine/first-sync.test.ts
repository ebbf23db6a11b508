/**
 * The first push and the first pull go ways of their own, without comparing; what comes out is what always comes out.
 */
import { randomBytes } from 'node:crypto';
import t from 'tap';
import { type Agent, eventually, fileRemote, openAgent, pair, settle } from './agent.js';

t.setTimeout(120_000);

function fill(agent: Agent): void {
  agent.write('/late', 'its directory is younger');
  for (const d of ['a', 'b', 'c']) {
    agent.mkdir(`/${d}`);
    agent.mkdir(`/${d}/inner`);
    for (let i = 0; i < 7; i += 1) agent.write(`/${d}/inner/${i}`, `${d}${i}`);
  }
  agent.link('/a/inner/0', '/c/inner/linked');
  agent.link('/a/inner/0', '/first');
  agent.write('/b/large', randomBytes(300_000));
  agent.symlink('b/large', '/link');
  agent.setxattr('/c/inner', 'user.x', 'y');
  agent.mkdir('/new');
  agent.rename('/late', '/new/late');
  agent.rename('/a', '/new/a');
}

t.test(
  'a first push in commits of three files leaves a tree after each, and the base knows all of it',
  async (t) => {
    const { a, b } = await pair(t, { url: fileRemote(t) }, { batchSize: 3 });
    fill(a);
    const report = await a.engine.push();
    t.ok(report.revision > 5, 'several commits');
    t.same((await a.engine.push()).rowsWritten, 0, 'a second push has nothing to say');
    t.equal((await a.engine.status()).pendingChanges, 0);
    await b.engine.pull();
    t.equal(b.tree(), a.tree());
    t.same([(await b.engine.pull()).pulled, (await b.engine.push()).rowsWritten], [0, 0]);
    b.remove('/new');
    b.write('/c/inner/0', 'edited');
    await settle(b, a);
    t.equal(b.tree({ times: false }), a.tree({ times: false }));
    t.equal(a.find('/new'), undefined);
    t.same([a.errors, b.errors], [[], []], 'nothing had to be compared again');
  },
);

t.test('two agents that push to an empty remote at once end with both trees', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) }, { batchSize: 2 });
  for (const [agent, name] of [
    [a, 'of a'],
    [b, 'of b'],
  ] as const) {
    agent.mkdir(`/${name}`);
    for (let i = 0; i < 20; i += 1) agent.write(`/${name}/${i}`, name);
    agent.write('/both', name);
  }
  await Promise.all([a.engine.push(), b.engine.push()]);
  await settle(a, b);
  t.equal(b.tree({ times: false }), a.tree({ times: false }));
  t.equal(a.names('/of a').length + a.names('/of b').length, 40);
});

t.test('what is made in a workspace while it is filled for the first time stays', async (t) => {
  const url = fileRemote(t);
  const a = openAgent(t);
  await a.engine.enable({ tursoDb: url, mode: 'manual' });
  a.mkdir('/d');
  for (let i = 0; i < 3000; i += 1) a.write(`/d/${i}`, `${i}`);
  await a.engine.push();
  const b = openAgent(t);
  await b.engine.enable({ tursoDb: url, mode: 'manual', conflictResolution: 'local-wins' });
  const pulling = b.engine.pull();
  await eventually('the directory is here', () => b.find('/d') !== undefined);
  b.write('/d/mine', 'mine');
  b.write('/d/2999', 'mine');
  if (b.find('/d/0') !== undefined) b.unlink('/d/0');
  await pulling;
  await settle(b, a);
  t.equal(b.tree({ times: false }), a.tree({ times: false }));
  t.same([a.read('/d/mine'), a.read('/d/2999'), a.read('/d/2998')], ['mine', 'mine', '2998']);
});
