/** The contract on a real sqld, and every way in which a server can fail to be one. */
import { createServer, type RequestListener } from 'node:http';
import t, { type Test } from 'tap';
import { ROOT_NODE } from '#src/sync/core/tree.js';
import { openRemote, retryAfterMs } from '#src/sync/remote/index.js';
import { startSqld } from '../../support/sqld.js';
import { remoteContract } from './contract.js';
import { bytesOf, commit, entry, file, id, noise, pull, pushed, upload } from './trees.js';

const sqld = await startSqld();
t.teardown(() => sqld.stop());
const token = await sqld.token();

await remoteContract(t, { url: sqld.url, token });

await t.test('a missing, wrong or expired token is REMOTE_AUTH, and no message holds it', async (t) => {
  const expired = await sqld.token({ expiresIn: -3600 });
  for (const bad of [undefined, 'abc.def.ghi', expired]) {
    const remote = openRemote({
      url: sqld.url,
      workspace: 'w',
      agent: 'a',
      ...(bad === undefined ? {} : { token: bad }),
    });
    const error = await remote.ensure().catch((error: unknown) => error);
    t.match(error, { code: 'REMOTE_AUTH', hint: /token/ });
    t.notMatch(JSON.stringify(error) + String((error as Error).stack), bad ?? 'Bearer');
    await t.rejects(
      remote.listen(() => {}).then((one) => (one.available ? one : Promise.reject(new Error(one.reason)))),
    );
    remote.close();
  }
  const reader = openRemote({
    url: sqld.url,
    workspace: 'new',
    agent: 'a',
    token: await sqld.token({ access: 'ro' }),
  });
  await t.rejects(reader.ensure(), { code: 'REMOTE_AUTH' }, 'a token for reading cannot make a workspace');
});

await t.test('a token inside the address is used, and the address is spoken by every scheme', async (t) => {
  const host = sqld.url.slice('http://'.length);
  for (const url of [`libsql://${host}?tls=0&authToken=${token}`, `ws://${host}/?authToken=${token}`]) {
    const remote = openRemote({ url, workspace: 'together', agent: 'a' });
    t.equal((await remote.head()).revision, 0);
    remote.close();
  }
});

async function answering(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

await t.test('a server of the older protocol is spoken to in JSON', async (t) => {
  let asked = 0;
  const url = await answering(t, (request, response) => {
    if (request.url?.includes('v3') === true) {
      asked++;
      response.writeHead(404).end();
      return;
    }
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { authorization = '', 'content-type': type = '' } = request.headers;
      fetch(`${sqld.url}${request.url}`, {
        method: 'POST',
        headers: { authorization, 'content-type': type },
        body: Buffer.concat(pieces),
      })
        .then(async (answer) => {
          response.writeHead(answer.status, { 'content-type': 'application/json' });
          response.end(Buffer.from(await answer.arrayBuffer()));
        })
        .catch(() => response.destroy());
    });
  });
  const remote = openRemote({ url, workspace: 'older', agent: 'a', token });
  t.teardown(() => remote.close());
  await remote.ensure();
  const bytes = noise(100_000);
  await upload(remote, bytes);
  const changes = [file(id('f'), bytes), entry([ROOT_NODE, 'f'], id('f'))];
  await pushed(remote, commit(0, changes));
  t.same(await remote.push(commit(0, changes)), { outcome: 'stale', reason: 'node' });
  const pulled = await pull(remote);
  t.ok(bytes.equals(await bytesOf(remote, pulled.nodes.get(id('f'))!.content)));
  t.equal(asked, 1);
});

await t.test('what answers but is no libSQL server is REMOTE_NOT_LIBSQL', async (t) => {
  const answers: readonly (readonly [number, string, string])[] = [
    [200, 'text/html', '<!doctype html><p>hello'],
    [200, 'application/json', '{"hello":"world"}'],
    [200, 'application/json', '{ broken'],
    [404, 'text/plain', 'not found'],
    [302, 'text/plain', ''],
    [400, 'text/plain', 'bad request'],
  ];
  for (const [status, type, body] of answers) {
    const url = await answering(t, (_request, response) => {
      response.writeHead(status, { 'content-type': type, location: 'http://127.0.0.1:9/' }).end(body);
    });
    const remote = openRemote({ url, workspace: 'w', agent: 'a', token: 'secret-token' });
    await t.rejects(remote.ensure(), { code: 'REMOTE_NOT_LIBSQL', hint: /address/ }, `${status} ${body}`);
    t.match(await remote.listen(() => {}), { available: false });
    remote.close();
  }
});

await t.test('nothing there, an unknown host, a silent or a busy server is REMOTE_UNREACHABLE', async (t) => {
  const dead = await startSqld();
  const url = dead.url;
  await dead.stop();
  for (const one of [url, 'http://no-such-host.invalid']) {
    const remote = openRemote({ url: one, workspace: 'w', agent: 'a' });
    await t.rejects(remote.ensure(), { code: 'REMOTE_UNREACHABLE' }, one);
    remote.close();
  }
  const silent = await answering(t, () => {});
  const waiting = openRemote({ url: silent, workspace: 'w', agent: 'a', timeoutMs: 200 });
  await t.rejects(waiting.ensure(), { code: 'REMOTE_UNREACHABLE', message: /0\.2 s/, hint: /--timeout/ });
  const busy = await answering(t, (_request, response) => {
    response.writeHead(429, { 'retry-after': '7' }).end();
  });
  const refused = openRemote({ url: busy, workspace: 'w', agent: 'a' });
  const error = await refused.ensure().catch((error: unknown) => error);
  t.match(error, { code: 'REMOTE_UNREACHABLE' });
  t.equal(retryAfterMs(error), 7000);
  const closing = openRemote({ url: silent, workspace: 'w', agent: 'a' });
  const pending = closing.ensure();
  closing.close();
  await t.rejects(pending, { code: 'CLOSED' });
});

await t.test('a server that was killed and started again goes on where it was', async (t) => {
  const remote = openRemote({ url: sqld.url, workspace: 'together', agent: 'a', token });
  t.teardown(() => remote.close());
  const { incarnation } = await remote.ensure();
  let ended: Promise<{ reason: string }> | undefined;
  const subscription = await remote.listen(() => {});
  if (subscription.available) ended = subscription.ended;
  await sqld.kill();
  await t.rejects(remote.head(), { code: 'REMOTE_UNREACHABLE' });
  t.match(await ended, { reason: /.+/ }, 'the listener is told');
  await sqld.restart();
  t.equal((await remote.head()).incarnation, incarnation);
});
