/**
 * The past on a real server, and under a running mount.
 */
import t from 'tap';
import { openSyncEngine } from '#src/sync/index.js';
import { mountFresh } from '../../fuse/mounted.js';
import { startSqld } from '../../support/sqld.js';
import { fileRemote, openAgent, pair, settle } from '../engine/agent.js';

t.setTimeout(120_000);

t.test('checkpoints, the way back, versions, losers and retention work on a libSQL server', async (t) => {
  const sqld = await startSqld();
  t.teardown(() => sqld.stop());
  const remote = { url: sqld.url, token: await sqld.token() };
  const { a, b } = await pair(t, remote, { conflictResolution: 'remote-wins' });
  a.mkdir('/d');
  a.write('/d/f', 'first');
  a.write('/d/large', 'x'.repeat(300_000));
  a.symlink('/d/f', '/link');
  await a.engine.history.createCheckpoint('v1');
  const then = a.tree();
  await settle(a, b);
  a.write('/d/f', 'of a');
  a.rename('/d', '/e');
  a.write('/e/large', 'y'.repeat(200_000));
  b.write('/d/f', 'of b');
  await a.engine.push();
  await b.engine.pull();
  await b.engine.push();
  const { versions } = await a.engine.history.log({ path: '/e/f' });
  t.same(versions.map(({ what, agent }) => [what, agent]).sort(), [
    ['created', a.id],
    ['lost', b.id],
    ['modified', a.id],
  ]);
  const lost = versions.find(({ what }) => what === 'lost');
  await a.engine.history.restore('/e/f', { version: lost?.version ?? '' });
  t.equal(a.read('/e/f'), 'of b');
  t.match((await a.engine.history.diff()).entries, [{ path: '/e/f', what: 'modified' }]);
  await a.engine.push();
  t.match((await a.engine.history.log()).commits[0], { modified: 1, added: 0, removed: 0, agent: a.id });
  await a.engine.pull({ version: 'v1' });
  t.equal(a.tree(), then);
  await settle(a, b);
  t.equal(b.tree(), then);
  await t.rejects(a.engine.pull({ at: '1d ago' }), { code: 'INVALID_ARGUMENT', hint: /^History goes from/ });
  await a.engine.config(undefined, { keep: '1h' });
  t.match(await a.engine.history.prune({ graceMs: 0 }), { horizon: 0, versions: 0, chunksDeleted: 0 });
  t.match(await a.engine.history.prune({ graceMs: 0 }), { horizon: 0, chunksDeleted: 0 });
  await a.engine.history.deleteCheckpoint('v1');
  t.same(await b.engine.history.checkpoints(), []);
});

t.test('a program on the mount sees the past at once', async (t) => {
  const mounted = await mountFresh(t);
  const engine = openSyncEngine({
    vfs: mounted.vfs,
    workspace: 'shared',
    agent: 'e'.repeat(32),
    newAgentId: async () => 'f'.repeat(32),
    credentials: { token: async () => undefined, store: async () => {}, remove: async () => {} },
  });
  t.teardown(() => engine.stop());
  const url = fileRemote(t);
  await engine.enable({ tursoDb: url, mode: 'manual' });
  await mounted.sh('mkdir d && echo one > d/f && echo gone > d/g && ln -s f d/l');
  await engine.history.createCheckpoint('v1');
  await mounted.sh('echo "a much longer line" > d/f; rm d/g; mv d e; ln -sfn g e/l; echo new > new');
  await engine.push();
  const look = 'cat d/f d/g; readlink d/l; ls; ls d';
  await mounted.sh('cat e/f > /dev/null; ls -l e > /dev/null; ls > /dev/null');
  await engine.pull({ version: 'v1' });
  await mounted.mount.notificationsDrained();
  t.equal(await mounted.sh(look), 'one\ngone\nf\nd\nf\ng\nl\n');
  t.equal(await mounted.sh('test ! -e e && test ! -e new && echo none'), 'none\n');
  await engine.push();
  const other = openAgent(t);
  await other.engine.enable({ tursoDb: url, mode: 'manual' });
  await other.engine.pull();
  t.equal(other.read('/d/f'), 'one\n');
  await mounted.sh('echo edited > d/f');
  await engine.history.restore('/d/f', { version: '1' });
  await mounted.mount.notificationsDrained();
  t.equal(await mounted.sh('cat d/f'), 'one\n');
});
