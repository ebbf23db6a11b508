import t from 'tap';
import { COPY_FILE_RANGE_OUT, LSEEK_OUT, STATFS_OUT, WRITE_OUT } from '#src/fuse/protocol/layouts.js';
import { decode } from '#src/fuse/protocol/struct.js';
import { ViewCache } from '#src/fuse/view-cache.js';
import { S_IFREG } from '#src/vfs/types.js';
import { FakeKernel } from '../fake-kernel.js';
import { MemoryFilesystem } from '../memory-filesystem.js';

function serve() {
  const filesystem = new MemoryFilesystem();
  const kernel = new FakeKernel(filesystem);
  kernel.init();
  const file = filesystem.create(filesystem.inode(1), 'f', { mode: S_IFREG | 0o644, uid: 0, gid: 0 });
  return { filesystem, kernel, file };
}

t.test('WRITE takes its data where fuse_write_in ends, at the offset it says, O_APPEND or not', async (t) => {
  const { kernel, file } = serve();
  const O_APPEND = 0o2000;
  const ask = (offset: number, text: string) =>
    kernel.ask('WRITE', {
      node: file.ino,
      fields: { offset, size: text.length, flags: O_APPEND },
      data: Buffer.from(text),
    });
  t.match(decode(WRITE_OUT, ask(0, 'hello')!.body), { size: 5 });
  ask(1, 'E');
  ask(7, '!');
  t.equal(Buffer.from(file.data).toString(), 'hEllo\0\0!');
});

t.test(
  'a write of 1 MiB arrives whole, and one that claims more than it carries answers EINVAL',
  async (t) => {
    const { kernel, file } = serve();
    const data = Buffer.alloc(1024 * 1024, 'abcdefg');
    t.equal(kernel.ask('WRITE', { node: file.ino, fields: { size: data.length }, data })?.error, 0);
    t.ok(data.equals(file.data));
    t.equal(
      kernel.ask('WRITE', { node: file.ino, fields: { size: 6 }, data: Buffer.from('short') })?.error,
      -22,
    );
  },
);

t.test('WRITE drops set-user-id when the kernel says so', async (t) => {
  const { kernel, file } = serve();
  file.mode = S_IFREG | 0o6755;
  kernel.ask('WRITE', { node: file.ino, fields: { size: 1 }, data: Buffer.of(1) });
  t.equal(file.mode, S_IFREG | 0o6755);
  kernel.ask('WRITE', { node: file.ino, fields: { size: 1, write_flags: 4 }, data: Buffer.of(1) });
  t.equal(file.mode, S_IFREG | 0o755);
});

t.test('READ answers the bytes, short at the end and empty behind it', async (t) => {
  const { kernel, filesystem, file } = serve();
  filesystem.write(file, 0, Buffer.from('0123456789'));
  const read = (offset: number | bigint, size: number) =>
    kernel.ask('READ', { node: file.ino, fields: { offset, size } })!;
  t.equal(read(2, 4).body.toString(), '2345');
  t.equal(read(8, 4096).body.toString(), '89');
  t.equal(read(10, 4096).len, 16);
  t.equal(read(2n ** 63n, 4096).len, 16);
  t.equal(read(0, 0xffff_ffff).error, -22);
});

t.test('FALLOCATE, LSEEK and both COPY_FILE_RANGEs pass their ranges on', async (t) => {
  const { kernel, filesystem, file } = serve();
  kernel.ask('FALLOCATE', { node: file.ino, fields: { offset: 4, length: 4 } });
  t.equal(file.size, 8);
  const seek = kernel.ask('LSEEK', { node: file.ino, fields: { offset: 3, whence: 4 } })!;
  t.match(decode(LSEEK_OUT, seek.body), { offset: 8n });
  t.equal(kernel.ask('LSEEK', { node: file.ino, fields: { offset: 8, whence: 3 } })?.error, -6);
  t.equal(kernel.ask('LSEEK', { node: file.ino, fields: { offset: 2n ** 63n, whence: 3 } })?.error, -6);

  filesystem.write(file, 0, Buffer.from('abcdefgh'));
  const to = filesystem.create(filesystem.inode(1), 'to', { mode: S_IFREG, uid: 0, gid: 0 });
  const fields = { off_in: 2, nodeid_out: to.ino, off_out: 1, len: 2n ** 62n };
  const wide = kernel.ask('COPY_FILE_RANGE_64', { node: file.ino, fields })!;
  t.match(decode(COPY_FILE_RANGE_OUT, wide.body), { bytes_copied: 6n });
  const narrow = kernel.ask('COPY_FILE_RANGE', { node: file.ino, fields: { ...fields, len: 3 } })!;
  t.match(decode(WRITE_OUT, narrow.body), { size: 3 });
  t.equal(Buffer.from(to.data).toString(), '\0cdefgh');
  const flagged = { node: file.ino, fields: { ...fields, flags: 1 } };
  t.equal(kernel.ask('COPY_FILE_RANGE_64', flagged)?.error, -22);
});

t.test('STATFS answers its 80 bytes, also blocks beyond 32 bits', async (t) => {
  const { kernel } = serve();
  t.same(decode(STATFS_OUT, kernel.ask('STATFS')!.body), {
    blocks: 2n ** 40n,
    bfree: 1000n,
    bavail: 900n,
    files: 50n,
    ffree: 40n,
    bsize: 4096,
    namelen: 255,
    frsize: 4096,
  });
});

t.test('extended attributes: length, value, ERANGE, list, removal', async (t) => {
  const { kernel, file } = serve();
  const node = file.ino;
  const set = { node, fields: { size: 5 }, names: ['user.k'], data: Buffer.from('value') };
  t.equal(kernel.ask('SETXATTR', set)?.error, 0);
  kernel.request.fill(0);
  t.equal(Buffer.from(file.xattrs.get('user.k')!).toString(), 'value', 'a copy was kept');
  const get = (size: number) => kernel.ask('GETXATTR', { node, fields: { size }, names: ['user.k'] })!;
  t.same(get(0).body, Buffer.from([5, 0, 0, 0, 0, 0, 0, 0]));
  t.equal(get(5).body.toString(), 'value');
  t.equal(get(4).error, -34);
  t.equal(kernel.ask('LISTXATTR', { node, fields: { size: 64 } })?.body.toString(), 'user.k\0');
  t.same(kernel.ask('LISTXATTR', { node })?.body, Buffer.from([7, 0, 0, 0, 0, 0, 0, 0]));
  t.equal(kernel.ask('LISTXATTR', { node, fields: { size: 6 } })?.error, -34);
  t.equal(kernel.ask('REMOVEXATTR', { node, names: ['user.k'] })?.error, 0);
  t.equal(kernel.ask('REMOVEXATTR', { node, names: ['user.k'] })?.error, -61);
  t.equal(get(0).error, -61);
  for (const name of ['system.posix_acl_access', 'security.selinux']) {
    t.equal(kernel.ask('GETXATTR', { node, names: [name] })?.error, -95, name);
  }
  t.equal(kernel.ask('SETXATTR', { ...set, fields: { size: 6 } })?.error, -22);
});

t.test('reads and writes of a repeated length make no view of the buffer', async (t) => {
  const cache = new ViewCache(Buffer.from('0123456789'), 2);
  t.equal(Buffer.from(cache.view(3)).toString(), '234');
  for (let round = 0; round < 100; round++) {
    cache.view(3);
    cache.view(4);
    cache.view(0);
  }
  t.equal(cache.made, 3);
  t.equal(cache.view(3).length, 3);
});
