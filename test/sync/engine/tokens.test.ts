/**
 * A token that is not accepted, or lets only read, and a server that asks to wait: told clearly, and over by itself.
 */
import { createServer } from 'node:http';
import t, { type Test } from 'tap';
import { startSqld } from '../../support/sqld.js';
import { eventually, openAgent } from './agent.js';

t.setTimeout(120_000);
const sqld = await startSqld();
t.teardown(() => sqld.stop());
let tests = 0;

/** An agent that has pushed with a good token, and another one of the same workspace. */
async function agents(t: Test) {
  tests += 1;
  const workspace = `k${tests}`;
  const [a, b] = [openAgent(t, { workspace }), openAgent(t, { workspace })];
  await a.engine.enable({ tursoDb: sqld.url, token: await sqld.token(), mode: 'manual' });
  a.write('/first', 'of A');
  await a.engine.push();
  return { a, b };
}

t.test(
  'an expired token stops the sync with a clear state, and a new one goes on without a restart',
  async (t) => {
    for (const how of ['found where tokens are', 'given by config'] as const) {
      const { a, b } = await agents(t);
      b.engine.start();
      const expired = await sqld.token({ expiresIn: -3600 });
      await b.engine.enable({ tursoDb: sqld.url, token: expired, mode: 'real-time' });
      await eventually('the state is auth', async () => (await b.engine.status()).syncStatus === 'auth');
      t.match(await b.engine.status(), { error: { code: 'REMOTE_AUTH', hint: /token/ } });
      b.write('/second', 'of B');
      const token = await sqld.token();
      if (how === 'given by config') await b.engine.config(undefined, { token });
      else b.tokens.set('origin', token);
      await eventually('B is synced', async () => (await b.engine.status()).syncStatus === 'synced');
      await a.engine.pull();
      t.equal(a.tree(), b.tree(), how);
    }
  },
);

t.test(
  'a token that is revoked while it syncs stops it with a clear state, and a new one goes on without a restart',
  async (t) => {
    const server = await startSqld();
    t.teardown(() => server.stop());
    const [a, b] = [openAgent(t), openAgent(t)];
    const token = await server.token();
    for (const { engine } of [a, b]) {
      engine.start();
      await engine.enable({ tursoDb: server.url, token, mode: 'real-time' });
    }
    a.write('/first', 'of A');
    await eventually('B has the first file', () => b.find('/first') !== undefined);
    await server.revokeTokens();
    b.write('/second', 'of B');
    for (const { engine } of [a, b]) {
      await eventually('the state is auth', async () => (await engine.status()).syncStatus === 'auth');
      t.match(await engine.status(), { error: { code: 'REMOTE_AUTH', hint: /token/ } });
      await t.rejects(engine.push(), { code: 'REMOTE_AUTH' });
    }
    b.write('/third', 'of B, while nothing could be pushed');
    t.match(await b.engine.status(), { syncStatus: 'auth' });
    const fresh = await server.token();
    await a.engine.config(undefined, { token: fresh });
    b.tokens.set('origin', fresh);
    for (const { engine } of [a, b])
      await eventually('synced', async () => (await engine.status()).syncStatus === 'synced');
    await eventually('A has what B did meanwhile', () => a.find('/third') !== undefined);
    t.equal(a.tree(), b.tree());
  },
);

t.test('a token that lets only read goes on pulling, and says why nothing is pushed', async (t) => {
  const { a, b } = await agents(t);
  b.engine.start();
  const token = await sqld.token({ access: 'ro' });
  await b.engine.enable({ tursoDb: sqld.url, token, mode: 'real-time' });
  await eventually('B has the first file', () => b.find('/first') !== undefined);
  b.write('/mine', 'of B');
  await eventually('the state is auth', async () => (await b.engine.status()).syncStatus === 'auth');
  a.write('/second', 'of A');
  await a.engine.push();
  await eventually('B has the second file', () => b.find('/second') !== undefined);
  // A look at the remote may be under way just now.
  await eventually('the state says why', async () => {
    const { syncStatus, error } = await b.engine.status();
    return syncStatus === 'auth' && error?.code === 'REMOTE_AUTH' && /pending/.test(error.hint ?? '');
  });
  await t.rejects(b.engine.push(), { code: 'REMOTE_AUTH', message: /only read/ });
  await b.engine.config(undefined, { token: await sqld.token() });
  await eventually('B is synced', async () => (await b.engine.status()).syncStatus === 'synced');
  await a.engine.pull();
  t.equal(a.tree(), b.tree());
});

/** In front of the server: answers some requests itself. */
async function busy(t: Test, answer: (request: number) => { status: number; wait?: string } | undefined) {
  let requests = 0;
  const proxy = createServer(async (request, response) => {
    requests += 1;
    const said = answer(requests);
    const body: Buffer[] = [];
    for await (const part of request) body.push(part as Buffer);
    if (said !== undefined) {
      response.writeHead(said.status, said.wait === undefined ? {} : { 'retry-after': said.wait });
      response.end('{"error":"slow down"}');
      return;
    }
    const headers = new Headers();
    for (const name of ['authorization', 'content-type', 'accept']) {
      const value = request.headers[name];
      if (typeof value === 'string') headers.set(name, value);
    }
    const method = request.method ?? 'GET';
    const passed = await fetch(`${sqld.url}${request.url}`, {
      method,
      headers,
      ...(method === 'GET' ? {} : { body: Buffer.concat(body) }),
    });
    response.writeHead(passed.status, { 'content-type': passed.headers.get('content-type') ?? '' });
    response.end(Buffer.from(await passed.arrayBuffer()));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

t.test('a server that asks to wait is asked again after that time, and not before', async (t) => {
  const times: number[] = [];
  const url = await busy(t, (request) => {
    times.push(performance.now());
    return request === 5 ? { status: 429, wait: '1' } : request === 6 ? { status: 503 } : undefined;
  });
  const agent = openAgent(t, { workspace: 'busy' });
  await agent.engine.enable({ tursoDb: url, token: await sqld.token(), mode: 'manual' });
  agent.write('/f', 'content');
  const report = await agent.engine.push();
  t.equal(report.conflicts.length, 0);
  t.match(await agent.engine.status(), { syncStatus: 'synced', pendingChanges: 0 });
  t.ok(times[5]! - times[4]! >= 1000, `${times[5]! - times[4]!} ms later`);
});

t.test(
  'a server that asks to wait longer than a request may take fails the push, which says so',
  async (t) => {
    const url = await busy(t, () => ({ status: 429, wait: '600' }));
    const agent = openAgent(t, { workspace: 'busier' });
    await agent.engine.enable({ tursoDb: url, mode: 'manual', timeout: 1 });
    agent.write('/f', 'content');
    await t.rejects(agent.engine.push(), {
      code: 'REMOTE_UNREACHABLE',
      message: /429 and asks to wait 600 s/,
    });
  },
);
