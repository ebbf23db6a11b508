/**
 * The modes through a file as the remote: what is batched, what is coalesced, what holds from one mode to the next with
 * work pending, and several remotes at once.
 */
import t from 'tap';
import type { SyncReport } from '#src/sync/index.js';
import { type Agent, eventually, fileRemote, openAgent, pair, settle } from './agent.js';

t.setTimeout(120_000);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function reportsOf(agent: Agent, remote = 'origin'): SyncReport[] {
  const reports: SyncReport[] = [];
  agent.engine.on('change', (report) => {
    if (report.remote === remote) reports.push(report);
  });
  return reports;
}

const synced = (agent: Agent, remote?: string) =>
  eventually('synced', async () => (await agent.engine.status(remote)).syncStatus === 'synced');

t.test('What is rewritten faster than it can be sent is coalesced, and starves nothing else', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  await a.engine.config(undefined, { mode: 'real-time' });
  await b.engine.config(undefined, { mode: 'real-time' });
  for (const { engine } of [a, b]) engine.start();
  await synced(a);
  const reports = reportsOf(a);
  let saves = 0;
  const begun = performance.now();
  const editor = (async () => {
    for (; saves < 600; saves += 1) {
      a.replace('/busy', `version ${saves}`);
      a.vfs.flush();
      if (saves % 50 === 0) await pause(1);
      else await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await pause(20);
  a.write('/other', 'made meanwhile');
  await eventually('the other one arrives', () => b.find('/other') !== undefined, 5000);
  await editor;
  await eventually(
    'and the last version',
    () => b.find('/busy') !== undefined && b.read('/busy') === 'version 599',
  );
  const pushes = reports.filter(({ pushed }) => pushed > 0).length;
  t.ok(pushes < 300, `600 saves in ${Math.round(performance.now() - begun)} ms were ${pushes} pushes`);
  await synced(a);
  t.match(await a.engine.status(), { pendingChanges: 0 });
});

t.test('Periodic sends all of an interval in one commit, and nothing before it is over', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.engine.start();
  await a.engine.config(undefined, { mode: 'periodic', interval: 5 });
  const reports = reportsOf(a);
  await eventually('the first one', () => reports.length > 0);
  const { revision } = reports[0]!;
  const begun = performance.now();
  for (let i = 0; i < 20; i += 1) {
    a.write(`/f${i}`, `${i}`);
    await pause(50);
  }
  t.equal(reports.length, 1, 'a second of writing is no reason');
  t.match(await a.engine.status(), { mode: 'periodic', syncStatus: 'pending' });
  await eventually('the second one', () => reports.length > 1);
  const tookMs = performance.now() - begun;
  t.ok(tookMs > 4000 && tookMs < 9000, `after ${Math.round(tookMs)} ms`);
  t.match(reports[1], { revision: revision + 1 }, 'one commit');
  await b.engine.pull();
  t.equal(b.names('').length, 20);
  await a.engine.push();
  t.equal(reports.length, 3, 'who cannot wait may push by hand');
});

t.test('Work that is pending goes with the mode that it is given to', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.engine.start();
  a.write('/f', 'x');
  const reports = reportsOf(a);
  await pause(300);
  t.equal(reports.length, 0, 'manual waits');
  await a.engine.config(undefined, { mode: 'periodic', interval: 3600 });
  await eventually('periodic begins with what there is', () => reports.length > 0);
  await b.engine.pull();
  t.equal(b.read('/f'), 'x');
  a.write('/f', 'y');
  await pause(300);
  t.equal(reports.length, 1, 'then it waits');
  await a.engine.config(undefined, { mode: 'real-time' });
  await eventually('real-time does not', () => reports.some(({ pushed }, index) => index > 0 && pushed > 0));
  await synced(a);
  await a.engine.config(undefined, { mode: 'manual' });
  const before = reports.length;
  a.write('/f', 'z');
  await pause(300);
  t.equal(reports.length, before);
  t.match(await a.engine.status(), { mode: 'manual', syncStatus: 'pending' });
});

t.test('A policy that is set with conflicts waiting decides them', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) }, { conflictResolution: 'manual' });
  a.write('/f', 'base');
  await settle(a, b);
  for (const policy of ['local-wins', 'remote-wins', 'last-write-wins'] as const) {
    await a.engine.config(undefined, { conflictResolution: 'manual', mode: 'manual' });
    b.write('/f', `b ${policy}`);
    await b.engine.push();
    a.write('/f', `a ${policy}`);
    await a.engine.pull();
    t.match(await a.engine.status(), { pendingConflicts: 1, syncStatus: 'conflicts' });
    await a.engine.config(undefined, { conflictResolution: policy });
    await settle(a, b);
    t.match(await a.engine.status(), { pendingConflicts: 0, syncStatus: 'synced' });
    const expected = policy === 'remote-wins' ? `b ${policy}` : `a ${policy}`;
    t.same([a.read('/f'), b.read('/f')], [expected, expected]);
  }
});

t.test('At the end real-time and periodic send what is pending, manual does not', async (t) => {
  for (const mode of ['real-time', 'periodic', 'manual'] as const) {
    const { a, b } = await pair(t, { url: fileRemote(t) });
    a.engine.start();
    await a.engine.config(undefined, { mode, interval: 3600 });
    if (mode !== 'manual') await synced(a);
    a.write('/last', 'words');
    a.vfs.flush();
    await a.engine.stop({ flush: true });
    await b.engine.pull();
    t.equal(b.find('/last') !== undefined, mode !== 'manual', mode);
  }
});

t.test('A real-time primary and a periodic backup are served at once', async (t) => {
  const [primary, backup] = [fileRemote(t), fileRemote(t)];
  const [a, b, reader] = [openAgent(t), openAgent(t), openAgent(t)];
  for (const agent of [a, b]) {
    agent.engine.start();
    await agent.engine.enable({ tursoDb: primary, mode: 'real-time' });
  }
  await a.engine.enable({ tursoDb: backup, remote: 'backup', mode: 'periodic', interval: 5 });
  await reader.engine.enable({ tursoDb: backup, mode: 'manual' });
  for (const remote of ['origin', 'backup']) await synced(a, remote);
  await synced(b);
  const backups = reportsOf(a, 'backup');
  const begun = performance.now();
  a.write('/of a', 'a');
  b.write('/of b', 'b');
  await eventually(
    'the primary is at once',
    () => a.find('/of b') !== undefined && b.find('/of a') !== undefined,
  );
  t.ok(performance.now() - begun < 4000, 'long before the interval is over');
  await eventually('what was pulled from one goes to the other', () =>
    backups.some(({ pushed }) => pushed > 0),
  );
  await reader.engine.pull();
  t.same(reader.names(''), ['of a', 'of b']);
  await synced(a);
  const [atOrigin, atBackup] = [reportsOf(a), reportsOf(a, 'backup')];
  reader.write('/of the backup', 'restored');
  await reader.engine.push();
  await eventually('and back', () => b.find('/of the backup') !== undefined);
  await eventually('quiet', async () => {
    const [one, two] = await Promise.all(['origin', 'backup'].map((remote) => a.engine.status(remote)));
    return one?.syncStatus === 'synced' && two?.syncStatus === 'synced' && two.pendingChanges === 0;
  });
  const pushes = [...atOrigin, ...atBackup].filter(({ pushed }) => pushed > 0).length;
  t.ok(pushes <= 2, `no echo from remote to remote: ${pushes} pushes`);
  await a.engine.disable('backup');
  a.write('/later', 'x');
  await eventually('the other one goes on', () => b.find('/later') !== undefined);
  await reader.engine.pull();
  t.notOk(reader.find('/later'));
});
