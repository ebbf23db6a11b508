/** `agentfs rpc` as an SDK in another language uses it: frames on its standard input and output. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import t, { type Test } from 'tap';
import { Connection } from '#src/rpc/connection.js';
import { makeHello, RpcClient } from '#src/rpc/index.js';
import type { OwnerPlace } from '#src/sdk/typescript/home-service.js';
import { AgentFS } from '#src/sdk/typescript/index.js';
import { temporaryDirectory } from '../workspace/temporary-home.js';
import { MAIN } from './agentfs-process.js';

const HELLO = { ...makeHello({ version: '1', role: 'client' }) };

function startRpc(t: Test, home: string): { child: ChildProcess; connection: Connection } {
  const child = spawn(process.execPath, [MAIN, 'rpc', '--home', home], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  const connection = new Connection(stream, {
    call: () => {
      throw new Error('nobody asks a client');
    },
  });
  return { child, connection };
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}

t.test(
  'a workspace is made and owned until the input ends, and all of it is durable then',
  { timeout: 60_000 },
  async (t) => {
    const home = temporaryDirectory(t);
    const { child, connection } = startRpc(t, home);
    t.match(await connection.call('hello', HELLO), { role: 'home', pid: child.pid });
    t.match(await connection.call('home.info', {}), { home });
    const place = (await connection.call('home.create', { name: 'demo' })) as OwnerPlace;
    t.match(place, { name: 'demo', kind: 'in-process', pid: child.pid });
    const client = await RpcClient.connect({
      socketPath: place.socket,
      hello: makeHello({ version: '1', role: 'client' }),
    });
    await client.call('fs.writeFile', { path: '/f', data: 'of another language' });
    client.close();
    t.match(await connection.call('home.list', {}), {
      workspaces: [{ name: 'demo', owner: { pid: child.pid } }],
    });
    child.stdin?.end();
    t.equal(await exitOf(child), 0);
    const workspace = await new AgentFS({ home }).workspace.get('demo');
    t.equal(await workspace.readFile('/f', 'utf8'), 'of another language');
    await workspace.close();
  },
);

t.test(
  'an owner that runs already is told of, and one that has gone is replaced',
  { timeout: 60_000 },
  async (t) => {
    const home = temporaryDirectory(t);
    const here = await new AgentFS({ home }).workspace.create('demo');
    const { child, connection } = startRpc(t, home);
    await connection.call('hello', HELLO);
    t.match(await connection.call('home.open', { name: 'demo' }), { kind: 'in-process', pid: process.pid });
    await here.close();
    t.match(await connection.call('home.open', { name: 'demo' }), { kind: 'in-process', pid: child.pid });
    t.match(await connection.call('home.startOwner', { name: 'demo' }), { kind: 'background' });
    const owner = (await connection.call('home.open', { name: 'demo' })) as OwnerPlace;
    t.not(owner.pid, child.pid);
    await t.rejects(connection.call('home.delete', { name: 'nothing' }), { code: 'WORKSPACE_NOT_FOUND' });
    t.same(await connection.call('home.delete', { name: 'demo' }), { kept: null });
    child.stdin?.end();
    t.equal(await exitOf(child), 0);
  },
);

t.test(
  'wrong calls are refused by name, and a signal to the group ends nothing',
  { timeout: 60_000 },
  async (t) => {
    const { child, connection } = startRpc(t, temporaryDirectory(t));
    await t.rejects(connection.call('home.list', {}), { code: 'PROTOCOL_MISMATCH' });
    await t.rejects(connection.call('hello', { ...HELLO, protocol: 99 }), {
      code: 'PROTOCOL_MISMATCH',
      message: /^agentfs rpc .* speaks protocol 1, and this program speaks 99$/,
    });
    await connection.call('hello', HELLO);
    await t.rejects(connection.call('fs.stat', { path: '/' }), { code: 'UNKNOWN_METHOD', hint: /home.open/ });
    await t.rejects(connection.call('home.create', { name: 5 }), {
      code: 'INVALID_ARGUMENT',
      message: /'name'/,
    });
    await t.rejects(connection.call('home.create', { name: '../x' }), { code: 'WORKSPACE_INVALID_NAME' });
    child.kill('SIGINT');
    t.same(await connection.call('home.list', {}), { workspaces: [] });
    child.kill('SIGTERM');
    t.equal(await exitOf(child), 0);
  },
);
