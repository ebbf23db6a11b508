/**
 * Workspaces and their files by the command, without a mount.
 */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import t from 'tap';
import { Agent } from './agentfs-process.js';

t.test('a workspace is created, listed, described and deleted', async (t) => {
  const agent = await Agent.create(t);
  t.match(await agent.run(['workspace', 'create', 'w']), { code: 0, stdout: /Created workspace w/ });
  t.equal(statSync(agent.home).mode & 0o777, 0o700);
  t.match((await agent.json(['workspace', 'list'])).document, [{ name: 'w', database: String }]);
  t.match((await agent.run(['workspace', 'info', 'w'])).stdout, /^Workspace: w\nDatabase: /);
  t.match(await agent.run(['workspace', 'delete', 'w', '--yes']), { code: 0 });
  t.strictSame((await agent.json(['workspace', 'list'])).document, []);
  t.notOk(existsSync(join(agent.home, 'workspaces', 'w')));
});

t.test('a second workspace of a name and a wrong name are refused with a remedy', async (t) => {
  const agent = await Agent.create(t);
  await agent.run(['workspace', 'create', 'w']);
  t.match(await agent.run(['workspace', 'create', 'w']), { code: 1, stderr: /already.*\nhint: / });
  t.match(await agent.run(['workspace', 'create', 'No/Good']), {
    code: 2,
    stderr: /not a workspace name\nhint: /,
  });
});

t.test('deleting without a terminal insists on --yes', async (t) => {
  const agent = await Agent.create(t);
  await agent.run(['workspace', 'create', 'w']);
  t.match(await agent.run(['workspace', 'delete', 'w']), { code: 2, stderr: /--yes/ });
  t.match((await agent.json(['workspace', 'list'])).document, [{ name: 'w' }]);
});

t.test('--home wins over AGENTFS_HOME', async (t) => {
  const agent = await Agent.create(t);
  const other = join(agent.scratch, 'other');
  await agent.run(['workspace', 'create', 'w', '--home', other]);
  t.ok(existsSync(join(other, 'workspaces', 'w')));
  t.notOk(existsSync(agent.home));
});

t.test('files are written from an argument, standard input and a local file, and read back', async (t) => {
  const agent = await Agent.create(t);
  await agent.run(['workspace', 'create', 'w']);
  t.match(await agent.run(['fs', 'write', 'w', '/a/b.txt', 'one\n', '-p']), {
    code: 0,
    stdout: 'Wrote 4 B to /a/b.txt\n',
  });
  t.match(await agent.run(['fs', 'write', 'w', '/a/b.txt', '--append'], { input: 'two\n' }), { code: 0 });
  t.strictSame(await agent.run(['fs', 'cat', 'w', '/a/b.txt']), {
    code: 0,
    stdout: 'one\ntwo\n',
    stderr: '',
  });

  const local = join(agent.home, 'local.bin');
  writeFileSync(local, Buffer.from([0xff, 0, 1]));
  await agent.run(['fs', 'write', 'w', '/c', '--from', local]);
  t.match((await agent.json(['fs', 'cat', 'w', '/c'])).document, {
    size: 3,
    encoding: 'base64',
    data: '/wAB',
  });
  t.match((await agent.json(['fs', 'cat', 'w', '/a/b.txt'])).document, {
    encoding: 'utf8',
    data: 'one\ntwo\n',
  });
});

t.test('a file larger than one message goes in and comes out whole', async (t) => {
  const agent = await Agent.create(t);
  await agent.run(['workspace', 'create', 'w']);
  const line = `${'x'.repeat(1023)}\n`;
  const input = line.repeat(9 * 1024);
  await agent.run(['fs', 'write', 'w', '/big'], { input });
  const { stdout } = await agent.run(['fs', 'cat', 'w', '/big']);
  t.ok(stdout === input, `${stdout.length} of ${input.length} bytes`);
});

t.test('directories are made, listed, drawn, moved and removed', async (t) => {
  const agent = await Agent.create(t);
  await agent.run(['workspace', 'create', 'w']);
  t.match(await agent.run(['fs', 'mkdir', 'w', '/a/b']), { code: 1, stderr: /ENOENT/ });
  t.match(await agent.run(['fs', 'mkdir', 'w', '/a/b', '-p']), { code: 0 });
  await agent.run(['fs', 'write', 'w', '/f', 'x']);
  t.equal((await agent.run(['fs', 'ls', 'w'])).stdout, 'a/\nf\n');
  t.match(
    (await agent.run(['fs', 'ls', 'w', '/', '-l'])).stdout,
    /^MODE +LINKS +SIZE +MODIFIED +NAME\ndrwxr-xr-x /,
  );
  t.match(await agent.run(['fs', 'mv', 'w', '/f', '/a']), { code: 0, stdout: 'Moved /f to /a/f\n' });
  t.match(
    (await agent.run(['fs', 'tree', 'w'])).stdout,
    /└── a\/\n {4}├── b\/\n {4}└── f\n\n2 directories, 1 file/,
  );
  t.match((await agent.run(['fs', 'stat', 'w', '/a/f'])).stdout, /Size: 1 \(1 B\)/);
  t.match(await agent.run(['fs', 'rm', 'w', '/a']), { code: 1, stderr: /EISDIR|ENOTEMPTY/ });
  t.match(await agent.run(['fs', 'rm', 'w', '/a', '-r']), { code: 0 });
  t.strictSame((await agent.json(['fs', 'ls', 'w'])).document, []);
});

t.test('an absent file is told with its code and path', async (t) => {
  const agent = await Agent.create(t);
  await agent.run(['workspace', 'create', 'w']);
  const { code, document } = await agent.json(['fs', 'cat', 'w', '/none']);
  t.equal(code, 1);
  t.match(document, { error: { code: 'ENOENT', path: '/none' } });
});

t.test('-q leaves out what was not asked for and keeps what was', async (t) => {
  const agent = await Agent.create(t);
  t.strictSame(await agent.run(['workspace', 'create', 'w', '-q']), { code: 0, stdout: '', stderr: '' });
  await agent.run(['fs', 'write', 'w', '/f', 'x', '-q']);
  t.equal((await agent.run(['fs', 'ls', 'w', '-q'])).stdout, 'f\n');
});

t.test('doctor finds a sound database sound, and tells what this machine has', async (t) => {
  const agent = await Agent.create(t);
  await agent.run(['workspace', 'create', 'w']);
  t.match(await agent.run(['doctor', 'w']), { code: 0, stdout: /sound/ });
  t.match(await agent.run(['doctor', '--check']), { code: 0, stdout: 'The database of w is sound\n' });
  const { document } = await agent.json<{ checks: { name: string }[] }>(['doctor']);
  t.ok(document.checks.some((check) => check.name === 'node'));
});

t.test('doctor finds what SQLite cannot: a wrong link count, by its path and with the remedy', async (t) => {
  const agent = await Agent.create(t);
  await agent.run(['workspace', 'create', 'w']);
  await agent.run(['workspace', 'create', 'sound']);
  await agent.run(['fs', 'write', 'w', '/f', 'x']);
  await agent.run(['stop', 'w']);
  const db = new Sqlite(join(agent.home, 'workspaces', 'w', 'workspace.db'));
  db.exec('UPDATE fs_inode SET nlink = 3 WHERE ino <> 1');
  db.close();
  const said = /^\/f: the file says that it has 3 names, and has 1\. Copy/m;
  t.match(await agent.run(['doctor', 'w']), { code: 1, stdout: said });
  const { code, document } = await agent.json(['doctor', '--check']);
  t.equal(code, 1);
  t.match(document, {
    healthy: false,
    workspaces: [
      { workspace: 'sound', healthy: true, problems: [] },
      { workspace: 'w', healthy: false, problems: [said] },
    ],
  });
});
