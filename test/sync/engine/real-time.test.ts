/**
 * Real-time, periodic and manual, on a real server: what is changed arrives by itself, nothing starves, idle costs nothing.
 */
import t, { type Test } from 'tap';
import { startFailingProxy } from '../../e2e/failing-proxy.js';
import { startSqld } from '../../support/sqld.js';
import { type Agent, type AgentOptions, eventually, fileRemote, openAgent, settle } from './agent.js';

t.setTimeout(180_000);
const sqld = await startSqld({ auth: false });
t.teardown(() => sqld.stop());
let tests = 0;

async function live(t: Test, options: { url?: string } & AgentOptions = {}): Promise<{ a: Agent; b: Agent }> {
  tests += 1;
  const { url = sqld.url, ...rest } = options;
  const [a, b] = [
    openAgent(t, { workspace: `w${tests}`, ...rest }),
    openAgent(t, { workspace: `w${tests}`, ...rest }),
  ];
  for (const { engine } of [a, b]) {
    engine.start();
    await engine.enable({ tursoDb: url, mode: 'real-time' });
  }
  for (const agent of [a, b]) await synced(agent);
  return { a, b };
}

const synced = ({ engine }: Agent) =>
  eventually('synced', async () => (await engine.status()).syncStatus === 'synced');

/** Both have everything and it is the same. */
async function converged(...agents: Agent[]): Promise<void> {
  await eventually('equal', async () => {
    for (const { engine } of agents) {
      const { pendingChanges, syncStatus } = await engine.status();
      if (pendingChanges > 0 || syncStatus !== 'synced') return false;
    }
    return new Set(agents.map((agent) => agent.tree())).size === 1;
  });
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

t.test('a burst of 2 000 files arrives completely while it is being made', async (t) => {
  const { a, b } = await live(t);
  for (let i = 0; i < 2000; i += 1) {
    if (i % 100 === 0) a.mkdir(`/${i / 100}`);
    a.write(`/${Math.floor(i / 100)}/${i}`, `content of ${i}`);
    if (i % 50 === 0) await pause(1);
  }
  await converged(a, b);
  t.equal(b.names('/19').length, 100);
});

t.test('a file that is rewritten all the time is seen to change, and ends right', async (t) => {
  const { a, b } = await live(t);
  const seen = new Set<string>();
  let last = '';
  for (let i = 0; i < 30; i += 1) {
    last = `version ${i}`;
    if (i % 2 === 0) a.replace('/f', last);
    else a.write('/f', last);
    await pause(100);
    if (b.find('/f') !== undefined) seen.add(b.read('/f'));
  }
  await eventually('the last one', () => b.read('/f') === last);
  t.ok(seen.size >= 5, `${seen.size} of 30 versions were seen on the way`);
  await converged(a, b);
});

t.test('commits that follow each other without a pause do not put the push off', async (t) => {
  const { a, b } = await live(t);
  let writing = true;
  const writer = (async () => {
    for (let i = 0; writing; i += 1) {
      a.write('/busy', `${i}`);
      a.vfs.flush();
      await pause(1);
    }
  })();
  try {
    await t.resolves(
      eventually(
        'seen while busy',
        () => b.find('/busy') !== undefined && Number(b.read('/busy')) > 50,
        10_000,
      ),
    );
  } finally {
    writing = false;
    await writer;
  }
  await converged(a, b);
});

t.test('two agents that write different files at once both have all of them', async (t) => {
  const { a, b } = await live(t);
  a.mkdir('/shared');
  await converged(a, b);
  for (let i = 0; i < 100; i += 1) {
    a.write(`/shared/a-${i}`, `${i}`);
    b.write(`/shared/b-${i}`, `${i}`);
    if (i % 3 === 0) a.rename(`/shared/a-${i}`, `/shared/renamed-a-${i}`);
    if (i % 5 === 0) b.unlink(`/shared/b-${i}`);
    await pause(5);
  }
  await converged(a, b);
  t.equal(a.names('/shared').length, 180);
});

t.test('two agents that write the same file at once agree in the end', async (t) => {
  const { a, b } = await live(t);
  for (let i = 0; i < 40; i += 1) {
    a.write('/same', `a ${i}`);
    b.replace('/same', `b ${i}`);
    await pause(15);
  }
  await converged(a, b);
  t.ok(['a 39', 'b 39'].includes(a.read('/same')), 'and it is the last of one of them');
});

t.test('while nothing happens nothing is asked', async (t) => {
  const proxy = await startFailingProxy(t, sqld.url);
  const { a, b } = await live(t);
  const quiet = openAgent(t, { workspace: `w${tests}` });
  a.write('/f', 'x');
  await converged(a, b);
  let reports = 0;
  for (const { engine } of [a, b]) engine.on('change', () => (reports += 1));
  await eventually('quiet', async () => {
    const before = reports;
    await pause(1500);
    return reports === before;
  });
  const before = reports;
  await pause(3000);
  t.equal(reports, before, 'no look in three seconds');
  a.write('/f', 'y');
  await eventually('the edit arrives all the same', () => b.read('/f') === 'y');

  // A server that has no events is polled.
  await quiet.engine.enable({ tursoDb: proxy.url, mode: 'real-time' });
  quiet.engine.start();
  await eventually('there', () => quiet.find('/f') !== undefined);
  a.write('/f', 'z');
  await eventually('polled', () => quiet.read('/f') === 'z');
});

t.test('what is pending goes with an end that flushes, and stays for later without', async (t) => {
  const { a, b } = await live(t);
  a.write('/kept', 'pending');
  await a.engine.stop({ flush: false });
  a.write('/also', 'pending');
  await a.reopen();
  a.engine.start();
  await eventually('later', () => b.find('/also') !== undefined && b.find('/kept') !== undefined);
  a.write('/flushed', 'at the last moment');
  await a.engine.stop({ flush: true });
  await eventually('flushed', () => b.find('/flushed') !== undefined);
  await a.reopen();
  a.write('/never started', 'x');
  await a.engine.stop({ flush: true });
  await eventually('flushed by an engine that had not begun', () => b.find('/never started') !== undefined);
  t.equal(b.read('/flushed'), 'at the last moment');
});

t.test('manual does nothing on its own, also when it was real-time before, and not at the end', async (t) => {
  const { a, b } = await live(t);
  a.write('/f', 'x');
  await converged(a, b);
  await b.engine.config(undefined, { mode: 'manual' });
  await a.engine.config(undefined, { mode: 'manual' });
  let reports = 0;
  for (const { engine } of [a, b]) engine.on('change', () => (reports += 1));
  a.write('/f', 'y');
  await pause(1500);
  t.equal(reports, 0);
  await a.engine.push();
  await pause(1500);
  t.equal(reports, 1, 'the other one does not look either');
  a.write('/f', 'z');
  await a.engine.stop({ flush: true });
  await b.engine.pull();
  t.equal(b.read('/f'), 'y');
  await a.reopen();
  await settle(a, b);
});

t.test('periodic syncs at its interval', async (t) => {
  const { a, b } = await live(t, { url: fileRemote(t) });
  await converged(a, b);
  let reports = 0;
  a.engine.on('change', () => (reports += 1));
  await a.engine.config(undefined, { mode: 'periodic', interval: 5 });
  await eventually('the first one, at once', () => reports > 0);
  const begun = performance.now();
  a.write('/f', 'x');
  await eventually('there', () => b.find('/f') !== undefined);
  const tookMs = performance.now() - begun;
  t.ok(tookMs > 1000 && tookMs < 15_000, `after ${Math.round(tookMs)} ms`);
});

t.test('through a file as the remote it is as lively', async (t) => {
  const { a, b } = await live(t, { url: fileRemote(t) });
  a.write('/f', 'x');
  await eventually('there', () => b.find('/f') !== undefined);
  b.write('/f', 'y');
  await eventually('and back', () => a.read('/f') === 'y');
  for (let i = 0; i < 200; i += 1) [a, b][i % 2]?.write(`/${i}`, `${i}`);
  await converged(a, b);
  t.equal(a.names('').length, 201);
});
