/** What a connection relies on in requests to http: addresses. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import t, { type Test } from 'tap';
import { plainFetch } from '#src/sync/remote/plain-fetch.js';

t.setTimeout(30_000);

interface Server {
  readonly url: string;
  readonly seen: { readonly method: string; readonly token: string; readonly body: Buffer }[];
  /** Of every connection that was opened, in order. */
  readonly connections: { readonly closed: Promise<void> }[];
  /** Ends every connection that is idle. */
  endIdle(): void;
}

async function serve(t: Test, answer: (response: ServerResponse) => void): Promise<Server> {
  const seen: Server['seen'] = [];
  const connections: { closed: Promise<void> }[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = '', headers } = request;
    seen.push({ method, token: headers.authorization ?? '', body: Buffer.concat(parts) });
    answer(response);
  });
  server.on('connection', (socket) => {
    connections.push({ closed: new Promise((resolve) => socket.once('close', () => resolve())) });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}/path`;
  return { url, seen, connections, endIdle: () => server.closeIdleConnections() };
}

const { signal } = new AbortController();
const post = (url: string, body: Uint8Array<ArrayBuffer>) => {
  const headers = { authorization: 'Bearer token', 'accept-encoding': 'identity' };
  return plainFetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
};

t.test('a large body goes up and comes down whole, with its headers', async (t) => {
  const large = new Uint8Array(3_000_001).map((_, i) => i * 7);
  const server = await serve(t, (response) => {
    response.setHeader('Content-Type', 'application/x-protobuf');
    response.end(large);
  });
  const answer = await post(server.url, large);
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('content-type'), 'application/x-protobuf');
  t.equal(answer.headers.get('retry-after'), null);
  t.ok(Buffer.from(large).equals(Buffer.from(await answer.arrayBuffer())));
  const [{ method, token, body } = { method: '', token: '', body: Buffer.alloc(0) }] = server.seen;
  t.same([method, token], ['POST', 'Bearer token']);
  t.ok(body.equals(large));
});

t.test('a redirect is an answer and not followed', async (t) => {
  const server = await serve(t, (response) => response.writeHead(307, { location: '/elsewhere' }).end());
  const answer = await post(server.url, new Uint8Array(1));
  t.equal(answer.status, 307);
  await answer.arrayBuffer();
  t.equal(server.seen.length, 1);
});

t.test('a connection is used again, but not one that is known to be ended', async (t) => {
  const server = await serve(t, (response) => response.end('answer'));
  const ask = async () => await (await post(server.url, new Uint8Array(1))).arrayBuffer();
  await ask();
  await ask();
  t.equal(server.connections.length, 1);
  server.endIdle();
  await server.connections[0]!.closed;
  // A request may cross the news on its way; not for long.
  const deadline = performance.now() + 5000;
  while (server.connections.length < 2 && performance.now() < deadline) await ask().catch(() => undefined);
  await ask();
  t.equal(server.connections.length, 2);
});

t.test('an answer that breaks off in the middle fails the reading of its body', async (t) => {
  const server = await serve(t, (response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('half');
    setImmediate(() => response.destroy());
  });
  const answer = post(server.url, new Uint8Array(1));
  await t.rejects(answer.then((it) => it.arrayBuffer()));
});
