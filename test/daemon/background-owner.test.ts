import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { AgentFS, ownerOf, startOwner, type Workspace } from '#src/sdk/typescript/index.js';
import { readOwnerRecord } from '#src/workspace/index.js';
import { Program } from '../sdk/typescript/program.js';
import { eventually, temporaryDirectory } from '../workspace/temporary-home.js';
import { isRunning } from './shell.js';

const SECRET = 'a-token-that-must-not-be-seen';

async function workspace(t: Parameters<typeof temporaryDirectory>[0]): Promise<Workspace> {
  const home = temporaryDirectory(t);
  const opened = await new AgentFS({ home }).workspace.create('demo');
  t.teardown(async () => {
    const owner = await ownerOf(opened.record).catch(() => undefined);
    if (owner?.kind === 'background') process.kill(owner.pid, 'SIGKILL');
    await opened.close().catch(() => {});
  });
  return opened;
}

t.test(
  'a program gives its workspace to a background owner that it starts, and goes on as a client',
  async (t) => {
    const ws = await workspace(t);
    await ws.writeFile('/a', 'before');
    const started = await ws.startOwner();
    t.equal(started.started, true);
    t.match(await ws.owner(), { pid: started.pid, kind: 'background' });
    t.equal(await ws.readFile('/a', 'utf8'), 'before');
    t.same(await startOwner(ws.record), { pid: started.pid, started: false }, 'one is enough');
    t.equal(statSync(ws.record.logFile).mode & 0o777, 0o600);
    t.match(readFileSync(ws.record.logFile, 'utf8'), /owner is ready/);
  },
);

t.test('a program in another process hands over to the background owner and is not disturbed', async (t) => {
  const ws = await workspace(t);
  await ws.close();
  const program = await Program.start(t, ws.record.home);
  await program.call('fs.writeFile', { path: '/a', data: 'x' });
  const { pid } = await startOwner(ws.record);
  t.match(await program.call('fs.readFile', { path: '/a', encoding: 'utf8' }), { data: 'x' });
  t.equal((await program.info()).pid, pid);
});

t.test('many that start the owner at once get one owner', async (t) => {
  const ws = await workspace(t);
  await ws.close();
  const results = await Promise.allSettled([1, 2, 3].map(() => startOwner(ws.record)));
  const pids = results.map((result) =>
    result.status === 'fulfilled' ? result.value.pid : result.reason.code,
  );
  t.equal(new Set(pids).size, 1, JSON.stringify(pids));
});

t.test('an owner that nothing needs goes away and leaves nothing behind', async (t) => {
  const ws = await workspace(t);
  const { pid } = await ws.startOwner();
  await ws.writeFile('/a', 'kept');
  const record = await readOwnerRecord(ws.record.database);
  await ws.close();
  await eventually(async () => !(await isRunning(pid)));
  t.notOk(existsSync(record?.socket ?? ''));
  t.equal(await readOwnerRecord(ws.record.database), undefined);
  await using again = await new AgentFS({ home: ws.record.home }).workspace.get('demo');
  t.equal(await again.readFile('/a', 'utf8'), 'kept');
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  t.test(`${signal} ends the owner in order: what was written is durable, the socket is gone`, async (t) => {
    const ws = await workspace(t);
    const { pid } = await ws.startOwner();
    await ws.writeFile('/a', 'kept');
    const record = await readOwnerRecord(ws.record.database);
    process.kill(pid, signal);
    await eventually(async () => !(await isRunning(pid)));
    t.notOk(existsSync(record?.socket ?? ''));
    t.equal(await ws.readFile('/a', 'utf8'), 'kept');
    t.match(await ws.owner(), { pid: process.pid }, 'and the next call opens the workspace again');
    t.match(readFileSync(ws.record.logFile, 'utf8'), new RegExp(`stopping: ${signal}`));
  });
}

t.test('owner.stop answers when everything is closed, and the owner goes', async (t) => {
  const ws = await workspace(t);
  const { pid } = await ws.startOwner();
  await ws.writeFile('/a', 'kept');
  await ws.service.call('owner.stop', {});
  t.notOk(existsSync(`${ws.record.database}-wal`), 'the database was closed');
  await eventually(async () => !(await isRunning(pid)));
});

t.test('a killed owner is followed by the next one that is started', async (t) => {
  const ws = await workspace(t);
  const { pid } = await ws.startOwner();
  await ws.writeFile('/a', 'kept');
  await ws.flush();
  process.kill(pid, 'SIGKILL');
  await eventually(async () => !(await isRunning(pid)));
  const next = await ws.startOwner();
  t.not(next.pid, pid);
  t.equal(await ws.readFile('/a', 'utf8'), 'kept');
});

t.test('the starter hears the real reason when the owner cannot start', async (t) => {
  const ws = await workspace(t);
  await ws.close();
  writeFileSync(ws.record.database, 'no database at all '.repeat(100));
  await t.rejects(startOwner(ws.record), { code: 'DATABASE_NOT_SQLITE', path: ws.record.database });
  await t.rejects(startOwner(ws.record, { entry: join(ws.record.home, 'absent.js') }), {
    code: 'OWNER_UNREACHABLE',
    hint: /owner.log|log ends with/,
  });
  await t.rejects(startOwner({ ...ws.record, name: 'other' }), { code: 'WORKSPACE_NOT_FOUND' });
});

t.test('no token of the environment or of a call is in the log or the arguments', async (t) => {
  const ws = await workspace(t);
  process.env.AGENTFS_TOKEN = SECRET;
  t.teardown(() => {
    delete process.env.AGENTFS_TOKEN;
  });
  const { pid } = await ws.startOwner();
  await ws.sync.enable({ tursoDb: 'nonsense://x', token: SECRET }).catch((error) => {
    t.notMatch(JSON.stringify(error) + String(error), SECRET);
  });
  t.notMatch(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), SECRET);
  await ws.service.call('owner.stop', {});
  await eventually(async () => !(await isRunning(pid)));
  t.notMatch(readFileSync(ws.record.logFile, 'utf8'), SECRET);
});

t.test('in the foreground it logs to stderr, ends with its terminal, and needs no starter', async (t) => {
  const ws = await workspace(t);
  await ws.close();
  const main = fileURLToPath(new URL('../../../dist/daemon/main.js', import.meta.url));
  const child = spawn(
    process.execPath,
    [main, '--home', ws.record.home, '--workspace', 'demo', '--foreground'],
    {
      stdio: ['ignore', 'inherit', 'pipe'],
    },
  );
  t.teardown(() => child.kill('SIGKILL'));
  let text = '';
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  await eventually(() => text.includes('owner is ready'));
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  t.equal(code, 0);
  t.match(text, /stopping: SIGINT/);
});
