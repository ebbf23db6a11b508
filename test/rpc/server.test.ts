import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { AgentFsError } from '#src/base/index.js';
import { FrameReader } from '#src/rpc/frame.js';
import {
  type Cancellable,
  isNotExecuted,
  isOwnerAbsent,
  makeHello,
  type Params,
  RpcClient,
  RpcServer,
  type RpcServerOptions,
  RunningCall,
} from '#src/rpc/index.js';
import { eventually, temporaryDirectory } from '../workspace/temporary-home.js';

type Test = Parameters<typeof temporaryDirectory>[0];
type Call = (method: string, params: Params, running: Cancellable) => unknown;

const OWNER = makeHello({ version: '9.9.9', role: 'background', workspace: 'demo' });
const CLIENT = makeHello({ version: '9.9.9', role: 'client' });

async function serve(t: Test, call: Call, options: Partial<RpcServerOptions> = {}) {
  const socketPath = join(temporaryDirectory(t), 's.sock');
  const state = { closed: 0 };
  const server = await RpcServer.listen({
    socketPath,
    hello: OWNER,
    accept: () => ({
      call,
      closed: () => {
        state.closed += 1;
      },
    }),
    ...options,
  });
  t.teardown(() => void server.close(0));
  return { server, socketPath, state };
}

async function connected(t: Test, socketPath: string): Promise<RpcClient> {
  const client = await RpcClient.connect({ socketPath, hello: CLIENT });
  t.teardown(() => client.close());
  return client;
}

t.test('the socket is for its user alone and goes with the server', async (t) => {
  const { server, socketPath } = await serve(t, () => ({}));
  t.equal(statSync(socketPath).mode & 0o777, 0o600);
  await server.close();
  t.notOk(existsSync(socketPath));
  const error = await RpcClient.connect({ socketPath, hello: CLIENT }).catch((problem) => problem);
  t.match(error, { code: 'OWNER_UNREACHABLE' });
  t.ok(isOwnerAbsent(error));
});

t.test('a thousand calls at once each get their own answer, with their bytes', async (t) => {
  const { socketPath } = await serve(t, async (_method, { n, data }) => {
    await new Promise((resolve) => setTimeout(resolve, (n as number) % 7));
    return { n, data };
  });
  const client = await connected(t, socketPath);
  t.match(client.peer, { workspace: 'demo', version: '9.9.9' });
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, n) => client.call('echo', { n, data: Buffer.from(`bytes ${n}`) })),
  );
  for (const [n, answer] of answers.entries()) {
    const { n: echoed, data } = answer as { n: number; data: Buffer };
    if (echoed !== n || data.toString() !== `bytes ${n}`) t.fail(`answer ${n} is another one's`);
  }
  t.equal(answers.length, 1000);
});

t.test('an error crosses with its code, path, hint and facts', async (t) => {
  const { socketPath } = await serve(t, (method) => {
    if (method === 'ours') {
      throw new AgentFsError('SYNC_CONFLICT', 'm', {
        operation: 'push',
        path: '/p',
        hint: 'h',
        data: [1, 2],
      });
    }
    throw new TypeError('a mistake');
  });
  const client = await connected(t, socketPath);
  const error = await client.call('ours', {}).catch((problem) => problem);
  t.type(error, AgentFsError);
  t.match(error, {
    code: 'SYNC_CONFLICT',
    message: 'm',
    operation: 'push',
    path: '/p',
    hint: 'h',
    data: [1, 2],
  });
  await t.rejects(client.call('theirs', {}), { code: 'INTERNAL', message: 'unexpected failure: a mistake' });
});

t.test('peers of different protocol versions refuse each other in a clear sentence', async (t) => {
  const { socketPath } = await serve(t, () => ({}), { hello: { ...OWNER, protocol: 2, pid: 4711 } });
  await t.rejects(RpcClient.connect({ socketPath, hello: CLIENT }), {
    code: 'PROTOCOL_MISMATCH',
    message:
      "the owner of workspace 'demo' (process 4711, AgentFS 9.9.9) speaks protocol 2, and this program speaks 1",
    hint: /agentfs stop demo/,
  });
});

t.test('an owner of another version can still be told to stop', async (t) => {
  const asked: string[] = [];
  const { socketPath } = await serve(t, () => ({}), {
    anyVersion: { methods: ['owner.stop'], call: (method) => asked.push(method) },
  });
  const [stop, other] = await rawCalls(socketPath, ['owner.stop', 'fs.stat']);
  t.equal(stop.result, 1);
  t.equal(other.error.data.code, 'PROTOCOL_MISMATCH');
  t.same(asked, ['owner.stop']);
});

t.test('garbage gets one error and costs its sender the connection, nobody else', async (t) => {
  const { socketPath, server } = await serve(t, () => 'fine');
  const good = await connected(t, socketPath);
  const huge = Buffer.alloc(8);
  huge.writeUInt32BE(0xffff_ffff, 0);
  const badJson = Buffer.concat([Buffer.from([0, 0, 0, 3, 0, 0, 0, 0]), Buffer.from('{{{')]);
  for (const garbage of [huge, badJson, Buffer.alloc(64 * 1024, 0x41)]) {
    const answer = await rawBytes(socketPath, garbage);
    t.match(answer, { id: null, error: { message: String } });
  }
  t.equal(await good.call('x', {}), 'fine');
  await eventually(() => server.peers === 1);
});

t.test('a connection that says no hello is closed after a while', async (t) => {
  const { socketPath } = await serve(t, () => ({}), { helloTimeoutMs: 20 });
  const socket = connect(socketPath);
  socket.on('error', () => {});
  await once(socket, 'close');
});

t.test('an aborted call ends at once and the owner hears of it', async (t) => {
  let aborted = false;
  const { socketPath } = await serve(t, async (_method, _params, { signal }) => {
    await once(signal, 'abort');
    aborted = true;
    return {};
  });
  const client = await connected(t, socketPath);
  const controller = new AbortController();
  const call = client.call('long', {}, { signal: controller.signal });
  controller.abort();
  await t.rejects(call, { code: 'CANCELLED' });
  await eventually(() => aborted);
  await t.rejects(client.call('long', {}, { signal: controller.signal }), { code: 'CANCELLED' });
});

t.test('a call without an answer in time says so', async (t) => {
  const { socketPath } = await serve(t, () => new Promise(() => {}));
  const client = await connected(t, socketPath);
  await t.rejects(client.call('never', {}, { timeoutMs: 20 }), { code: 'OWNER_UNREACHABLE' });
});

t.test('when the owner goes, calls that may have run and calls that did not are told apart', async (t) => {
  const { socketPath, server, state } = await serve(t, () => new Promise(() => {}));
  const client = await connected(t, socketPath);
  const running = client.call('never', {}).catch((error) => error);
  await eventually(() => server.peers === 1);
  await client.call('never', {}, { timeoutMs: 20 }).catch(() => {});
  await server.close(0);
  t.match(await running, { code: 'OWNER_GONE', data: { notExecuted: false } });
  t.equal(isNotExecuted(await running), false);
  await eventually(() => client.closed);
  const late = await client.call('never', {}).catch((error) => error);
  t.equal(isNotExecuted(late), true);
  await eventually(() => state.closed === 1);
});

t.test(
  'a server that closes in order answers what runs, and what comes too late was not executed',
  async (t) => {
    const executed: unknown[] = [];
    let finish = (): void => {};
    const { socketPath, server } = await serve(t, async (_method, { n }) => {
      executed.push(n);
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return n;
    });
    const client = await connected(t, socketPath);
    const running = client.call('slow', { n: 1 });
    await eventually(() => executed.length === 1);
    const closed = server.close(5000);
    const late = client.call('slow', { n: 2 }).catch((error) => error);
    finish();
    t.equal(await running, 1);
    t.equal(isNotExecuted(await late), true);
    await closed;
    t.same(executed, [1]);
  },
);

t.test('an answer that is too large becomes an error for its caller alone', async (t) => {
  const { socketPath } = await serve(t, (method) =>
    method === 'large' ? { data: Buffer.alloc(5 * 1024 * 1024) } : 'fine',
  );
  const client = await connected(t, socketPath);
  await t.rejects(client.call('large', {}), { code: 'INVALID_ARGUMENT' });
  t.equal(await client.call('small', {}), 'fine');
});

t.test('a peer that asks much and reads nothing does not fill the memory', async (t) => {
  let answered = 0;
  const { socketPath } = await serve(t, () => {
    answered += 1;
    return { data: Buffer.alloc(1024 * 1024) };
  });
  const client = await connected(t, socketPath);
  t.teardown(() => client.close());
  const socket = connect(socketPath);
  socket.on('error', () => {});
  t.teardown(() => socket.destroy());
  socket.pause();
  const calls = Array.from({ length: 500 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'get' }));
  for (const call of [{ jsonrpc: '2.0', id: 'h', method: 'hello', params: CLIENT }, ...calls])
    socket.write(framed(call));
  await eventually(() => answered > 0);
  const seen = { count: -1 };
  await eventually(async () => {
    const settled = seen.count === answered;
    seen.count = answered;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return settled;
  });
  t.ok(answered < 200, `${answered} answers of 1 MiB were made for a peer that reads none`);
});

t.test('an owner that does not answer the hello is given up on', async (t) => {
  const socketPath = join(temporaryDirectory(t), 's.sock');
  const mute = createServer(() => {}).listen(socketPath);
  await once(mute, 'listening');
  t.teardown(() => void mute.close());
  await t.rejects(RpcClient.connect({ socketPath, hello: CLIENT, timeoutMs: 50 }), {
    code: 'OWNER_UNREACHABLE',
  });
});

function framed(message: object): Buffer {
  const json = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(json.length, 0);
  return Buffer.concat([head, json]);
}

async function rawBytes(socketPath: string, bytes: Buffer): Promise<unknown> {
  const socket = connect(socketPath);
  socket.on('error', () => {});
  socket.write(bytes);
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  await once(socket, 'close');
  const frames = [...new FrameReader().push(Buffer.concat(received))];
  return frames.length === 1 ? JSON.parse(frames[0]!.json.toString()) : frames;
}

interface RawAnswer {
  readonly result?: unknown;
  readonly error: { readonly data: { readonly code: string } };
}

async function rawCalls(socketPath: string, methods: readonly string[]): Promise<[RawAnswer, RawAnswer]> {
  const socket = connect(socketPath);
  const reader = new FrameReader();
  const answers: RawAnswer[] = [];
  for (const [id, method] of methods.entries()) socket.write(framed({ jsonrpc: '2.0', id, method }));
  socket.on('data', (chunk: Buffer) => {
    for (const frame of reader.push(chunk)) {
      const answer = JSON.parse(frame.json.toString());
      answers[answer.id] = answer;
    }
  });
  await eventually(() => Object.keys(answers).length === methods.length);
  socket.destroy();
  return answers as [RawAnswer, RawAnswer];
}

t.test(
  'a call that was cancelled before anybody asked for its signal is so when it is asked for',
  async (t) => {
    const [early, late] = [new RunningCall(), new RunningCall()];
    const asked = early.signal;
    t.equal(asked.aborted, false);
    for (const running of [early, late]) running.cancel();
    t.equal(asked.aborted, true);
    t.equal(late.signal.aborted, true);
  },
);
