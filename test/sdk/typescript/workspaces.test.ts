import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AgentFS } from '#src/sdk/typescript/index.js';
import { temporaryDirectory } from '../../workspace/temporary-home.js';
import { Program } from './program.js';

t.test('create makes a workspace or opens the one that is there', async (t) => {
  const home = join(temporaryDirectory(t), 'home');
  const afs = new AgentFS({ home });
  const first = await afs.workspace.create('demo');
  await first.writeFile('/a', 'a');
  await first.close();
  const database = join(home, 'workspaces/demo/workspace.db');
  t.equal(statSync(database).mode & 0o777, 0o600);
  await using second = await afs.workspace.create('demo');
  t.equal(await second.readFile('/a', 'utf8'), 'a');
  await t.rejects(afs.workspace.create('demo', { exist: 'error' }), { code: 'WORKSPACE_EXISTS' });
  await t.rejects(afs.workspace.create('demo', { db: '/elsewhere.db' }), { code: 'WORKSPACE_EXISTS' });
  await t.rejects(afs.workspace.get('other'), { code: 'WORKSPACE_NOT_FOUND' });
  await t.rejects(afs.workspace.create('../x'), { code: 'WORKSPACE_INVALID_NAME' });
  const info = await second.info();
  t.match(info, { name: 'demo', database, agent: /^[0-9a-f]{32}$/, owner: { pid: process.pid } });
  t.ok(info.databaseBytes > 0);
  t.same(await second.check(), []);
});

t.test('a database elsewhere is made there, shared by two homes, and kept on delete', async (t) => {
  const directory = temporaryDirectory(t);
  const db = join(directory, 'shared.db');
  const a = new AgentFS({ home: join(directory, 'a') });
  const b = new AgentFS({ home: join(directory, 'b') });
  const wsA = await a.workspace.create('one', { db });
  const wsB = await b.workspace.create('two', { db });
  await wsA.writeFile('/f', 'x');
  t.equal(await wsB.readFile('/f', 'utf8'), 'x', 'the second home found the owner of the first');
  await t.rejects(a.workspace.delete('one'), { code: 'WORKSPACE_BUSY', message: /process \d+ is using/ });
  await wsB.close();
  await wsA.close();
  t.same(await a.workspace.delete('one'), { kept: db });
  t.ok(existsSync(db));
  await using again = await b.workspace.get('two');
  t.equal(await again.readFile('/f', 'utf8'), 'x');
});

t.test('what is no database, or in no directory, is refused and leaves nothing behind', async (t) => {
  const directory = temporaryDirectory(t);
  const home = join(directory, 'home');
  const afs = new AgentFS({ home });
  const text = join(directory, 'text.db');
  writeFileSync(text, 'this is not a database, but it is long enough to look like one '.repeat(20));
  await t.rejects(afs.workspace.create('demo', { db: text }), { code: 'DATABASE_NOT_SQLITE' });
  await t.rejects(afs.workspace.create('demo', { db: join(directory, 'no/where.db') }), { code: 'ENOENT' });
  t.same(readdirSync(join(home, 'workspaces')), []);
  t.notOk(readdirSync(directory).includes('text.db-owner.json'));
  await using workspace = await afs.workspace.create('demo');
  t.same(await workspace.readdir('/'), []);
});

t.test('delete removes the workspace with all that belongs to it, unless it is in use', async (t) => {
  const home = temporaryDirectory(t);
  const afs = new AgentFS({ home });
  const program = await Program.start(t, home);
  await program.call('fs.writeFile', { path: '/a', data: 'x' });
  await t.rejects(afs.workspace.delete('demo'), { code: 'WORKSPACE_BUSY' });
  await program.call('close');
  t.same(await afs.workspace.delete('demo'), { kept: null });
  t.same(readdirSync(join(home, 'workspaces')), []);
  t.same(await afs.workspace.list(), []);
  await t.rejects(afs.workspace.delete('demo'), { code: 'WORKSPACE_NOT_FOUND' });
});
