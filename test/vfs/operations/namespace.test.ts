/** lookup, create, link, unlink, rmdir: what they do and what they refuse, with the errno. */
import t from 'tap';
import { S_IFIFO, S_IFLNK, S_ISGID } from '#src/vfs/index.js';
import { codeOf, OWNER, scratch, TestClock } from '../scratch-workspace.js';

t.test('lookup finds what was made, at once, after a commit and after reopening', async (t) => {
  const w = scratch(t);
  const made = w.file('hello', 'text');
  t.equal(w.vfs.lookup(w.root, 'hello')?.ino, made.ino);
  w.vfs.flush();
  t.equal(w.vfs.lookup(w.root, 'hello')?.ino, made.ino);
  await w.reopen();
  const found = w.vfs.lookup(w.root, 'hello');
  t.match(found, { ino: made.ino, size: 4, mode: 0o100644, uid: 1000, gid: 1000, nlink: 1 });
  t.equal(w.vfs.lookup(w.root, 'Hello'), undefined, 'names are compared byte by byte');
});

t.test('lookup in a file is ENOTDIR, and a name over 255 bytes is ENAMETOOLONG', (t) => {
  const w = scratch(t);
  const file = w.file('file');
  t.equal(
    codeOf(() => w.vfs.lookup(file, 'x')),
    'ENOTDIR',
  );
  t.equal(
    codeOf(() => w.vfs.lookup(w.root, 'x'.repeat(256))),
    'ENAMETOOLONG',
  );
  t.equal(
    codeOf(() => w.vfs.lookup(w.root, 'é'.repeat(128))),
    'ENAMETOOLONG',
  );
  t.equal(w.vfs.lookup(w.root, 'é'.repeat(127)), undefined);
  t.end();
});

t.test('names of 255 bytes in any script survive reopening', async (t) => {
  const w = scratch(t);
  const names = ['x'.repeat(255), '😀'.repeat(63), 'a b\n\t"\\*?', '\u00e9', 'e\u0301', '\u0001', '...'];
  for (const name of names) w.file(name);
  await w.reopen();
  t.strictSame(w.names(w.root), names);
  for (const name of names) t.ok(w.vfs.lookup(w.root, name), JSON.stringify(name));
});

t.test('create refuses names that no entry can have, and leaves nothing', (t) => {
  const w = scratch(t);
  w.vfs.flush();
  const before = w.vfs.statistics().rowsWritten;
  const refused: [string, string][] = [
    ['', 'ENOENT'],
    ['.', 'EINVAL'],
    ['..', 'EINVAL'],
    ['a/b', 'EINVAL'],
    ['a\0b', 'EINVAL'],
    ['x'.repeat(256), 'ENAMETOOLONG'],
    ['lone \ud800 surrogate', 'EILSEQ'],
  ];
  for (const [name, code] of refused)
    t.equal(
      codeOf(() => w.file(name)),
      code,
      JSON.stringify(name),
    );
  w.vfs.flush();
  t.equal(w.vfs.statistics().rowsWritten, before);
  t.strictSame(w.names(w.root), []);
  t.end();
});

t.test('create over a name that is there is EEXIST, also when the entry is only in SQLite', async (t) => {
  const w = scratch(t);
  w.directory('dir');
  await w.reopen();
  t.equal(
    codeOf(() => w.file('dir')),
    'EEXIST',
  );
  t.equal(
    codeOf(() => w.directory('dir')),
    'EEXIST',
  );
  t.equal(w.root.nlink, 3);
});

t.test('create in a file is ENOTDIR, and in a removed directory ENOENT', (t) => {
  const w = scratch(t);
  const file = w.file('file');
  const gone = w.directory('gone');
  w.vfs.rememberNode(gone);
  w.vfs.rmdir(w.root, 'gone');
  t.equal(
    codeOf(() => w.file('x', '', file)),
    'ENOTDIR',
  );
  t.equal(
    codeOf(() => w.file('x', '', gone)),
    'ENOENT',
  );
  t.equal(
    codeOf(() => w.vfs.link(file, gone, 'x')),
    'ENOENT',
  );
  t.end();
});

t.test('create sets all times of the new inode, and mtime and ctime of the directory', (t) => {
  const clock = new TestClock();
  const w = scratch(t, { clock });
  clock.sec += 100;
  const file = w.file('file');
  t.strictSame([file.atimeSec, file.mtimeSec, file.ctimeSec], [clock.sec, clock.sec, clock.sec]);
  t.ok(file.mtimeNsec > 0);
  t.strictSame([w.root.mtimeSec, w.root.ctimeSec], [clock.sec, clock.sec]);
  t.not(w.root.atimeSec, clock.sec);
  t.end();
});

t.test('a set-group-id directory hands on its group, and its bit to directories alone', async (t) => {
  const w = scratch(t);
  const shared = w.directory('shared');
  w.vfs.setattr(shared, { gid: 77, mode: 0o2775 });
  t.equal(w.file('file', '', shared).gid, 77);
  const inner = w.directory('inner', shared);
  t.equal(inner.gid, 77);
  t.equal(inner.mode, 0o040755 | S_ISGID);
  t.equal(w.symlink('link', 'x', shared).gid, 77);
  await w.reopen();
  const found = w.vfs.lookup(w.vfs.lookup(w.root, 'shared')!, 'file');
  t.match(found, { gid: 77, mode: 0o100644 });
});

t.test(
  'symbolic links keep targets up to 4095 bytes; an empty target is ENOENT, a longer ENAMETOOLONG',
  async (t) => {
    const w = scratch(t);
    const long = '/é'.repeat(1365);
    w.symlink('long', long);
    w.symlink('dangling', '../nowhere/ at all');
    t.equal(
      codeOf(() => w.symlink('empty', '')),
      'ENOENT',
    );
    t.equal(
      codeOf(() => w.symlink('longer', `${long}x`)),
      'ENAMETOOLONG',
    );
    t.equal(
      codeOf(() => w.symlink('surrogate', '\udc00')),
      'EILSEQ',
    );
    t.equal(
      codeOf(() => w.vfs.readlink(w.file('file'))),
      'EINVAL',
    );
    await w.reopen();
    const found = w.vfs.lookup(w.root, 'long')!;
    t.equal(found.size, 4095);
    t.equal(w.vfs.readlink(found), long);
    t.equal(w.vfs.readlink(w.vfs.lookup(w.root, 'dangling')!), '../nowhere/ at all');
    t.strictSame(w.names(w.root), ['long', 'dangling', 'file']);
  },
);

t.test('a symbolic link that is linked and renamed keeps its target', async (t) => {
  const w = scratch(t);
  const link = w.symlink('one', 'target');
  w.vfs.link(link, w.root, 'two');
  w.vfs.rename(w.root, 'one', { directory: w.root, name: 'three', flags: 0 });
  await w.reopen();
  const found = w.vfs.lookup(w.root, 'three')!;
  t.equal(found.mode, S_IFLNK | 0o777);
  t.equal(found.nlink, 2);
  t.equal(w.vfs.readlink(found), 'target');
});

t.test('devices, pipes and sockets keep kind and device number', async (t) => {
  const w = scratch(t);
  w.vfs.create(w.root, 'pipe', { ...OWNER, mode: S_IFIFO | 0o600 });
  w.vfs.create(w.root, 'null', { ...OWNER, mode: 0o020666, rdev: 0xfffff103 });
  await w.reopen();
  t.match(w.vfs.lookup(w.root, 'pipe'), { mode: S_IFIFO | 0o600, rdev: 0 });
  const device = w.vfs.lookup(w.root, 'null')!;
  t.match(device, { mode: 0o020666, rdev: 0xfffff103 });
  t.equal(
    codeOf(() => w.vfs.read(device, 0, Buffer.alloc(1))),
    'EINVAL',
  );
});

t.test('link counts go up with each name and down to nothing; a directory is EPERM', async (t) => {
  const w = scratch(t);
  const file = w.file('a', 'shared');
  const dir = w.directory('dir');
  w.vfs.link(file, dir, 'b');
  t.equal(file.nlink, 2);
  t.equal(
    codeOf(() => w.vfs.link(file, dir, 'b')),
    'EEXIST',
  );
  t.equal(
    codeOf(() => w.vfs.link(dir, w.root, 'c')),
    'EPERM',
  );
  t.equal(
    codeOf(() => w.vfs.link(file, file, 'c')),
    'ENOTDIR',
  );
  w.vfs.unlink(w.root, 'a');
  await w.reopen();
  const left = w.vfs.lookup(w.vfs.lookup(w.root, 'dir')!, 'b')!;
  t.match(left, { ino: file.ino, nlink: 1 });
  t.equal(w.content(left).toString(), 'shared');
});

t.test('unlink: ENOENT for nothing, EISDIR for a directory; ctime of what stays moves', (t) => {
  const clock = new TestClock();
  const w = scratch(t, { clock });
  const file = w.file('a');
  w.vfs.link(file, w.root, 'b');
  w.directory('dir');
  t.equal(
    codeOf(() => w.vfs.unlink(w.root, 'x')),
    'ENOENT',
  );
  t.equal(
    codeOf(() => w.vfs.unlink(w.root, 'dir')),
    'EISDIR',
  );
  clock.sec += 5;
  w.vfs.unlink(w.root, 'a');
  t.equal(file.ctimeSec, clock.sec);
  t.not(file.mtimeSec, clock.sec);
  t.equal(w.root.mtimeSec, clock.sec);
  t.end();
});

t.test('rmdir: ENOTEMPTY, ENOTDIR, ENOENT; the parent loses a link', async (t) => {
  const w = scratch(t);
  const dir = w.directory('dir');
  w.file('inside', '', dir);
  w.file('file');
  await w.reopen();
  t.equal(
    codeOf(() => w.vfs.rmdir(w.root, 'dir')),
    'ENOTEMPTY',
    'what is inside is only in SQLite',
  );
  t.equal(
    codeOf(() => w.vfs.rmdir(w.root, 'file')),
    'ENOTDIR',
  );
  t.equal(
    codeOf(() => w.vfs.rmdir(w.root, 'x')),
    'ENOENT',
  );
  w.vfs.unlink(w.vfs.lookup(w.root, 'dir')!, 'inside');
  t.equal(w.root.nlink, 3);
  w.vfs.rmdir(w.root, 'dir');
  t.equal(w.root.nlink, 2);
  await w.reopen();
  t.strictSame(w.names(w.root), ['file']);
  t.strictSame(w.vfs.check(), []);
});

t.test(
  'parentOf finds the parent of a directory that fell out of memory, and the root is its own',
  async (t) => {
    const w = scratch(t);
    let at = w.root;
    const chain = [at.ino];
    for (let i = 0; i < 5; i += 1) {
      at = w.directory('down', at);
      chain.push(at.ino);
    }
    await w.reopen();
    let up = w.vfs.inode(chain.at(-1)!);
    const climbed = [up.ino];
    for (let i = 0; i < 6; i += 1) {
      up = w.vfs.parentOf(up);
      climbed.push(up.ino);
    }
    t.strictSame(climbed, [...chain.reverse(), 1]);
  },
);

t.test(
  'what fell out of the caches and is still held by a caller is the same object when it is found again',
  (t) => {
    const w = scratch(t);
    const dir = w.directory('dir');
    const file = w.file('file', 'one', dir);
    for (let i = 0; i < 300; i += 1) w.file(`other-${i}`, 'x', w.directory(`dir-${i}`));
    w.vfs.flush();
    for (let i = 0; i < 300; i += 1) w.vfs.lookup(w.vfs.lookup(w.root, `dir-${i}`)!, `other-${i}`);
    w.vfs.write(file, 3, Buffer.from(' two'));
    const again = w.vfs.lookup(w.vfs.lookup(w.root, 'dir')!, 'file')!;
    t.equal(again, file);
    t.equal(w.content(again).toString(), 'one two');
    t.end();
  },
);

t.test(
  'a rename out of a directory that falls out of memory on the way is seen by the next reader',
  async (t) => {
    const w = scratch(t);
    const small = w.directory('small');
    const large = w.directory('large');
    w.file('moved', 'x', small);
    for (let i = 0; i < 400; i += 1) w.file(`entry-${i}`, '', large);
    await w.reopen();
    const from = w.vfs.lookup(w.root, 'small')!;
    const to = w.vfs.lookup(w.root, 'large')!;
    for (const name of ['w', 'x', 'y']) w.vfs.lookup(to, name); // The next miss loads it whole.
    w.vfs.rename(from, 'moved', { directory: to, name: 'arrived', flags: 0 });
    t.equal(w.vfs.lookup(from, 'moved'), undefined);
    t.strictSame(w.names(from), []);
    t.ok(w.vfs.lookup(to, 'arrived'));
    w.vfs.flush();
    t.strictSame(w.names(from), []);
    t.equal(w.names(to).length, 401);
  },
);
