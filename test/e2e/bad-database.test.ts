/**
 * Names and databases that will not do, by the command: a clear error with its remedy, and nothing left behind.
 */
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import t from 'tap';
import { Agent } from '../cli/agentfs-process.js';
import { isMounted, MountedAgent, sh } from './mounted-agent.js';

t.test('a workspace that is unknown, invalid or there already is refused, with what to do', async (t) => {
  const agent = await Agent.create(t);
  t.match(await agent.run(['workspace', 'create', 'w']), { code: 0 });
  t.match(await agent.run(['workspace', 'create', 'w']), {
    code: 1,
    stderr: /'w'.*(exists|already).*\nhint: /,
  });
  for (const name of ['', 'Upper', '../w', 'a/b', '.hidden', 'x'.repeat(64), 'sp ace', 'ü']) {
    for (const args of [
      ['workspace', 'create', name],
      ['fs', 'ls', name],
      ['workspace', 'info', name],
    ]) {
      t.match(await agent.json(args), {
        code: 2,
        document: { error: { code: 'WORKSPACE_INVALID_NAME', hint: /a-z, 0-9/ } },
      });
    }
  }
  for (const args of [
    ['fs', 'ls', 'v'],
    ['sync', 'status', 'v'],
    ['stop', 'v'],
    ['workspace', 'delete', 'v', '--yes'],
  ]) {
    const { code, document } = await agent.json(args);
    t.match(
      { code, document },
      { code: 1, document: { error: { code: 'WORKSPACE_NOT_FOUND', hint: String } } },
      args.join(' '),
    );
  }
  t.match((await agent.json(['workspace', 'list'])).document, [{ name: 'w' }]);
  t.equal((await agent.json<unknown[]>(['workspace', 'list'])).document.length, 1);
});

t.test('a database that is none of ours is refused at create, and left as it is', async (t) => {
  const agent = await Agent.create(t);
  await sh('/', `mkdir -p ${agent.scratch}`);
  const file = (name: string): string => join(agent.scratch, name);
  writeFileSync(file('text'), 'this is no database, and longer than the header of one '.repeat(20));
  writeFileSync(file('short'), 'x');
  const other = new Sqlite(file('other.db'));
  other.exec('CREATE TABLE people (name TEXT); INSERT INTO people VALUES (1)');
  other.close();
  const cases: readonly (readonly [name: string, code: string])[] = [
    ['text', 'DATABASE_NOT_SQLITE'],
    ['short', 'DATABASE_NOT_SQLITE'],
    ['other.db', 'DATABASE_NOT_AGENTFS'],
  ];
  for (const [name, code] of cases) {
    const before = readFileSync(file(name));
    const created = await agent.json(['workspace', 'create', 'w', '--db', file(name)]);
    t.match(created, { code: 1, document: { error: { code, hint: String } } }, name);
    t.ok(before.equals(readFileSync(file(name))), 'its bytes are as they were');
    for (const suffix of ['-wal', '-shm']) t.notOk(existsSync(file(name) + suffix));
  }
  t.strictSame((await agent.json(['workspace', 'list'])).document, [], 'no workspace came of it');
});

t.test('a database of a newer version is refused by every command, and told so', async (t) => {
  const mounted = await MountedAgent.create(t);
  const path = databaseOf(mounted.agent);
  const db = new Sqlite(path);
  const { tables } = db
    .prepare("SELECT count(*) AS tables FROM sqlite_schema WHERE name = 'afs_meta'")
    .get() as { tables: number };
  t.equal(tables, 1);
  t.equal(db.prepare("UPDATE afs_meta SET value = '99' WHERE key = 'schema_version'").run().changes, 1);
  db.close();
  for (const args of [
    ['mount', 'w', mounted.dir],
    ['fs', 'ls', 'w'],
    ['doctor', 'w'],
  ]) {
    const { code, document } = await mounted.agent.json(args);
    t.match(
      { code, document },
      { code: 1, document: { error: { code: 'DATABASE_NEWER', hint: /[Uu]pdate/ } } },
      args.join(' '),
    );
  }
  t.notOk(isMounted(mounted.dir));
});

t.test(
  'a damaged database: doctor finds it and names the remedy, a mount never shows wrong bytes as right',
  async (t) => {
    const mounted = await MountedAgent.create(t);
    await mounted.mount(t);
    await mounted.sh('mkdir d; for i in $(seq 300); do seq $i 900 > d/f$i; done');
    t.match(await mounted.run(['umount', 'w']), { code: 0 });
    t.match(await mounted.run(['doctor', 'w']), { code: 0, stdout: /sound/ });
    // An owner that lingers has the good pages in its cache, and the rest in the WAL.
    t.match(await mounted.run(['stop', 'w']), { code: 0 });
    const path = databaseOf(mounted.agent);
    const size = readFileSync(path).length;
    const pages = openSync(path, 'r+');
    for (let at = 5; at < size / 16_384; at += 7)
      writeSync(pages, Buffer.alloc(6000, 0xa5), 0, 6000, at * 16_384);
    closeSync(pages);
    const doctor = await mounted.run(['doctor', 'w']);
    t.equal(doctor.code, 1, doctor.stdout + doctor.stderr);
    t.match(doctor.stdout + doctor.stderr, /damaged|malformed|integrity|Tree|page/i);
    t.match(doctor.stdout + doctor.stderr, /new workspace|pull|copy/i, 'it says what to do');
    const json = await mounted.run(['doctor', 'w', '--json']);
    t.equal(json.code, 1);
    t.type(JSON.parse(json.stdout), 'object');
    // What cannot be read fails, by name; nothing hangs or crashes.
    const mount = await mounted.run(['mount', 'w', mounted.dir, '--json']);
    if (mount.code === 0) {
      await mounted.sh('cat d/* > /dev/null 2>&1 || true; ls -l d > /dev/null 2>&1 || true');
      t.match(await mounted.run(['umount', 'w', '--force']), { code: 0 });
    } else t.match(JSON.parse(mount.stdout), { error: { code: 'DATABASE_DAMAGED', hint: /doctor/ } });
    t.notOk(isMounted(mounted.dir));
  },
);

t.test('a file that is no database any more is told by every command, and delete still works', async (t) => {
  const mounted = await MountedAgent.create(t);
  const path = databaseOf(mounted.agent);
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
  writeFileSync(path, 'overwritten by mistake '.repeat(1000));
  for (const args of [
    ['mount', 'w', mounted.dir],
    ['fs', 'ls', 'w'],
    ['doctor', 'w'],
    ['sync', 'status', 'w'],
  ]) {
    const { code, document } = await mounted.agent.json(args);
    t.match(
      { code, document },
      { code: 1, document: { error: { code: 'DATABASE_NOT_SQLITE', hint: String } } },
      args.join(' '),
    );
  }
  t.notOk(isMounted(mounted.dir));
  t.match(await mounted.run(['workspace', 'list']), { code: 0 });
  t.match(await mounted.run(['workspace', 'delete', 'w', '--yes']), { code: 0 });
});

function databaseOf(agent: Agent): string {
  return join(agent.home, 'workspaces', 'w', 'workspace.db');
}
