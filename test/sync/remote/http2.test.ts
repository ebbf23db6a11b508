/** Over https a server that offers HTTP/2 is spoken to in it, and any other in HTTP/1.1; what goes wrong heals. */
import { request } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import { createServer } from 'node:https';
import t, { type Test } from 'tap';
import { ROOT_NODE } from '#src/sync/core/tree.js';
import { openRemote } from '#src/sync/remote/index.js';
import { secureFetch } from '#src/sync/remote/secure-fetch.js';
import { startSqld } from '../../support/sqld.js';
import { TLS_CERTIFICATE, TLS_KEY } from '../../support/tls.js';
import { commit, directory, entry, file, id, noise, pull, upload } from './trees.js';

t.setTimeout(60_000);
const sqld = await startSqld({ auth: false });
t.teardown(() => sqld.stop());
const credentials = { key: TLS_KEY, cert: TLS_CERTIFICATE };

interface Front {
  readonly url: string;
  /** Versions of HTTP that requests came in. */
  readonly versions: Set<string>;
  readonly sessions: Set<ServerHttp2Session>;
  /** Requests that are not answered. */
  stall: boolean;
}

/** A TLS server in front of sqld. */
async function front(t: Test, http2: boolean): Promise<Front> {
  const seen: Front = { url: '', versions: new Set(), sessions: new Set(), stall: false };
  const handler: Parameters<typeof createServer>[1] = (incoming, response) => {
    seen.versions.add(incoming.httpVersion);
    if (seen.stall) return;
    const to = request(
      new URL(incoming.url ?? '/', sqld.url),
      {
        method: incoming.method ?? 'GET',
        headers: { 'content-type': incoming.headers['content-type'] ?? '' },
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, {
          'content-type': answer.headers['content-type'] ?? '',
        });
        answer.pipe(response);
      },
    );
    incoming.pipe(to);
  };
  const server = http2
    ? createSecureServer({ ...credentials, allowHTTP1: true }, handler as never)
    : createServer(credentials, handler);
  if (http2) {
    (server as Http2SecureServer).on('session', (session) => {
      seen.sessions.add(session);
      session.once('close', () => seen.sessions.delete(session));
    });
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const session of seen.sessions) session.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return Object.assign(seen, { url: `https://localhost:${address.port}` });
}

function open(t: Test, url: string, timeoutMs = 10_000) {
  const fetch = secureFetch({ ca: TLS_CERTIFICATE });
  const remote = openRemote({ url, workspace: 'secure', agent: 'a', timeoutMs, ports: { fetch } });
  t.teardown(() => remote.close());
  return remote;
}

for (const http2 of [true, false]) {
  const version = http2 ? '2.0' : '1.1';
  t.test(`a push and a pull over HTTP/${version}`, async (t) => {
    const server = await front(t, http2);
    const remote = open(t, server.url);
    const { revision } = await remote.ensure();
    const [top, big] = [id(`d${version}`), id(`f${version}`)];
    const bytes = noise(3_000_000, http2 ? 1 : 2);
    t.ok((await upload(remote, bytes)) > 10);
    const outcome = await remote.push(
      commit(revision, [
        directory(top),
        entry([ROOT_NODE, `d${version}`], top),
        file(big, bytes),
        entry([top, 'big'], big),
      ]),
    );
    t.equal(outcome.outcome, 'committed');
    await Promise.all(Array.from({ length: 20 }, () => remote.head()));
    const pulled = await pull(remote, revision);
    t.ok(pulled.nodes.has(big));
    t.same([...server.versions], [version]);
  });
}

t.test('a request that times out, and a server that goes away, are over with the next request', async (t) => {
  const server = await front(t, true);
  const remote = open(t, server.url, 1000);
  await remote.ensure();
  server.stall = true;
  await t.rejects(remote.head(), { code: 'REMOTE_UNREACHABLE', message: /no answer within 1 s/ });
  server.stall = false;
  await remote.head();
  for (const session of server.sessions) session.goaway();
  await remote.head();
  for (const session of server.sessions) session.destroy();
  await remote.head().catch((error) => t.equal(error.code, 'REMOTE_UNREACHABLE'));
  t.ok((await remote.head()).revision >= 0);
});
