/**
 * The `agentfs-sdk` npm package and we read and write the same databases.
 *
 * Its reader joins the chunks that are there, so sparse files are not its business; everything else is. It runs in
 * processes of its own: its engine keeps what it knows of a database file as long as the process lives.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openVfs, type Vfs } from '#src/vfs/index.js';

const SIZES = [0, 1, 4095, 4096, 4097, 65_536, 65_537, 300_000];
const OWNER = { uid: 1000, gid: 1000 };

function bytesOf(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i += 1) bytes[i] = (i * 31 + size) & 255;
  return bytes;
}

function databaseOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'agentfs-sdk-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'workspace.db');
}

function at(vfs: Vfs, path: string): ReturnType<Vfs['inode']> {
  let inode = vfs.inode(1);
  for (const name of path.split('/').filter(Boolean)) {
    const next = vfs.lookup(inode, name);
    if (next === undefined) throw new Error(`${path} is not there`);
    inode = next;
  }
  return inode;
}

function contentOf(vfs: Vfs, path: string): Buffer {
  const inode = at(vfs, path);
  const bytes = Buffer.alloc(inode.size);
  vfs.read(inode, 0, bytes);
  return bytes;
}

function namesIn(vfs: Vfs, path: string): string[] {
  const names: string[] = [];
  vfs.readdir(at(vfs, path), 0, ({ name }) => names.push(name) > 0);
  return names.sort();
}

/** Runs `script` with an open `sdk` of the real package in a process of its own; what it returns is JSON. */
function withSdk(path: string, script: string): unknown {
  const source = `
    import { AgentFS } from 'agentfs-sdk';
    const SIZES = ${JSON.stringify(SIZES)};
    ${bytesOf}
    ${workWithSdk}
    const sdk = await AgentFS.open({ path: ${JSON.stringify(path)} });
    const result = await (async () => { ${script} })();
    await sdk.close();
    console.log(JSON.stringify(result ?? null));`;
  const cwd = join(import.meta.dirname, '..', '..', '..');
  const args = ['--input-type=module', '-e', source];
  return JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: 60_000 }));
}

/** The part of the SDK that is used here. */
interface Sdk {
  readonly fs: {
    mkdir(path: string): Promise<void>;
    writeFile(path: string, data: Buffer): Promise<void>;
    symlink(target: string, path: string): Promise<void>;
    rename(from: string, to: string): Promise<void>;
    open(path: string): Promise<{
      pwrite(offset: number, data: Buffer): Promise<void>;
      truncate(size: number): Promise<void>;
    }>;
  };
}

/** What the SDK makes, in a tree of its own; its text runs in the other process. */
async function workWithSdk(sdk: Sdk, top: string): Promise<void> {
  await sdk.fs.mkdir(`/${top}`);
  for (const size of SIZES) await sdk.fs.writeFile(`/${top}/deep/er/file-${size}`, bytesOf(size));
  await sdk.fs.mkdir(`/${top}/empty`);
  await sdk.fs.symlink('deep/er/file-1', `/${top}/link`);
  await sdk.fs.rename(`/${top}/deep/er/file-0`, `/${top}/moved`);
  const file = await sdk.fs.open(`/${top}/deep/er/file-4097`);
  await file.pwrite(4000, Buffer.alloc(9000, 0x77));
  await file.truncate(10_001);
}

function expectSdkTree(t: Test, vfs: Vfs, top: string): void {
  t.strictSame(namesIn(vfs, top), ['deep', 'empty', 'link', 'moved']);
  t.strictSame(namesIn(vfs, `${top}/empty`), []);
  for (const size of SIZES) {
    if (size === 0 || size === 4097) continue;
    t.ok(contentOf(vfs, `${top}/deep/er/file-${size}`).equals(bytesOf(size)), `${size} bytes`);
  }
  const patched = Buffer.concat([bytesOf(4097).subarray(0, 4000), Buffer.alloc(6001, 0x77)]);
  t.ok(contentOf(vfs, `${top}/deep/er/file-4097`).equals(patched), 'the patched file');
  t.equal(at(vfs, `${top}/moved`).size, 0);
  t.equal(vfs.readlink(at(vfs, `${top}/link`)), 'deep/er/file-1');
  t.equal(at(vfs, top).nlink, 4, 'two and its two subdirectories');
  t.equal(at(vfs, `${top}/deep`).nlink, 3);
  t.equal(at(vfs, `${top}/deep/er`).nlink, 2);
  t.equal(at(vfs, `${top}/link`).nlink, 1);
}

t.test(
  'a database of the SDK opens here with the same files, POSIX link counts, and its other tables',
  async (t) => {
    const path = databaseOf(t);
    withSdk(
      path,
      `await workWithSdk(sdk, 'theirs');
     await sdk.kv.set('answer', { is: 42 });
     await sdk.tools.record('search', 1, 2, { query: 'x' }, { hits: 3 });`,
    );

    const vfs = openVfs(path);
    t.equal(vfs.state.store.chunkSize, 4096, 'their chunk size stays');
    expectSdkTree(t, vfs, 'theirs');
    t.equal(vfs.inode(1).nlink, 3);
    t.strictSame(vfs.check(), []);
    vfs.write(at(vfs, 'theirs/deep/er/file-300000'), 150_000, Buffer.from('ours'));
    vfs.unlink(at(vfs, 'theirs'), 'moved');
    vfs.create(at(vfs, 'theirs'), 'new', { ...OWNER, mode: 0o040755 });
    await vfs.close();

    const seen = withSdk(
      path,
      `const want = bytesOf(300000);
     want.write('ours', 150000);
     return {
       same: want.equals(await sdk.fs.readFile('/theirs/deep/er/file-300000')),
       names: (await sdk.fs.readdir('/theirs')).sort(),
       answer: await sdk.kv.get('answer'),
       calls: (await sdk.tools.getByName('search')).map((call) => call.result),
     };`,
    );
    t.strictSame(seen, {
      same: true,
      names: ['deep', 'empty', 'link', 'new'],
      answer: { is: 42 },
      calls: [{ hits: 3 }],
    });
  },
);

t.test(
  'a database of ours opens in the SDK with the same files, and what it writes comes back',
  async (t) => {
    const path = databaseOf(t);
    let vfs = openVfs(path, { create: true });
    const dir = vfs.create(vfs.inode(1), 'dir', { ...OWNER, mode: 0o040755 });
    for (const size of SIZES) {
      const file = vfs.create(dir, `file-${size}`, { ...OWNER, mode: 0o100644 });
      for (let at = 0; at < size; at += 50_000) vfs.write(file, at, bytesOf(size).subarray(at, at + 50_000));
    }
    vfs.link(at(vfs, 'dir/file-1'), vfs.inode(1), 'hard');
    vfs.create(vfs.inode(1), 'link', { ...OWNER, mode: 0o120777, target: 'dir/file-4096' });
    vfs.setxattr(at(vfs, 'dir/file-1'), 'user.a', { data: Buffer.from('kept'), flags: 0 });
    vfs.setattr(at(vfs, 'dir/file-1'), { mtime: { sec: 1_000_000_000, nsec: 123_456_789 } });
    const last = vfs.create(vfs.inode(1), 'to be removed', { ...OWNER, mode: 0o040755 }).ino;
    await vfs.close();

    const seen = withSdk(
      path,
      `const contents = [];
     for (const size of SIZES) contents.push(bytesOf(size).equals(await sdk.fs.readFile('/dir/file-' + size)));
     const { size, nlink, mtime, uid } = await sdk.fs.stat('/hard');
     return { contents, hard: { size, nlink, mtime, uid }, names: (await sdk.fs.readdir('/')).sort(),
       target: await sdk.fs.readlink('/link') };`,
    );
    t.strictSame(seen, {
      contents: SIZES.map(() => true),
      hard: { size: 1, nlink: 2, mtime: 1_000_000_000, uid: 1000 },
      names: ['dir', 'hard', 'link', 'to be removed'],
      target: 'dir/file-4096',
    });
    withSdk(
      path,
      `await workWithSdk(sdk, 'theirs');
     await sdk.fs.writeFile('/dir/file-65537', 'shorter now');
     await sdk.fs.unlink('/hard');
     await sdk.fs.rmdir('/to be removed');
     await sdk.kv.set('k', 'v');
     await sdk.tools.start('search', { query: 'x' });`,
    );

    vfs = openVfs(path);
    expectSdkTree(t, vfs, 'theirs');
    t.equal(vfs.inode(1).nlink, 4, 'dir and theirs');
    t.equal(contentOf(vfs, 'dir/file-65537').toString(), 'shorter now');
    t.match(at(vfs, 'dir/file-1'), { nlink: 1, mtimeNsec: 123_456_789 });
    t.equal(Buffer.from(vfs.getxattr(at(vfs, 'dir/file-1'), 'user.a')).toString(), 'kept');
    t.strictSame(vfs.check(), [], 'also the directory that the SDK removed has gone');
    t.throws(() => vfs.inode(last), { code: 'ENOENT' });
    const made = vfs.create(vfs.inode(1), 'after', { ...OWNER, mode: 0o100644 });
    t.ok(made.ino > last, 'and its number is not used again');
    await vfs.close();
    const kept = withSdk(
      path,
      "return [await sdk.kv.get('k'), (await sdk.tools.getByName('search')).length]",
    );
    t.strictSame(kept, ['v', 1]);
  },
);

t.test('a directory that the SDK filled and emptied is empty here', async (t) => {
  const path = databaseOf(t);
  withSdk(
    path,
    `for (let i = 0; i < 20; i += 1) await sdk.fs.writeFile('/dir/file-' + i, String(i));
     await sdk.fs.rm('/dir', { recursive: true });
     await sdk.fs.writeFile('/dir/again', 'x');`,
  );
  const vfs = openVfs(path);
  t.strictSame(namesIn(vfs, 'dir'), ['again']);
  t.strictSame(vfs.check(), []);
  vfs.unlink(at(vfs, 'dir'), 'again');
  vfs.rmdir(vfs.inode(1), 'dir');
  t.strictSame(vfs.check(), []);
  await vfs.close();
});
