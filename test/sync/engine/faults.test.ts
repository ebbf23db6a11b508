/**
 * A hundred rounds of two agents against a real server behind a proxy that fails at each message in turn, in every way;
 * the server is restarted, and a token expires, in the middle of a sync. In the end both have what they should, and the
 * server has each commit once. On a busy machine fewer rounds are run; FAULT_ROUNDS=1000 runs as many, however long it takes.
 */
import { createClient } from '@libsql/client';
import t, { type Test } from 'tap';
import { type CutAt, type FailingProxy, startFailingProxy } from '../../e2e/failing-proxy.js';
import { startSqld } from '../../support/sqld.js';
import { type Agent, eventually, pair, settle } from './agent.js';

t.setTimeout(280_000);
const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 100);
const LIMIT_MS = process.env.FAULT_ROUNDS === undefined ? 60_000 : Number.POSITIVE_INFINITY;
/** With the first restart, and an answer that never comes. */
const ROUNDS_MIN = 25;
/** sqld takes a token for a minute after its end. */
const GRACE_SECONDS = -60;
/** Each of these costs the whole timeout of a request. */
const SILENT_EVERY = 25;
const RESTART_EVERY = 20;
const BUSY: CutAt = 'with a 503 in place of the request';
/** Of the faults that would be that one; it costs half a second, since who is told so waits before the next try. */
const BUSY_EVERY = 5;
const FAULTS: readonly CutAt[] = [
  'before the server sees it',
  'before the client has the answer',
  'in the middle of the answer',
  BUSY,
  'with a 500 in place of the answer',
];

const sqld = await startSqld();
t.teardown(() => sqld.stop());

/** What an agent is to have, by path; it alone writes these paths. */
type Oracle = Map<string, string>;

function edit(agent: Agent, oracle: Oracle, round: number): void {
  const home = [...oracle.keys()][0]!.slice(0, 2);
  const write = (path: string, content: string) => {
    agent.write(path, content);
    oracle.set(path, content);
  };
  write(`${home}/${round % 7}`, `content of round ${round}`);
  if (round % 3 === 0) write(`${home}/new-${round}`, `${round} `.repeat(round % 2 === 0 ? 20_000 : 1));
  if (round % 5 === 0) {
    const from = `${home}/${round % 7}`;
    agent.rename(from, `${home}/moved-${round}`);
    oracle.set(`${home}/moved-${round}`, oracle.get(from)!);
    oracle.delete(from);
  }
  const old = `${home}/new-${round - 12}`;
  if (oracle.has(old)) {
    agent.unlink(old);
    oracle.delete(old);
  }
}

let busy = 0;
function faultOf(round: number, message: number): CutAt {
  const fault = FAULTS[(round + message) % FAULTS.length]!;
  if (fault !== BUSY) return fault;
  busy += 1;
  return busy % BUSY_EVERY === 0 ? BUSY : 'before the server sees it';
}

/** Tries again until the sync is through: each try fails at a later message. */
async function syncThrough(
  t: Test,
  proxy: FailingProxy,
  options: { agent: Agent; way: 'push' | 'pull'; round: number },
): Promise<number> {
  const { agent, way, round } = options;
  const begin = 1 + (round % 4);
  for (let n = begin; n < begin + 12; n += 1) {
    const silent = round % SILENT_EVERY === 0 && n === begin;
    const restart = round % RESTART_EVERY === 0 && n === begin + 1;
    proxy.cut(n, silent ? 'by never answering' : faultOf(round, n), async () => {
      if (restart) await sqld.restart();
    });
    const failure = await agent.engine[way]().then(
      () => undefined,
      (error: unknown) => error,
    );
    const seen = proxy.seen;
    proxy.cut(0, 'before the server sees it', async () => undefined);
    if (failure === undefined && seen < n) return n - begin;
    if (failure !== undefined)
      t.match(failure, { code: 'REMOTE_UNREACHABLE' }, `round ${round}, message ${n}`);
  }
  await agent.engine[way]();
  return 12;
}

t.test(`${ROUNDS} rounds through a network that fails at every message`, async (t) => {
  const proxy = await startFailingProxy(t, sqld.url);
  const token = await sqld.token();
  const { a, b } = await pair(t, { url: proxy.url, token }, { timeout: 1, batchSize: 3 });
  const oracles = new Map<Agent, Oracle>();
  for (const [agent, home] of [
    [a, '/a'],
    [b, '/b'],
  ] as const) {
    agent.mkdir(home);
    agent.write(`${home}/first`, home);
    oracles.set(agent, new Map([[`${home}/first`, home]]));
  }
  let failures = 0;
  let rounds = 0;
  const deadline = performance.now() + LIMIT_MS;
  for (let round = 1; round <= ROUNDS; round += 1) {
    if (round > ROUNDS_MIN && performance.now() > deadline) break;
    rounds = round;
    const agent = round % 2 === 0 ? a : b;
    edit(agent, oracles.get(agent)!, round);
    failures += await syncThrough(t, proxy, { agent, way: round % 3 === 0 ? 'pull' : 'push', round });
  }
  t.ok(failures > rounds, `${failures} syncs failed in ${rounds} rounds`);
  await settle(a, b);
  for (const agent of [a, b]) {
    for (const oracle of oracles.values()) {
      for (const [path, content] of oracle) t.equal(agent.read(path), content, path);
    }
    const files = agent.tree().match(/"\/[ab]\/[^"]+"/g)?.length;
    t.equal(
      files,
      [...oracles.values()].reduce((sum, { size }) => sum + size, 0),
    );
    t.match(await agent.engine.push(), { pushed: 0, rowsWritten: 0, conflicts: [] });
    t.same(agent.errors, [], 'nothing was compared again');
  }
  t.equal(a.tree(), b.tree());
  await expectEachCommitOnce(t, token);
});

/** No version says again what the one before it said, and revisions count without a gap. */
async function expectEachCommitOnce(t: Test, token: string): Promise<void> {
  const client = createClient({ url: sqld.url, authToken: token });
  t.teardown(() => client.close());
  const count = async (sql: string) => Number((await client.execute(sql)).rows[0]?.[0]);
  t.equal(
    await count(`SELECT count(*) FROM agentfs_nodes x JOIN agentfs_nodes y ON y.workspace = x.workspace
      AND y.node = x.node AND y.rev_from = x.rev_to AND y.hash = x.hash AND y.mode = x.mode AND y.xattrs = x.xattrs
      AND y.mtime_sec = x.mtime_sec AND y.mtime_nsec = x.mtime_nsec AND y.uid = x.uid AND y.gid = x.gid`),
    0,
  );
  t.equal(
    await count(`SELECT count(*) FROM agentfs_entries x JOIN agentfs_entries y ON y.workspace = x.workspace
      AND y.parent = x.parent AND y.name = x.name AND y.rev_from = x.rev_to AND y.node = x.node`),
    0,
  );
  t.equal(await count('SELECT max(revision) - count(*) FROM agentfs_commits'), 0);
}

/** Comes back when the server does not take a token any more. */
function untilRefused(token: string): () => Promise<void> {
  return () =>
    eventually('the token has expired', async () => {
      const answer = await fetch(`${sqld.url}/v2/pipeline`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: '{"requests":[]}',
      });
      return answer.status === 401;
    });
}

t.test('a token that expires in the middle of a push leaves the rest for the next one', async (t) => {
  const proxy = await startFailingProxy(t, sqld.url);
  const { a, b } = await pair(
    t,
    { url: proxy.url, token: await sqld.token() },
    { batchSize: 1, timeout: 10 },
  );
  await a.engine.pull();
  for (let i = 0; i < 20; i += 1) a.write(`/late-${i}`, `${i}`);
  // The server gives a minute of grace: this one has six seconds to go.
  await a.engine.enable({ tursoDb: proxy.url, token: await sqld.token({ expiresIn: GRACE_SECONDS + 6 }) });
  proxy.cut(8, 'before the server sees it', untilRefused(await sqld.token({ expiresIn: GRACE_SECONDS + 6 })));
  await t.rejects(a.engine.push(), { code: 'REMOTE_UNREACHABLE' });
  proxy.cut(0, 'before the server sees it', async () => undefined);
  await t.rejects(a.engine.push(), { code: 'REMOTE_AUTH' });
  t.match(await a.engine.status(), { syncStatus: 'auth' });
  const token = await sqld.token();
  await a.engine.enable({ tursoDb: proxy.url, token });
  t.match(await a.engine.push(), { conflicts: [] });
  t.match(await a.engine.status(), { syncStatus: 'synced', pendingChanges: 0 });
  await b.engine.pull();
  for (let i = 0; i < 20; i += 1) t.equal(b.read(`/late-${i}`), `${i}`);
  await settle(a, b);
  t.equal(a.tree(), b.tree());
  await expectEachCommitOnce(t, token);
});
