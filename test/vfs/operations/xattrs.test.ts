/** Extended attributes: values, flags, limits, and how long they live. */
import t from 'tap';
import { XATTR_CREATE, XATTR_REPLACE } from '#src/vfs/index.js';
import { codeOf, scratch } from '../scratch-workspace.js';

const value = (text: string, flags = 0) => ({ data: Buffer.from(text), flags });

t.test(
  'attributes of any bytes are set, replaced, listed and removed, over commits and reopening',
  async (t) => {
    const w = scratch(t);
    const file = w.file('file');
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    w.vfs.setxattr(file, 'user.bytes', { data: bytes, flags: 0 });
    w.vfs.setxattr(file, 'user.empty', value(''));
    w.vfs.setxattr(w.root, 'user.on root', value('dir'));
    await w.reopen();
    let found = w.vfs.lookup(w.root, 'file')!;
    t.strictSame(Buffer.from(w.vfs.getxattr(found, 'user.bytes')), bytes);
    t.equal(w.vfs.getxattr(found, 'user.empty').length, 0);
    t.equal(Buffer.from(w.vfs.getxattr(w.root, 'user.on root')).toString(), 'dir');
    w.vfs.setxattr(found, 'user.bytes', value('other'));
    w.vfs.removexattr(found, 'user.empty');
    w.vfs.setxattr(found, 'user.gone', value('x'));
    w.vfs.removexattr(found, 'user.gone');
    t.strictSame(w.vfs.listxattr(found), ['user.bytes']);
    await w.reopen();
    found = w.vfs.lookup(w.root, 'file')!;
    t.strictSame(w.vfs.listxattr(found), ['user.bytes']);
    t.equal(Buffer.from(w.vfs.getxattr(found, 'user.bytes')).toString(), 'other');
  },
);

t.test('the value is copied when it is set', (t) => {
  const w = scratch(t);
  const file = w.file('file');
  const data = Buffer.from('mine');
  w.vfs.setxattr(file, 'user.a', { data, flags: 0 });
  data.fill(0);
  t.equal(Buffer.from(w.vfs.getxattr(file, 'user.a')).toString(), 'mine');
  t.end();
});

t.test('XATTR_CREATE is EEXIST, XATTR_REPLACE and what is absent ENODATA', (t) => {
  const w = scratch(t);
  const file = w.file('file');
  t.equal(
    codeOf(() => w.vfs.getxattr(file, 'user.a')),
    'ENODATA',
  );
  t.equal(
    codeOf(() => w.vfs.removexattr(file, 'user.a')),
    'ENODATA',
  );
  t.equal(
    codeOf(() => w.vfs.setxattr(file, 'user.a', value('1', XATTR_REPLACE))),
    'ENODATA',
  );
  w.vfs.setxattr(file, 'user.a', value('1', XATTR_CREATE));
  t.equal(
    codeOf(() => w.vfs.setxattr(file, 'user.a', value('2', XATTR_CREATE))),
    'EEXIST',
  );
  w.vfs.setxattr(file, 'user.a', value('3', XATTR_REPLACE));
  t.equal(Buffer.from(w.vfs.getxattr(file, 'user.a')).toString(), '3');
  t.end();
});

t.test('limits are those of Linux: names of 255 bytes, values of 64 KiB, 64 KiB of names', (t) => {
  const w = scratch(t);
  const file = w.file('file');
  const set = (name: string, size: number) =>
    codeOf(() => w.vfs.setxattr(file, name, { data: Buffer.alloc(size, 1), flags: 0 }));
  t.equal(set(`user.${'n'.repeat(250)}`, 65_536), 'none');
  t.equal(set(`user.${'n'.repeat(251)}`, 1), 'ERANGE');
  t.equal(set(`user.${'é'.repeat(126)}`, 1), 'ERANGE');
  t.equal(set('', 1), 'ERANGE');
  t.equal(set('user.large', 65_537), 'E2BIG');
  let count = 0;
  while (count < 1000 && set(`user.${'x'.repeat(246)}${String(count).padStart(4, '0')}`, 1) === 'none')
    count += 1;
  t.equal(count, 255, 'and one of 255 bytes before: 256 names with a NUL each');
  t.equal(set('user.more', 1), 'ENOSPC');
  t.equal(set(`user.${'n'.repeat(250)}`, 2), 'none', 'replacing needs no new name');
  t.end();
});

t.test('POSIX ACLs and everything else of system. is EOPNOTSUPP', (t) => {
  const w = scratch(t);
  const file = w.file('file');
  const name = 'system.posix_acl_access';
  t.equal(
    codeOf(() => w.vfs.getxattr(file, name)),
    'EOPNOTSUPP',
  );
  t.equal(
    codeOf(() => w.vfs.setxattr(file, name, value('x'))),
    'EOPNOTSUPP',
  );
  t.equal(
    codeOf(() => w.vfs.removexattr(file, name)),
    'EOPNOTSUPP',
  );
  t.end();
});

t.test('attributes go with their file', async (t) => {
  const w = scratch(t);
  w.vfs.setxattr(w.file('a'), 'user.a', value('1'));
  w.vfs.setxattr(w.file('b'), 'user.b', value('1'));
  w.vfs.flush();
  w.vfs.unlink(w.root, 'a');
  w.vfs.rename(w.root, 'b', { directory: w.root, name: 'c', flags: 0 });
  await w.reopen();
  t.strictSame(w.rows('SELECT name FROM afs_xattr'), [{ name: 'user.b' }]);
  t.strictSame(w.vfs.listxattr(w.vfs.lookup(w.root, 'c')!), ['user.b']);
});
