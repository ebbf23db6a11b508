import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AgentFS } from '#src/sdk/typescript/index.js';
import { defaultParts, Owner, type OwnerParts } from '#src/sdk/typescript/owner/index.js';
import { ownerFileOf, Registry, readOwnerRecord } from '#src/workspace/index.js';
import { eventually, temporaryDirectory } from '../../workspace/temporary-home.js';
import { Program } from './program.js';

t.test('two processes use one workspace: one owns it, the other is its client', async (t) => {
  const home = temporaryDirectory(t);
  const program = await Program.start(t, home);
  await using workspace = await new AgentFS({ home }).workspace.get('demo');
  t.match(await workspace.owner(), { pid: program.child.pid, kind: 'in-process', clients: 1 });
  await program.call('fs.writeFile', { path: '/a', data: 'from there' });
  t.equal(await workspace.readFile('/a', 'utf8'), 'from there');
  await workspace.writeFile('/b', 'from here');
  t.match(await program.call('fs.readFile', { path: '/b', encoding: 'utf8' }), { data: 'from here' });
});

t.test('many that open a new workspace at once end with one owner and all of their files', async (t) => {
  const home = temporaryDirectory(t);
  const programs = await Promise.all(Array.from({ length: 4 }, () => Program.start(t, home)));
  await Promise.all(programs.map((program, n) => program.call('fs.writeFile', { path: `/${n}`, data: 'x' })));
  const owners = await Promise.all(programs.map((program) => program.info()));
  t.equal(new Set(owners.map(({ pid }) => pid)).size, 1);
  await using workspace = await new AgentFS({ home }).workspace.get('demo');
  t.same(await workspace.readdir('/'), ['0', '1', '2', '3']);
});

t.test('when the owner closes, its client becomes the owner and misses nothing', async (t) => {
  const home = temporaryDirectory(t);
  const program = await Program.start(t, home);
  await using workspace = await new AgentFS({ home }).workspace.get('demo');
  await workspace.writeFile('/a', 'kept');
  await program.call('close');
  t.equal(await workspace.readFile('/a', 'utf8'), 'kept');
  t.match(await workspace.owner(), { pid: process.pid, kind: 'in-process' });
});

t.test('when the owner is killed, what was flushed is there for the next call, which owns', async (t) => {
  const home = temporaryDirectory(t);
  const program = await Program.start(t, home);
  await using workspace = await new AgentFS({ home }).workspace.get('demo');
  await workspace.writeFile('/a', 'kept');
  await workspace.flush();
  await program.kill();
  t.equal(await workspace.readFile('/a', 'utf8'), 'kept');
  t.match(await workspace.owner(), { pid: process.pid });
});

t.test('a call that an owner is killed in says OWNER_GONE, and the next one works', async (t) => {
  const home = temporaryDirectory(t);
  const program = await Program.start(t, home);
  await using workspace = await new AgentFS({ home }).workspace.get('demo');
  await workspace.mkdir('/d');
  await workspace.flush();
  program.child.kill('SIGSTOP');
  const cut = workspace.writeFile('/d/a', 'x').catch((error) => error);
  await new Promise((resolve) => setImmediate(resolve));
  await program.kill();
  t.match(await cut, { code: 'OWNER_GONE', hint: /Repeat the call/ });
  await workspace.writeFile('/d/b', 'x');
  t.same((await workspace.readdir('/d')).includes('b'), true);
});

t.test(
  'handover gives the workspace to the one that asks, and the one that gave it goes on as a client',
  async (t) => {
    const home = temporaryDirectory(t);
    const giver = await Program.start(t, home);
    await giver.call('fs.writeFile', { path: '/a', data: 'before' });
    const taker = await Program.start(t, home);
    t.equal((await taker.info()).pid, giver.child.pid);
    t.same(await taker.call('owner.handover'), { handedOver: true });
    t.match(await taker.call('fs.readFile', { path: '/a', encoding: 'utf8' }), { data: 'before' });
    t.equal((await taker.info()).pid, taker.child.pid);
    await giver.call('fs.writeFile', { path: '/b', data: 'after' });
    t.equal((await giver.info()).pid, taker.child.pid, 'it did not take the workspace back');
    t.match(await taker.call('fs.readFile', { path: '/b', encoding: 'utf8' }), { data: 'after' });
  },
);

t.test('an open file of an owner that went away is EBADF, never another file', async (t) => {
  const home = temporaryDirectory(t);
  const program = await Program.start(t, home);
  await using workspace = await new AgentFS({ home }).workspace.get('demo');
  await workspace.writeFile('/a', 'a');
  const file = await workspace.openFile('/a');
  await workspace.flush();
  await program.kill();
  await workspace.openFile('/a');
  await t.rejects(file.read(0, 1), { code: 'EBADF' });
});

t.test('a program that ends without closing leaves everything durable and nothing locked', async (t) => {
  const home = temporaryDirectory(t);
  const program = join(home, 'program.mjs');
  const sdk = new URL('../../../../dist/sdk/typescript/index.js', import.meta.url).href;
  writeFileSync(
    program,
    `import { AgentFS } from ${JSON.stringify(sdk)};
     const ws = await new AgentFS({ home: ${JSON.stringify(home)} }).workspace.create('demo');
     await ws.writeFile('/a', 'written');`,
  );
  const child = fork(program);
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  t.equal(code, 0, 'it ended by itself');
  const record = await new Registry(home).get('demo');
  t.equal(await readOwnerRecord(record.database), undefined);
  await using workspace = await new AgentFS({ home }).workspace.get('demo');
  t.equal(await workspace.readFile('/a', 'utf8'), 'written');
});

t.test('closing leaves no socket and no record, and a closed workspace says so', async (t) => {
  const home = temporaryDirectory(t);
  const workspace = await new AgentFS({ home }).workspace.create('demo');
  const owner = await readOwnerRecord(workspace.record.database);
  t.ok(owner !== undefined && existsSync(owner.socket));
  await workspace.close();
  await workspace.close();
  t.notOk(existsSync(owner?.socket ?? ''));
  t.equal(await readOwnerRecord(workspace.record.database), undefined);
  await t.rejects(workspace.readdir('/'), { code: 'CLOSED' });
});

t.test('a stale socket and record of a killed owner are in nobody’s way', async (t) => {
  const home = temporaryDirectory(t);
  const program = await Program.start(t, home);
  const record = await new Registry(home).get('demo');
  await program.kill();
  const stale = await readOwnerRecord(record.database);
  t.ok(stale !== undefined && existsSync(stale.socket), 'the kill left both behind');
  await using workspace = await new AgentFS({ home }).workspace.get('demo');
  t.same(await workspace.readdir('/'), []);
  t.match(await new AgentFS({ home }).workspace.list(), [{ owner: { pid: process.pid } }]);
});

t.test('two hundred calls at once through two clients all arrive', async (t) => {
  const home = temporaryDirectory(t);
  const program = await Program.start(t, home);
  const afs = new AgentFS({ home });
  await using one = await afs.workspace.get('demo');
  await using two = await afs.workspace.get('demo');
  await Promise.all(
    Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? one : two).writeFile(`/${n}`, String(n))),
  );
  t.equal((await one.readdir('/')).length, 200);
  t.match(await program.call('fs.readFile', { path: '/199', encoding: 'utf8' }), { data: '199' });
  await eventually(async () => (await program.info()).clients === 2);
});

t.test(
  'an owner is found although the caller has another runtime directory, or the owner left no record',
  async (t) => {
    const home = temporaryDirectory(t);
    const program = await Program.start(t, home);
    const { database } = await new Registry(home).get('demo');
    const afs = new AgentFS({ home });
    const before = process.env.XDG_RUNTIME_DIR;
    process.env.XDG_RUNTIME_DIR = temporaryDirectory(t);
    t.teardown(() => {
      if (before === undefined) delete process.env.XDG_RUNTIME_DIR;
      else process.env.XDG_RUNTIME_DIR = before;
    });
    await using other = await afs.workspace.get('demo');
    t.equal((await other.owner()).pid, program.child.pid);
    if (before === undefined) delete process.env.XDG_RUNTIME_DIR;
    else process.env.XDG_RUNTIME_DIR = before;
    rmSync(ownerFileOf(database));
    await using third = await afs.workspace.get('demo');
    t.equal((await third.owner()).pid, program.child.pid);
  },
);

t.test(
  'a call that meets an owner which takes long to end waits for it, and is done by the next',
  async (t) => {
    const home = temporaryDirectory(t);
    await using workspace = await new AgentFS({ home }).workspace.create('demo');
    await workspace.writeFile('/a', 'kept');
    await workspace.close();
    const parts: OwnerParts = {
      ...defaultParts,
      openFilesystem: async (database, options) => {
        const filesystem = await defaultParts.openFilesystem(database, options);
        const close = filesystem.close.bind(filesystem);
        filesystem.close = async () => {
          await new Promise((resolve) => setTimeout(resolve, 500));
          await close();
        };
        return filesystem;
      },
    };
    const owner = await Owner.open(workspace.record, { kind: 'background', parts });
    await using next = await new AgentFS({ home }).workspace.get('demo');
    t.match(await next.owner(), { kind: 'background' });
    const stopped = owner.stop();
    t.equal(await next.readFile('/a', 'utf8'), 'kept');
    t.match(await next.owner(), { kind: 'in-process' });
    await stopped;
  },
);

t.test(
  'a caller that greets an owner whose database is closed already is served by the next one',
  async (t) => {
    const home = temporaryDirectory(t);
    await using workspace = await new AgentFS({ home }).workspace.create('demo');
    await workspace.sync.enable({ tursoDb: `file:${join(home, 'remote.db')}`, mode: 'manual' });
    await workspace.writeFile('/a', 'kept');
    await workspace.close();
    let isClosed = (): void => {};
    const closed = new Promise<void>((resolve) => {
      isClosed = resolve;
    });
    const parts: OwnerParts = {
      ...defaultParts,
      openFilesystem: async (database, options) => {
        const filesystem = await defaultParts.openFilesystem(database, options);
        const close = filesystem.close.bind(filesystem);
        filesystem.close = async () => {
          await close();
          isClosed();
          await new Promise((resolve) => setTimeout(resolve, 300));
        };
        return filesystem;
      },
    };
    // As the background process does: it looks with each caller that comes or goes whether anybody needs it.
    const owner: Owner = await Owner.open(workspace.record, {
      kind: 'background',
      parts,
      changed: () => void owner?.staysFor(),
    });
    await using first = await new AgentFS({ home }).workspace.get('demo');
    await first.sync.status();
    await first.close();
    const stopped = owner.stop();
    await closed;
    await using next = await new AgentFS({ home }).workspace.get('demo');
    t.equal(await next.readFile('/a', 'utf8'), 'kept');
    await stopped;
  },
);
