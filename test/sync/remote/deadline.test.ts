/**
 * A request ends at its deadline and when its connection is closed, whatever the server, the garbage collector and fetch
 * do. A collection used to take the timer of a request along, and a sync with a server that had fallen silent never ended.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t, { type Test } from 'tap';
import { withDeadline } from '#src/sync/remote/deadline.js';
import { openRemote } from '#src/sync/remote/index.js';
import type { Fetch } from '#src/sync/remote/plain-fetch.js';
import { secureFetch } from '#src/sync/remote/secure-fetch.js';

t.setTimeout(60_000);
const TIMEOUT_MS = 300;
const COLLECT_EVERY_MS = 20;
/** A request that hangs has to fail the test, not the run. */
const HANGS_MS = 10_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** A server that does as it is told, in a process that collects garbage all the time. */
async function silentServer(t: Test, handle: (response: ServerResponse, request: IncomingMessage) => void) {
  const server = createServer((request, response) => handle(response, request));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const collecting = setInterval(collect, COLLECT_EVERY_MS);
  t.teardown(() => {
    clearInterval(collecting);
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

function open(t: Test, url: string, fetch?: Fetch) {
  const ports = fetch === undefined ? {} : { ports: { fetch } };
  const remote = openRemote({ url, workspace: 'w', agent: 'a', timeoutMs: TIMEOUT_MS, ...ports });
  t.teardown(() => remote.close());
  return remote;
}

/** What became of it: its error, `answered`, or `hangs`. */
async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise((resolve) => {
    timer = setTimeout(resolve, HANGS_MS, 'hangs');
  });
  const ended = work.then(
    () => 'answered',
    (error: unknown) => error,
  );
  return await Promise.race([ended, hangs]).finally(() => clearTimeout(timer));
}

const NO_ANSWER = { code: 'REMOTE_UNREACHABLE', message: /no answer within 0\.3 s/ };
const clients = { "Node's client": undefined, "undici's fetch": secureFetch() };

for (const [name, fetch] of Object.entries(clients)) {
  t.test(`with ${name} a server that falls silent is given up at the deadline`, async (t) => {
    const remote = open(t, await silentServer(t, () => undefined), fetch);
    t.match(await outcomeOf(remote.head()), NO_ANSWER);
  });

  t.test(`with ${name} so is one that falls silent in the middle of its answer`, async (t) => {
    const half = (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/x-protobuf', 'content-length': 1000 });
      response.write('half');
    };
    const remote = open(t, await silentServer(t, half), fetch);
    t.match(await outcomeOf(remote.head()), NO_ANSWER);
  });

  t.test(`with ${name} a listener that is not answered is not available`, async (t) => {
    const remote = open(t, await silentServer(t, () => undefined), fetch);
    let reason: unknown;
    const listening = remote
      .listen(() => undefined)
      .then((it) => {
        reason = it;
      });
    t.equal(await outcomeOf(listening), 'answered');
    t.match(reason, { available: false });
  });

  t.test(`with ${name} closing ends what is under way, a request and a listener`, async (t) => {
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const url = await silentServer(t, (response, request) => {
      if (request.url?.includes('listen') !== true) return asked();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(':\n\n');
    });
    const remote = open(t, url, fetch);
    const subscription = await remote.listen(() => undefined);
    if (!subscription.available) throw new Error(subscription.reason);
    const head = outcomeOf(remote.head());
    await isAsked;
    remote.close();
    t.match(await head, { code: 'CLOSED' });
    t.equal(await outcomeOf(subscription.ended), 'answered');
    t.same(await subscription.ended, { reason: 'stopped' });
  });
}

t.test('a fetch that does not heed its signal is not waited for', async (t) => {
  const remote = open(t, 'http://127.0.0.1:1', () => new Promise<never>(() => undefined));
  t.match(await outcomeOf(remote.head()), NO_ANSWER);
});

t.test('many requests at once are no reason for a warning', async (t) => {
  const warnings: unknown[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  t.teardown(() => process.off('warning', note));
  // Which version it speaks is asked once.
  const version = (response: ServerResponse, { method }: IncomingMessage) => {
    if (method === 'GET') response.end();
  };
  const remote = open(t, await silentServer(t, version));
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcomeOf(remote.head())));
  for (const outcome of outcomes) t.match(outcome, NO_ANSWER);
  t.same(warnings, []);
});

t.test('what is answered in time leaves no timer and no listener behind', async (t) => {
  const closing = new AbortController();
  let given: AbortSignal | undefined;
  const request = async (signal: AbortSignal) => {
    given = signal;
    return 'answer';
  };
  t.equal(await withDeadline(request, { timeoutMs: 50, closing: closing.signal }), 'answer');
  t.notOk(process.getActiveResourcesInfo().includes('Timeout'));
  closing.abort();
  t.equal(given?.aborted, false);
  await t.rejects(withDeadline(request, { timeoutMs: 50, closing: closing.signal }), { name: 'AbortError' });
});
