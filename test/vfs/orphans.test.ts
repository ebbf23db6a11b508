/** Files without a name that somebody has open, and the numbers of those that are gone. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { codeOf, OWNER, scratch } from './scratch-workspace.js';

t.test('an unlinked file that the kernel knows stays readable and writable until it is forgotten', (t) => {
  const w = scratch(t);
  const file = w.file('file', 'still here');
  const node = w.vfs.rememberNode(file);
  w.vfs.rememberNode(file);
  w.vfs.unlink(w.root, 'file');
  w.vfs.flush();
  t.strictSame(w.rows('SELECT ino FROM afs_orphan'), [{ ino: file.ino }]);
  const open = w.vfs.inodeOfNode(node);
  t.equal(open.nlink, 0);
  t.equal(w.content(open).toString(), 'still here');
  w.vfs.write(open, 0, Buffer.from('STILL'));
  w.vfs.flush();
  w.vfs.forget(node, 1);
  t.equal(w.content(w.vfs.inodeOfNode(node)).toString(), 'STILL here');
  t.strictSame(w.vfs.check(), []);
  w.vfs.forget(node, 1);
  t.equal(
    codeOf(() => w.vfs.inodeOfNode(node)),
    'ESTALE',
  );
  w.vfs.flush();
  for (const table of ['afs_orphan', 'fs_data']) t.strictSame(w.rows(`SELECT ino FROM ${table}`), []);
  t.strictSame(w.rows('SELECT ino FROM fs_inode'), [{ ino: 1 }]);
  t.end();
});

t.test('forgetting a file that has a name changes nothing, and forgetting too much neither', (t) => {
  const w = scratch(t);
  const file = w.file('file', 'x');
  const node = w.vfs.rememberNode(file);
  w.vfs.forget(node, 1);
  w.vfs.forget(node, 1);
  w.vfs.forget(12_345, 3);
  t.equal(w.content(w.vfs.lookup(w.root, 'file')!).toString(), 'x');
  t.end();
});

t.test(
  'an unlinked file that has left memory goes with the last who has it open, and one with a name stays',
  async (t) => {
    const w = scratch(t);
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const many = (prefix: string) =>
      Array.from({ length: 100 }, (_, i) => w.vfs.rememberNode(w.file(`${prefix}${i}`, 'x')));
    const unlinked = many('unlinked');
    const named = many('named');
    for (let i = 0; i < unlinked.length; i += 1) w.vfs.unlink(w.root, `unlinked${i}`);
    w.vfs.flush();
    many('others');
    w.vfs.flush();
    gc();
    await new Promise(setImmediate);
    for (const node of [...unlinked, ...named]) w.vfs.forget(node, 1);
    w.vfs.flush();
    t.strictSame(w.rows('SELECT ino FROM afs_orphan'), []);
    t.equal(w.rows('SELECT ino FROM fs_inode').length, 201);
    t.strictSame(w.vfs.check(), []);
  },
);

t.test('a replaced file and a removed directory live on for those who have them open', async (t) => {
  const w = scratch(t);
  const old = w.file('file', 'old');
  const dir = w.directory('dir');
  w.file('new', 'new');
  await w.reopen();
  const nodes = [old.ino, dir.ino].map((ino) => w.vfs.rememberNode(w.vfs.inode(ino)));
  w.vfs.rename(w.root, 'new', { directory: w.root, name: 'file', flags: 0 });
  w.vfs.rmdir(w.root, 'dir');
  w.vfs.flush();
  t.equal(w.content(w.vfs.inodeOfNode(nodes[0]!)).toString(), 'old');
  t.equal(w.vfs.inodeOfNode(nodes[1]!).nlink, 0);
  w.vfs.forgetAll();
  await w.reopen();
  t.equal(w.rows('SELECT ino FROM fs_inode').length, 2);
  t.strictSame(w.vfs.check(), []);
});

t.test('orphans of an owner that died are swept when the database is opened again', async (t) => {
  const w = scratch(t);
  const file = w.file('file', 'x'.repeat(100_000));
  w.vfs.setxattr(file, 'user.a', { data: Buffer.from('1'), flags: 0 });
  w.vfs.rememberNode(file);
  w.vfs.unlink(w.root, 'file');
  await w.reopen();
  t.strictSame(w.rows('SELECT ino FROM fs_inode'), [{ ino: 1 }]);
  for (const table of ['fs_data', 'afs_xattr', 'afs_orphan'])
    t.strictSame(w.rows(`SELECT * FROM ${table}`), []);
});

t.test('an unnamed file gets a name by link, and is an orphan before', async (t) => {
  const w = scratch(t);
  for (const flushed of [false, true]) {
    const file = w.vfs.createUnnamed(w.root, { ...OWNER, mode: 0o100600 });
    const node = w.vfs.rememberNode(file);
    w.vfs.write(file, 0, Buffer.from('made in the dark'));
    if (flushed) w.vfs.flush();
    t.equal(file.nlink, 0);
    w.vfs.link(file, w.root, `named-${flushed}`);
    w.vfs.forget(node, 1);
  }
  const lost = w.vfs.createUnnamed(w.root, { ...OWNER, mode: 0o100600 });
  w.vfs.rememberNode(lost);
  await w.reopen();
  t.strictSame(w.names(w.root), ['named-false', 'named-true']);
  for (const name of w.names(w.root)) {
    const found = w.vfs.lookup(w.root, name)!;
    t.match(found, { nlink: 1, size: 16 });
    t.equal(w.content(found).toString(), 'made in the dark');
  }
  t.equal(w.rows('SELECT ino FROM fs_inode').length, 3, 'the one that was never named is swept');
});

t.test('inode numbers and cookies are never given out twice, whatever was removed', async (t) => {
  const w = scratch(t);
  const seen = new Set<number>();
  for (let round = 0; round < 4; round += 1) {
    for (let i = 0; i < 5; i += 1) {
      const { ino } = w.file(`${round}-${i}`);
      t.notOk(seen.has(ino), `inode ${ino} is new`);
      seen.add(ino);
      if (i > 1) w.vfs.unlink(w.root, `${round}-${i}`);
      if (round === 2) w.vfs.flush();
    }
    for (const name of w.names(w.root)) w.vfs.unlink(w.root, name);
    await w.reopen();
  }
  t.equal(seen.size, 20);
});
