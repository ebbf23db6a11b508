import t from 'tap';
import { makeHello, RpcServer } from '#src/rpc/index.js';
import { AgentFS, ownerOf, stopOwner } from '#src/sdk/typescript/index.js';
import { OwnerLock, Registry, socketPathOf } from '#src/workspace/index.js';
import { temporaryDirectory } from '../../workspace/temporary-home.js';
import { Program } from './program.js';

t.test('asking for the owner neither makes one nor counts as its client', async (t) => {
  const home = temporaryDirectory(t);
  const record = await new Registry(home).create('demo');
  t.equal(await ownerOf(record), undefined);
  t.equal(await stopOwner(record), undefined);
  const program = await Program.start(t, home);
  t.match(await ownerOf(record), { pid: program.child.pid, kind: 'in-process', clients: 0 });
});

t.test(
  'stopping the owner of a program closes the database; the program opens it again when it needs it',
  async (t) => {
    const home = temporaryDirectory(t);
    const program = await Program.start(t, home);
    const record = await new Registry(home).get('demo');
    t.match(await stopOwner(record), { pid: program.child.pid });
    t.equal(await ownerOf(record), undefined);
    await using workspace = await new AgentFS({ home }).workspace.get('demo');
    await workspace.writeFile('/a', 'x');
    t.match(await program.call('fs.readFile', { path: '/a', encoding: 'utf8' }), { data: 'x' });
  },
);

t.test('an owner of another protocol version is told in a clear sentence, and can be stopped', async (t) => {
  const home = temporaryDirectory(t);
  const record = await new Registry(home).create('demo');
  const lock = await OwnerLock.acquire(record.database);
  const asked: string[] = [];
  const server = await RpcServer.listen({
    socketPath: await socketPathOf(record.database),
    hello: { ...makeHello({ version: '99.0.0', role: 'background', workspace: 'demo' }), protocol: 99 },
    accept: () => ({ call: () => ({}), closed: () => {} }),
    anyVersion: {
      methods: ['owner.info', 'owner.stop'],
      call: (method) => {
        asked.push(method);
        return method === 'owner.info' ? { pid: 1, kind: 'background', protocol: 99, mounts: [] } : {};
      },
    },
  });
  t.teardown(async () => {
    await server.close(0);
    lock.release();
  });
  const workspace = await new AgentFS({ home }).workspace.get('demo');
  await t.rejects(workspace.readdir('/'), {
    code: 'PROTOCOL_MISMATCH',
    message: /AgentFS 99\.0\.0\) speaks protocol 99, and this program speaks 1/,
    hint: /agentfs stop demo/,
  });
  await workspace.close();
  t.match(await stopOwner(record), { protocol: 99 });
  t.same(asked, ['owner.info', 'owner.stop']);
});

t.test('a lock without a socket is a busy workspace, not an endless wait', async (t) => {
  const home = temporaryDirectory(t);
  const record = await new Registry(home).create('demo');
  const lock = await OwnerLock.acquire(record.database);
  t.teardown(() => lock.release());
  const workspace = await new AgentFS({ home }).workspace.get('demo', { openTimeoutMs: 100 });
  await t.rejects(workspace.readdir('/'), { code: 'WORKSPACE_BUSY' });
  await workspace.close();
});
