import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import t from 'tap';
import { AgentFS, type Workspace } from '#src/sdk/typescript/index.js';
import { temporaryDirectory } from '../../workspace/temporary-home.js';

type Test = Pick<typeof t, 'equal' | 'match' | 'ok' | 'rejects' | 'same' | 'teardown'>;

interface Parent {
  test(name: string, body: (t: Test) => Promise<void>): unknown;
}

/** One workspace through both of its implementations: owned in this process, and over the socket of that owner. */
async function bothWays(t: Parent, body: (t: Test, workspace: Workspace) => Promise<void>): Promise<void> {
  for (const way of ['owned in process', 'over the socket']) {
    await t.test(way, async (t) => {
      const afs = new AgentFS({ home: temporaryDirectory(t) });
      const owner = await afs.workspace.create('demo');
      const client = await afs.workspace.get('demo', { own: false });
      t.teardown(async () => {
        await client.close();
        await owner.close();
      });
      await body(t, way === 'over the socket' ? client : owner);
    });
  }
}

t.test('files are written, read, appended, replaced and refused as asked', async (t) => {
  await bothWays(t, async (t, ws) => {
    await ws.writeFile('/a.txt', 'grüße');
    t.equal(await ws.readFile('/a.txt', 'utf8'), 'grüße');
    t.same(await ws.readFile('/a.txt'), Buffer.from('grüße'));
    await ws.appendFile('/a.txt', '!');
    t.equal(await ws.readFile('a.txt', 'utf8'), 'grüße!');
    await ws.writeFile('/a.txt', 'x');
    t.equal(await ws.readFile('/a.txt', 'utf8'), 'x');
    await ws.writeFile('/empty', '');
    t.equal((await ws.readFile('/empty')).length, 0);
    await t.rejects(ws.writeFile('/a.txt', '', { flag: 'wx' }), { code: 'EEXIST', path: '/a.txt' });
    await t.rejects(ws.writeFile('/no/a.txt', ''), { code: 'ENOENT' });
    await t.rejects(ws.writeFile('/a.txt/b', ''), { code: 'ENOTDIR' });
    await t.rejects(ws.writeFile('/', ''), { code: 'EISDIR' });
    await t.rejects(ws.writeFile('/new/', ''), { code: 'EISDIR' });
    await t.rejects(ws.readFile('/nothing'), { code: 'ENOENT', path: '/nothing' });
    await t.rejects(ws.readFile('/'), { code: 'EISDIR' });
    await ws.writeFile('/mode', '', { mode: 0o600 });
    t.equal((await ws.stat('/mode')).mode & 0o7777, 0o600);
  });
});

t.test('names are checked: length, NUL, UTF-8', async (t) => {
  await bothWays(t, async (t, ws) => {
    await ws.writeFile(`/${'n'.repeat(255)}`, '');
    await t.rejects(ws.writeFile(`/${'n'.repeat(256)}`, ''), { code: 'ENAMETOOLONG' });
    await t.rejects(ws.writeFile('/a\0b', ''), { code: 'EINVAL' });
    await t.rejects(ws.writeFile('/\ud800', ''), { code: 'EILSEQ' });
    await t.rejects(ws.readFile(''), { code: 'ENOENT' });
  });
});

t.test('a file larger than one message is written and read by ranges', async (t) => {
  await bothWays(t, async (t, ws) => {
    const data = randomBytes(9 * 1024 * 1024 + 17);
    await ws.writeFile('/big', data);
    t.ok((await ws.readFile('/big')).equals(data), 'read whole');
    await pipeline(
      Readable.from([data.subarray(0, 5_000_000), data.subarray(5_000_000)]),
      ws.createWriteStream('/stream'),
    );
    const pieces: Buffer[] = [];
    for await (const piece of ws.createReadStream('/stream')) pieces.push(piece);
    t.ok(Buffer.concat(pieces).equals(data), 'streamed');
    const part: Buffer[] = [];
    for await (const piece of ws.createReadStream('/big', { start: 100, end: 299 })) part.push(piece);
    t.ok(Buffer.concat(part).equals(data.subarray(100, 300)), 'a range of it');
    await ws.copyFile('/big', '/copy');
    t.ok((await ws.readFile('/copy')).equals(data), 'copied');
    await ws.truncate('/copy', 3);
    t.ok((await ws.readFile('/copy')).equals(data.subarray(0, 3)), 'cut');
  });
});

t.test('an open file goes on meaning the same file when its name moves or goes', async (t) => {
  await bothWays(t, async (t, ws) => {
    await ws.writeFile('/a', 'one');
    const file = await ws.openFile('/a', 'r+');
    await ws.rename('/a', '/b');
    await file.write(0, Buffer.from('two'));
    t.equal(await ws.readFile('/b', 'utf8'), 'two');
    await ws.unlink('/b');
    t.equal((await file.read(0, 10)).toString(), 'two');
    await file.close();
    await file.close();
    await t.rejects(file.read(0, 1), { code: 'EBADF' });
    await t.rejects(ws.openFile('/b'), { code: 'ENOENT' });
    const readOnly = await ws.openFile(await writeNew(ws, '/c'));
    await t.rejects(readOnly.write(0, Buffer.from('x')), { code: 'EBADF' });
    await readOnly.close();
  });
});

async function writeNew(ws: Workspace, path: string): Promise<string> {
  await ws.writeFile(path, 'content');
  return path;
}

t.test('directories are made, listed by pages and removed, with the errors of POSIX', async (t) => {
  await bothWays(t, async (t, ws) => {
    await ws.mkdir('/d');
    await t.rejects(ws.mkdir('/d'), { code: 'EEXIST' });
    await t.rejects(ws.mkdir('/x/y'), { code: 'ENOENT' });
    await ws.mkdir('/x/y/z', { recursive: true });
    await ws.mkdir('/x/y/z', { recursive: true });
    await writeNew(ws, '/x/file');
    await t.rejects(ws.mkdir('/x/file', { recursive: true }), { code: 'EEXIST' });
    await t.rejects(ws.mkdir('/x/file/z', { recursive: true }), { code: 'ENOTDIR' });
    t.same(await ws.readdir('/'), ['d', 'x']);
    const entries = await ws.readdir('/x', { stat: true });
    t.match(entries, [
      { name: 'file', kind: 'file', stat: { size: 7 } },
      { name: 'y', kind: 'directory' },
    ]);
    await t.rejects(ws.readdir('/x/file'), { code: 'ENOTDIR' });
    await Promise.all(Array.from({ length: 300 }, (_, n) => ws.writeFile(`/d/${n}`, '')));
    const names: string[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const page: { entries: readonly { name: string }[]; next: number | null } = await ws.service.call(
        'fs.readdir',
        {
          path: '/d',
          after,
          limit: 7,
        },
      );
      t.ok(page.entries.length <= 7);
      names.push(...page.entries.map(({ name }) => name));
      after = page.next;
    }
    t.equal(new Set(names).size, 300, 'pages miss nothing');
    t.equal(names.length, 300, 'and repeat nothing');
    await t.rejects(ws.rmdir('/d'), { code: 'ENOTEMPTY' });
    await t.rejects(ws.unlink('/d'), { code: 'EISDIR' });
    await t.rejects(ws.rmdir('/x/file'), { code: 'ENOTDIR' });
    await t.rejects(ws.rm('/d'), { code: 'EISDIR' });
    await ws.rm('/d', { recursive: true });
    await t.rejects(ws.rm('/d'), { code: 'ENOENT' });
    await ws.rm('/d', { force: true });
    for (const path of ['/', '/..', '/x/..'])
      await t.rejects(ws.rm(path, { recursive: true }), { code: /EBUSY|EINVAL/ });
    t.same(await ws.readdir('/'), ['x']);
  });
});

t.test('rename replaces, refuses and exchanges as rename(2) does', async (t) => {
  await bothWays(t, async (t, ws) => {
    await ws.mkdir('/a/b', { recursive: true });
    await ws.mkdir('/empty');
    await ws.writeFile('/f', 'f');
    await ws.writeFile('/g', 'g');
    await t.rejects(ws.rename('/a', '/a/b/c'), { code: 'EINVAL' });
    await t.rejects(ws.rename('/a', '/a/b'), { code: 'EINVAL' });
    await t.rejects(ws.rename('/a/b', '/a'), { code: 'ENOTEMPTY' });
    await t.rejects(ws.rename('/f', '/a'), { code: 'EISDIR' });
    await t.rejects(ws.rename('/a', '/f'), { code: 'ENOTDIR' });
    await t.rejects(ws.rename('/none', '/f'), { code: 'ENOENT' });
    await t.rejects(ws.rename('/', '/r'), { code: 'EBUSY' });
    await t.rejects(ws.rename('/f', '/g', { noReplace: true }), { code: 'EEXIST' });
    await t.rejects(ws.rename('/f', '/none', { exchange: true }), { code: 'ENOENT' });
    await t.rejects(ws.rename('/a', '/a/b', { exchange: true }), { code: 'EINVAL' });
    await ws.rename('/f', '/g', { exchange: true });
    t.equal(await ws.readFile('/f', 'utf8'), 'g');
    await ws.rename('/f', '/g');
    t.equal(await ws.readFile('/g', 'utf8'), 'g');
    await ws.rename('/a', '/empty');
    t.same(await ws.readdir('/empty'), ['b']);
    await ws.link('/g', '/h');
    await ws.rename('/g', '/h');
    t.same(await ws.readdir('/'), ['empty', 'g', 'h'], 'two names of one file stay');
  });
});

t.test('symlinks are followed inside the workspace and never out of it', async (t) => {
  await bothWays(t, async (t, ws) => {
    await ws.mkdir('/d/e', { recursive: true });
    await ws.writeFile('/d/e/f', 'deep');
    await ws.symlink('d/e', '/relative');
    await ws.symlink('/d/e', '/absolute');
    await ws.symlink('../../../../etc/passwd', '/d/outside');
    await ws.symlink('loop', '/loop');
    await ws.symlink('/d/made', '/dangling');
    t.equal(await ws.readFile('/relative/f', 'utf8'), 'deep');
    t.equal(await ws.readFile('/absolute/f', 'utf8'), 'deep');
    t.equal(
      await ws.readFile('/relative/../e/f', 'utf8'),
      'deep',
      '.. is the parent of where the link leads',
    );
    t.equal(await ws.realpath('/absolute/f'), '/d/e/f');
    t.equal(await ws.readlink('/relative'), 'd/e');
    t.equal((await ws.lstat('/relative')).kind, 'symlink');
    t.equal((await ws.stat('/relative')).kind, 'directory');
    t.equal((await ws.lstat('/relative/')).kind, 'directory');
    await t.rejects(ws.readFile('/d/outside'), { code: 'ENOENT' });
    await t.rejects(ws.readFile('/loop'), { code: 'ELOOP' });
    t.equal(await ws.exists('/loop'), false);
    t.equal(await ws.exists('/dangling'), false);
    await ws.writeFile('/dangling', 'made');
    t.equal(await ws.readFile('/d/made', 'utf8'), 'made');
    await t.rejects(ws.writeFile('/dangling', '', { flag: 'wx' }), { code: 'EEXIST' });
    await t.rejects(ws.readlink('/d'), { code: 'EINVAL' });
    await t.rejects(ws.symlink('x', '/loop'), { code: 'EEXIST' });
    await ws.rm('/absolute', { recursive: true });
    t.ok(await ws.exists('/d/e/f'), 'removing a link removes no target');
    for (let n = 0; n < 41; n++) await ws.symlink(n === 0 ? '/d/e/f' : `/l${n - 1}`, `/l${n}`);
    t.equal(await ws.readFile('/l39', 'utf8'), 'deep');
    await t.rejects(ws.readFile('/l40'), { code: 'ELOOP' });
  });
});

t.test('attributes are changed to the nanosecond, and hard links share them', async (t) => {
  await bothWays(t, async (t, ws) => {
    await ws.writeFile('/f', 'x');
    await ws.link('/f', '/g');
    t.equal((await ws.stat('/g')).nlink, 2);
    await t.rejects(ws.link('/', '/r'), { code: 'EPERM' });
    await ws.chmod('/f', 0o751);
    t.equal((await ws.stat('/g')).mode, 0o100751);
    await ws.chown('/f', 7, 8);
    t.match(await ws.stat('/g'), { uid: 7, gid: 8 });
    await ws.utimes('/f', { sec: -5, nsec: 999_999_999 }, 1_700_000_000_123_456_789n);
    const stats = await ws.stat('/g');
    t.equal(stats.atimeNs, -4_000_000_001n);
    t.equal(stats.mtimeNs, 1_700_000_000_123_456_789n);
    t.equal(stats.mtime.toISOString(), '2023-11-14T22:13:20.123Z');
    t.same(stats.toJSON().mtime, { sec: 1_700_000_000, nsec: 123_456_789 });
    await ws.utimes('/f', new Date(1000), 2.5);
    t.match(await ws.stat('/f'), { atimeNs: 1_000_000_000n, mtimeNs: 2_500_000_000n });
    await ws.setxattr('/f', 'user.k', 'v');
    t.equal((await ws.getxattr('/f', 'user.k')).toString(), 'v');
    t.same(await ws.listxattr('/g'), ['user.k']);
    await ws.removexattr('/f', 'user.k');
    await t.rejects(ws.getxattr('/f', 'user.k'), { code: 'ENODATA' });
  });
});

t.test('params of a wrong shape are refused by name, whoever sends them', async (t) => {
  await bothWays(t, async (t, ws) => {
    const wrong: [string, object, RegExp][] = [
      ['fs.stat', {}, /'path'/],
      ['fs.stat', { path: 1 }, /'path'/],
      ['fs.chmod', { path: '/', mode: 0o10000 }, /'mode'/],
      ['fs.read', { path: '/', offset: -1, length: 1 }, /'offset'/],
      ['fs.read', { path: '/', offset: 0, length: 2 ** 40 }, /'length'/],
      ['fs.writeFile', { path: '/f', data: 5 }, /'data'/],
      ['fs.writeFile', { path: '/f', data: '', flag: 'r' }, /'flag'/],
      ['fs.utimes', { path: '/', atime: { sec: 1 }, mtime: 'now' }, /'atime'/],
      ['fs.readdir', { path: '/', limit: 0 }, /'limit'/],
      ['events.subscribe', { names: ['nothing'] }, /'names.0' must be one of sync.change/],
    ];
    for (const [method, params, message] of wrong) {
      const call = ws.service.call(method as 'fs.stat', params as { path: string });
      await t.rejects(call, { code: 'INVALID_ARGUMENT', message }, method);
    }
    await t.rejects(ws.service.call('constructor' as 'fs.stat', { path: '/' }), { code: 'UNKNOWN_METHOD' });
    await t.rejects(ws.service.call('fs.nothing' as 'fs.stat', { path: '/' }), { code: 'UNKNOWN_METHOD' });
  });
});

t.test('a client that has only JSON carries bytes as base64 or text', async (t) => {
  await bothWays(t, async (t, ws) => {
    const { service } = ws;
    await service.call('fs.writeFile', { path: '/b', data: 'AP8=', encoding: 'base64' });
    t.same(await ws.readFile('/b'), Buffer.from([0, 255]));
    t.same(await service.call('fs.readFile', { path: '/b', encoding: 'base64' }), { data: 'AP8=', size: 2 });
    await service.call('fs.writeFile', { path: '/t', data: 'text' });
    t.match(await service.call('fs.read', { path: '/t', offset: 1, length: 2, encoding: 'utf8' }), {
      data: 'ex',
    });
  });
});

t.test('a connection cannot hold more than its share of open files, and gives them back', async (t) => {
  await bothWays(t, async (t, ws) => {
    await ws.writeFile('/f', 'x');
    const files = await Promise.all(Array.from({ length: 1024 }, () => ws.openFile('/f')));
    await t.rejects(ws.openFile('/f'), { code: 'INVALID_ARGUMENT', hint: /fs.close/ });
    await files[0]?.close();
    await (await ws.openFile('/f')).close();
  });
});
