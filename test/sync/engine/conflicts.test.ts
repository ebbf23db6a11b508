/**
 * What both sides changed: the policy decides, both sides end equal, and nothing is lost without being told.
 */
import t, { type Test } from 'tap';
import { type Clock, systemClock } from '#src/base/index.js';
import type { ConflictPolicy } from '#src/sync/core/tree.js';
import { startSqld } from '../../support/sqld.js';
import { type Agent, eventually, fileRemote, openAgent, pair, settle } from './agent.js';

t.setTimeout(120_000);

function shifted(ms: number): Clock {
  return {
    ...systemClock,
    nowMs: () => systemClock.nowMs() + ms,
    realtime: () => {
      const { sec, nsec } = systemClock.realtime();
      return { sec: sec + Math.trunc(ms / 1000), nsec };
    },
  };
}

const HOUR_MS = 3_600_000;

async function begun(t: Test, policy: ConflictPolicy): Promise<{ a: Agent; b: Agent }> {
  const { a, b } = await pair(t, { url: fileRemote(t) }, { conflictResolution: policy });
  a.mkdir('/d');
  for (const name of ['f', 'g', 'h']) a.write(`/d/${name}`, `base ${name}`);
  await settle(a, b);
  return { a, b };
}

/** Long enough that two edits have different times, on any clock. */
const tick = () => new Promise((resolve) => setTimeout(resolve, 5));

for (const order of ['a first', 'b first'] as const) {
  t.test(`last-write-wins takes the later edit (${order}), whoever pushes first`, async (t) => {
    const { a, b } = await begun(t, 'last-write-wins');
    const [first, second] = order === 'a first' ? [a, b] : [b, a];
    first.write('/d/f', 'the first edit');
    first.vfs.flush();
    await tick();
    second.write('/d/f', 'the second edit');
    await a.engine.push();
    const { conflicts } = await b.engine.pull();
    t.match(conflicts, [
      { path: '/d/f', type: 'modify/modify', winner: order === 'a first' ? 'local' : 'remote' },
    ]);
    await settle(b, a);
    for (const agent of [a, b]) {
      t.equal(agent.read('/d/f'), 'the second edit');
      t.match(await agent.engine.push(), { conflicts: [], rowsWritten: 0 });
    }
    t.equal(a.tree(), b.tree());
  });

  t.test(`a wrong clock decides nothing (${order}): edit times are corrected by the server's`, async (t) => {
    const url = fileRemote(t);
    const a = openAgent(t, { clock: shifted(HOUR_MS) });
    const b = openAgent(t, { clock: shifted(-HOUR_MS) });
    for (const { engine } of [a, b]) await engine.enable({ tursoDb: url, mode: 'manual' });
    a.write('/f', 'base');
    await settle(a, b);
    const [first, second] = order === 'a first' ? [a, b] : [b, a];
    first.write('/f', 'the first edit');
    first.vfs.flush();
    await tick();
    second.write('/f', 'the second edit');
    await settle(a, b);
    for (const agent of [a, b]) t.equal(agent.read('/f'), 'the second edit');
  });
}

for (const policy of ['local-wins', 'remote-wins'] as const) {
  t.test(`${policy} takes the side as it is named, and reports what lost`, async (t) => {
    const { a, b } = await begun(t, policy);
    a.write('/d/f', 'of a');
    b.write('/d/f', 'of b');
    a.unlink('/d/g');
    b.write('/d/g', 'edited by b');
    b.unlink('/d/h');
    a.write('/d/h', 'edited by a');
    await a.engine.push();
    const { conflicts } = await b.engine.pull();
    t.same(
      conflicts.map(({ path, type, winner }) => [path, type, winner]),
      [
        ['/d/f', 'modify/modify', policy.slice(0, -5)],
        ['/d/g', 'modify/delete', policy.slice(0, -5)],
        ['/d/h', 'delete/modify', policy.slice(0, -5)],
      ],
    );
    await b.engine.push();
    await a.engine.pull();
    t.equal(a.tree(), b.tree());
    const expected =
      policy === 'local-wins' ? { f: 'of b', g: 'edited by b' } : { f: 'of a', h: 'edited by a' };
    t.same(a.names('/d'), Object.keys(expected));
    for (const [name, content] of Object.entries(expected)) t.equal(b.read(`/d/${name}`), content);
    t.match(await b.engine.push(), { rowsWritten: 0, conflicts: [] });
  });
}

t.test(
  'a deletion and a later edit: the file comes back where it was deleted, also with new content',
  async (t) => {
    const { a, b } = await begun(t, 'last-write-wins');
    a.unlink('/d/f');
    a.vfs.flush();
    await tick();
    b.write('/d/f', 'edited after the deletion');
    await b.engine.push();
    await a.engine.pull();
    t.equal(a.read('/d/f'), 'edited after the deletion');
    await settle(a, b);
    t.equal(a.tree(), b.tree());
    t.match(await a.engine.push(), { rowsWritten: 0 });
  },
);

t.test('two directories that move into each other end as a tree', async (t) => {
  const { a, b } = await begun(t, 'last-write-wins');
  a.mkdir('/x');
  a.mkdir('/y');
  await settle(a, b);
  a.rename('/x', '/y/x');
  b.rename('/y', '/x/y');
  await settle(a, b);
  t.equal(a.tree({ times: false }), b.tree({ times: false }));
  t.match(await b.engine.push(), { rowsWritten: 0 });
});

t.test(
  'under manual neither side is touched, the rest flows, and the conflict outlives a restart',
  async (t) => {
    const { a, b } = await begun(t, 'manual');
    a.write('/d/f', 'of a');
    b.write('/d/f', 'of b');
    b.write('/d/new', 'something else');
    b.write('/d/g', 'edited by b alone');
    a.write('/d/h', 'edited by a alone');
    await a.engine.push();
    const report = await b.engine.push();
    t.match(report.conflicts, [{ path: '/d/f', type: 'modify/modify', winner: undefined }]);
    await b.engine.pull();
    await a.engine.pull();
    for (const [agent, mine] of [
      [a, 'of a'],
      [b, 'of b'],
    ] as const) {
      t.equal(agent.read('/d/f'), mine);
      t.equal(agent.read('/d/new'), 'something else');
      t.equal(agent.read('/d/g'), 'edited by b alone');
      t.equal(agent.read('/d/h'), 'edited by a alone');
    }
    t.match(await b.engine.status(), { syncStatus: 'conflicts', pendingConflicts: 1 });
    const [conflict] = await b.engine.conflicts();
    await b.reopen();
    t.match(await b.engine.status(), { syncStatus: 'conflicts', pendingConflicts: 1 });
    await b.engine.pull();
    t.match(await b.engine.conflicts(), [{ id: conflict?.id }], 'and it is the same one, under the same id');

    b.write('/d/later', 'sync goes on');
    b.write('/d/new', 'and on');
    await b.engine.push();
    await a.engine.pull();
    t.equal(a.read('/d/later'), 'sync goes on');
    t.equal(a.read('/d/new'), 'and on');

    b.write('/d/f', 'of a');
    const { mtimeSec: sec, mtimeNsec: nsec } = a.inode('/d/f');
    b.setattr('/d/f', { mtime: { sec, nsec } });
    await b.engine.push();
    t.match(await b.engine.status(), { syncStatus: 'synced', pendingConflicts: 0, pendingChanges: 0 });
    await settle(a, b);
    t.equal(a.tree(), b.tree(), 'one side changed its mind');
  },
);

t.test('a pending conflict is decided when the policy is changed', async (t) => {
  for (const policy of ['local-wins', 'remote-wins'] as const) {
    const { a, b } = await begun(t, 'manual');
    a.write('/d/f', 'of a');
    a.unlink('/d/g');
    b.write('/d/f', 'of b');
    b.write('/d/g', 'kept by b');
    await a.engine.push();
    await b.engine.push();
    t.match(await b.engine.status(), { pendingConflicts: 2 });
    await b.engine.config(undefined, { conflictResolution: policy });
    await b.engine.pull();
    await b.engine.push();
    t.match(await b.engine.status(), { syncStatus: 'synced', pendingConflicts: 0 });
    await a.engine.pull();
    t.equal(a.read('/d/f'), policy === 'local-wins' ? 'of b' : 'of a');
    t.equal(a.find('/d/g') !== undefined, policy === 'local-wins');
    t.equal(a.tree(), b.tree());
  }
});

t.test('in real time a conflict under manual stays quiet and hinders nothing', async (t) => {
  const sqld = await startSqld();
  t.teardown(() => sqld.stop());
  const { a, b } = await pair(
    t,
    { url: sqld.url, token: await sqld.token() },
    { conflictResolution: 'manual' },
  );
  a.write('/f', 'base');
  await settle(a, b);
  a.write('/f', 'of a');
  b.write('/f', 'of b');
  await a.engine.push();
  const told: unknown[] = [];
  b.engine.on('conflict', (conflicts) => told.push(...conflicts));
  for (const { engine } of [a, b]) {
    engine.start();
    await engine.config(undefined, { mode: 'real-time' });
  }
  a.write('/other', 'x');
  await t.resolves(eventually('the other file arrives', () => b.find('/other') !== undefined));
  b.write('/back', 'y');
  await t.resolves(eventually('and one goes back', () => a.find('/back') !== undefined));
  t.same([a.read('/f'), b.read('/f')], ['of a', 'of b']);
  t.match(told, [{ path: '/f' }]);
  // A look at the remote may be under way.
  const says = async (): Promise<boolean> => (await b.engine.status()).syncStatus === 'conflicts';
  await t.resolves(eventually('the status says so', says));
});

t.test(
  'what a pull has met keeps the time of its edit, so that a later edit elsewhere still wins',
  async (t) => {
    const url = fileRemote(t);
    const a = openAgent(t);
    // A clock of another hour: a time that is not the edit's would show.
    const b = openAgent(t, { clock: shifted(-HOUR_MS) });
    for (const { engine } of [a, b]) await engine.enable({ tursoDb: url, mode: 'manual' });
    a.write('/f', 'base');
    a.write('/renamed', 'base');
    await settle(a, b);
    a.write('/f', 'the first edit');
    a.rename('/renamed', '/renamed by a');
    a.write('/renamed by a', 'the first edit');
    await a.engine.push();
    await tick();
    b.write('/f', 'the second edit');
    b.rename('/renamed', '/renamed by b');
    b.write('/renamed by b', 'the second edit');
    b.vfs.flush();
    await tick();
    const { conflicts } = await b.engine.pull();
    t.match(
      conflicts.map(({ winner }) => winner),
      ['local', 'local', 'local'],
    );
    await tick();
    a.write('/f', 'the third edit');
    await a.engine.push();
    t.match(await b.engine.pull(), { conflicts: [{ path: '/f', winner: 'remote' }] });
    await b.engine.push();
    await a.engine.pull();
    t.equal(b.read('/f'), 'the third edit');
    t.equal(b.read('/renamed by b'), 'the second edit', 'and what won once still wins');
    t.equal(a.tree(), b.tree());
  },
);
