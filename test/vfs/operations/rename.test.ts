/** rename with its flags: what moves, what is refused, and what link counts and times say afterwards. */
import t from 'tap';
import { RENAME_EXCHANGE, RENAME_NOREPLACE } from '#src/vfs/index.js';
import { codeOf, scratch, TestClock } from '../scratch-workspace.js';

t.test('rename moves a file and a directory, with their content and inode numbers', async (t) => {
  const w = scratch(t);
  const file = w.file('file', 'text');
  const dir = w.directory('dir');
  const inner = w.directory('inner', dir);
  w.file('deep', 'below', inner);
  w.vfs.rename(w.root, 'file', { directory: inner, name: 'moved', flags: 0 });
  w.vfs.rename(dir, 'inner', { directory: w.root, name: 'outer', flags: 0 });
  t.equal(dir.nlink, 2);
  t.equal(w.root.nlink, 4);
  t.equal(w.vfs.parentOf(inner).ino, 1);
  await w.reopen();
  const outer = w.vfs.lookup(w.root, 'outer')!;
  t.equal(outer.ino, inner.ino);
  t.strictSame(w.names(outer), ['deep', 'moved']);
  t.match(w.vfs.lookup(outer, 'moved'), { ino: file.ino, nlink: 1, size: 4 });
  t.strictSame(w.vfs.check(), []);
});

t.test('rename over a file replaces it, and over a hard link of itself does nothing', async (t) => {
  const w = scratch(t);
  const first = w.file('first', '1');
  w.file('second', '2');
  w.vfs.link(first, w.root, 'same');
  w.vfs.rename(w.root, 'first', { directory: w.root, name: 'same', flags: 0 });
  t.strictSame(w.names(w.root), ['first', 'second', 'same']);
  t.equal(first.nlink, 2);
  w.vfs.rename(w.root, 'first', { directory: w.root, name: 'second', flags: 0 });
  await w.reopen();
  t.strictSame(w.names(w.root), ['second', 'same'], 'the replaced name keeps its place');
  t.match(w.vfs.lookup(w.root, 'second'), { ino: first.ino, nlink: 2 });
  t.equal(w.rows('SELECT * FROM fs_data').length, 1, 'the content of the replaced file is gone');
});

t.test('rename over a directory wants an empty one and the same kind on both sides', (t) => {
  const w = scratch(t);
  const full = w.directory('full');
  w.file('x', '', full);
  w.directory('empty');
  w.directory('source');
  w.file('file');
  const to = (name: string) => ({ directory: w.root, name, flags: 0 });
  t.equal(
    codeOf(() => w.vfs.rename(w.root, 'source', to('full'))),
    'ENOTEMPTY',
  );
  t.equal(
    codeOf(() => w.vfs.rename(w.root, 'source', to('file'))),
    'ENOTDIR',
  );
  t.equal(
    codeOf(() => w.vfs.rename(w.root, 'file', to('empty'))),
    'EISDIR',
  );
  t.equal(
    codeOf(() => w.vfs.rename(full, 'x', to('full'))),
    'EISDIR',
  );
  t.equal(
    codeOf(() => w.vfs.rename(w.root, 'nothing', to('y'))),
    'ENOENT',
  );
  t.equal(
    codeOf(() => w.vfs.rename(w.root, 'file', to(''))),
    'ENOENT',
  );
  t.equal(w.root.nlink, 5);
  w.vfs.rename(w.root, 'source', to('empty'));
  t.equal(w.root.nlink, 4);
  t.strictSame(w.vfs.check(), []);
  t.end();
});

t.test(
  'rename of a directory into itself or below is EINVAL, also after its parents fell out of memory',
  async (t) => {
    const w = scratch(t);
    const a = w.directory('a');
    const b = w.directory('b', a);
    const c = w.directory('c', b);
    await w.reopen();
    const into = (ino: number, flags = 0) => ({ directory: w.vfs.inode(ino), name: 'x', flags });
    for (const ino of [a.ino, b.ino, c.ino]) {
      t.equal(
        codeOf(() => w.vfs.rename(w.root, 'a', into(ino))),
        'EINVAL',
      );
    }
    const exchange = { directory: w.vfs.inode(b.ino), name: 'c', flags: RENAME_EXCHANGE };
    t.equal(
      codeOf(() => w.vfs.rename(w.root, 'a', exchange)),
      'EINVAL',
      'source above target',
    );
    const back = { directory: w.root, name: 'a', flags: RENAME_EXCHANGE };
    t.equal(
      codeOf(() => w.vfs.rename(w.vfs.inode(b.ino), 'c', back)),
      'EINVAL',
      'target above source',
    );
    t.equal(
      codeOf(() => w.vfs.rename(w.vfs.inode(b.ino), 'c', { directory: w.root, name: 'a', flags: 0 })),
      'ENOTEMPTY',
    );
    t.strictSame(w.vfs.check(), []);
  },
);

t.test('RENAME_NOREPLACE is EEXIST over anything; unknown and contradicting flags are EINVAL', (t) => {
  const w = scratch(t);
  const file = w.file('file');
  w.vfs.link(file, w.root, 'same');
  const to = (name: string, flags: number) => ({ directory: w.root, name, flags });
  t.equal(
    codeOf(() => w.vfs.rename(w.root, 'file', to('same', RENAME_NOREPLACE))),
    'EEXIST',
  );
  t.equal(
    codeOf(() => w.vfs.rename(w.root, 'file', to('file', RENAME_NOREPLACE))),
    'EEXIST',
  );
  t.equal(
    codeOf(() => w.vfs.rename(w.root, 'file', to('x', 4))),
    'EINVAL',
  );
  t.equal(
    codeOf(() => w.vfs.rename(w.root, 'file', to('same', RENAME_NOREPLACE | RENAME_EXCHANGE))),
    'EINVAL',
  );
  w.vfs.rename(w.root, 'file', to('free', RENAME_NOREPLACE));
  t.strictSame(w.names(w.root), ['same', 'free']);
  t.end();
});

t.test(
  'RENAME_EXCHANGE swaps a file and a full directory across directories, with link counts and parents',
  async (t) => {
    const w = scratch(t);
    const left = w.directory('left');
    const right = w.directory('right');
    const file = w.file('f', 'text', left);
    const dir = w.directory('d', right);
    w.file('inside', '', dir);
    t.equal(
      codeOf(() => w.vfs.rename(left, 'f', { directory: right, name: 'missing', flags: RENAME_EXCHANGE })),
      'ENOENT',
    );
    w.vfs.rename(left, 'f', { directory: right, name: 'd', flags: RENAME_EXCHANGE });
    t.strictSame([left.nlink, right.nlink], [3, 2]);
    t.equal(w.vfs.parentOf(dir).ino, left.ino);
    await w.reopen();
    t.equal(w.vfs.lookup(w.vfs.inode(left.ino), 'f')!.ino, dir.ino);
    t.equal(w.vfs.lookup(w.vfs.inode(right.ino), 'd')!.ino, file.ino);
    t.strictSame(w.vfs.check(), []);
  },
);

t.test('rename moves ctime of the file and mtime of both directories', (t) => {
  const clock = new TestClock();
  const w = scratch(t, { clock });
  const a = w.directory('a');
  const b = w.directory('b');
  const file = w.file('file', '', a);
  clock.sec += 9;
  w.vfs.rename(a, 'file', { directory: b, name: 'file', flags: 0 });
  t.equal(file.ctimeSec, clock.sec);
  t.not(file.mtimeSec, clock.sec);
  t.strictSame([a.mtimeSec, a.ctimeSec, b.mtimeSec, b.ctimeSec], Array(4).fill(clock.sec));
  t.end();
});

t.test('an edit by a temporary file, a hundred times, leaves one entry and one content', async (t) => {
  const w = scratch(t);
  w.file('notes', '0');
  for (let i = 1; i <= 100; i += 1) {
    w.file('.notes.tmp', String(i));
    w.vfs.rename(w.root, '.notes.tmp', { directory: w.root, name: 'notes', flags: 0 });
    if (i % 7 === 0) w.vfs.flush();
  }
  await w.reopen();
  t.strictSame(w.names(w.root), ['notes']);
  t.equal(w.content(w.vfs.lookup(w.root, 'notes')!).toString(), '100');
  t.equal(w.rows('SELECT * FROM fs_inode').length, 2);
  t.equal(w.rows('SELECT * FROM fs_data').length, 1);
});
