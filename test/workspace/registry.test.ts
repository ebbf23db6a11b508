import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Registry, resolveHome } from '#src/workspace/index.js';
import { temporaryDirectory } from './temporary-home.js';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

t.test('the home is the option, AGENTFS_HOME, XDG_DATA_HOME, then the user home', async (t) => {
  t.equal(resolveHome('/x', { AGENTFS_HOME: '/y' }), '/x');
  t.equal(resolveHome(undefined, { AGENTFS_HOME: '/y', XDG_DATA_HOME: '/z' }), '/y');
  t.equal(resolveHome(undefined, { AGENTFS_HOME: '', XDG_DATA_HOME: '/z' }), '/z/agentfs');
  t.match(resolveHome(undefined, {}), /\/\.local\/share\/agentfs$/);
});

t.test('a workspace that is created is found, listed and removed, all for its user alone', async (t) => {
  const home = join(temporaryDirectory(t), 'home');
  const registry = new Registry(home);
  t.same(await registry.list(), []);
  t.equal(await registry.find('demo'), undefined);
  const record = await registry.create('demo');
  t.match(record, { name: 'demo', database: join(home, 'workspaces/demo/workspace.db'), external: false });
  for (const path of [home, join(home, 'workspaces'), record.directory]) t.equal(modeOf(path), 0o700, path);
  t.equal(modeOf(join(record.directory, 'workspace.json')), 0o600);
  await registry.create('a.b-c_1');
  t.same(
    (await registry.list()).map(({ name }) => name),
    ['a.b-c_1', 'demo'],
  );
  await registry.remove('demo');
  t.equal(await registry.find('demo'), undefined);
  await t.rejects(registry.remove('demo'), { code: 'WORKSPACE_NOT_FOUND' });
});

t.test('of many that create the same name at once, one does', async (t) => {
  const home = temporaryDirectory(t);
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, () => new Registry(home).create('demo')),
  );
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const result of results) {
    if (result.status === 'rejected') t.equal(result.reason.code, 'WORKSPACE_EXISTS');
  }
  t.same((await new Registry(home).list()).length, 1, 'no half of a workspace is left behind');
});

t.test('a database elsewhere is remembered by its absolute path', async (t) => {
  const registry = new Registry(temporaryDirectory(t));
  const record = await registry.create('demo', { database: 'some/where.db' });
  t.match(record, { external: true, database: join(process.cwd(), 'some/where.db') });
  t.same(await registry.get('demo'), record);
});

t.test('a directory that holds only a database is a workspace, an empty one is none', async (t) => {
  const home = temporaryDirectory(t);
  mkdirSync(join(home, 'workspaces/copied'), { recursive: true });
  mkdirSync(join(home, 'workspaces/empty'));
  writeFileSync(join(home, 'workspaces/copied/workspace.db'), '');
  t.same(
    (await new Registry(home).list()).map(({ name }) => name),
    ['copied'],
  );
});

t.test('names that would lead elsewhere are refused on every way in', async (t) => {
  const registry = new Registry(temporaryDirectory(t));
  for (const name of ['', '..', '../x', 'a/b', '/etc', 'UPPER', '.hidden', 'x'.repeat(64), 'a\0b']) {
    for (const call of [
      registry.find(name),
      registry.get(name),
      registry.create(name),
      registry.remove(name),
    ]) {
      await t.rejects(Promise.resolve(call), { code: 'WORKSPACE_INVALID_NAME' }, JSON.stringify(name));
    }
  }
});

t.test('an unknown workspace says which there are', async (t) => {
  const registry = new Registry(temporaryDirectory(t));
  await t.rejects(registry.get('other'), {
    code: 'WORKSPACE_NOT_FOUND',
    hint: /agentfs workspace create other/,
  });
  await registry.create('demo');
  await t.rejects(registry.get('other'), { code: 'WORKSPACE_NOT_FOUND', hint: /There are: demo/ });
});

t.test('a damaged record is told, not guessed at', async (t) => {
  const registry = new Registry(temporaryDirectory(t));
  const record = await registry.create('demo');
  for (const text of [
    '{',
    '{}',
    '{"version":2,"createdAt":"x"}',
    '{"version":1,"createdAt":"x","database":"rel"}',
  ]) {
    writeFileSync(join(record.directory, 'workspace.json'), text);
    await t.rejects(registry.get('demo'), { code: 'INVALID_ARGUMENT', path: /workspace\.json$/ }, text);
  }
});
