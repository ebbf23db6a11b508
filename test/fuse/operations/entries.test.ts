import t from 'tap';
import { InitFlag, SetattrValid } from '#src/fuse/protocol/flags.js';
import { ATTR_OUT, ENTRY_OUT, OPEN_OUT } from '#src/fuse/protocol/layouts.js';
import { decode } from '#src/fuse/protocol/struct.js';
import { type Attributes, S_IFDIR, S_IFREG } from '#src/vfs/types.js';
import { ALL_FLAGS, FakeKernel } from '../fake-kernel.js';
import { MemoryFilesystem } from '../memory-filesystem.js';

const DAY = 86_400n;

function serve(): { kernel: FakeKernel; filesystem: MemoryFilesystem; root: Attributes } {
  const filesystem = new MemoryFilesystem();
  const kernel = new FakeKernel(filesystem);
  kernel.init();
  return { kernel, filesystem, root: filesystem.inode(1) };
}

function fileIn(filesystem: MemoryFilesystem, name = 'file') {
  return filesystem.create(filesystem.inode(1), name, { mode: S_IFREG | 0o640, uid: 7, gid: 8 });
}

t.test('LOOKUP answers an entry for a day with every attribute, and counts it', async (t) => {
  const { kernel, filesystem } = serve();
  const file = fileIn(filesystem, 'né');
  Object.assign(file, { size: 2 ** 40 + 1, nlink: 3, rdev: 0x1234, mtimeSec: -1, mtimeNsec: 999_999_999 });
  Object.assign(file, { atimeSec: 2 ** 40, ctimeSec: 4_000_000_000 });
  const entry = decode(ENTRY_OUT, kernel.ask('LOOKUP', { names: ['né'] })!.body);
  t.same(entry, {
    nodeid: BigInt(file.ino),
    generation: 0n,
    entry_valid: DAY,
    attr_valid: DAY,
    entry_valid_nsec: 0,
    attr_valid_nsec: 0,
    ino: BigInt(file.ino),
    size: 2n ** 40n + 1n,
    blocks: 2n ** 31n + 1n,
    atime: 2n ** 40n,
    mtime: -1n,
    ctime: 4_000_000_000n,
    atimensec: file.atimeNsec,
    mtimensec: 999_999_999,
    ctimensec: file.ctimeNsec,
    mode: S_IFREG | 0o640,
    nlink: 3,
    uid: 7,
    gid: 8,
    rdev: 0x1234,
    blksize: 65536,
    flags: 0,
  });
  t.equal(filesystem.lookups.get(file.ino), 1);
});

t.test('LOOKUP of what is not there answers node 0 for a day instead of ENOENT', async (t) => {
  const { kernel, filesystem } = serve();
  const reply = kernel.ask('LOOKUP', { names: ['nothing'] })!;
  t.equal(reply.error, 0);
  t.equal(reply.len, 16 + 128);
  const expected = Buffer.alloc(128);
  expected.writeBigUInt64LE(DAY, ENTRY_OUT.offsets.entry_valid);
  t.same(reply.body, expected);
  t.equal(filesystem.lookups.size, 0);
});

t.test('a name of bytes that are not UTF-8 answers EILSEQ, and U+FFFD itself is a name', async (t) => {
  const { kernel, filesystem } = serve();
  t.equal(kernel.ask('LOOKUP', { names: [Buffer.from([0x61, 0xff])] })?.error, -84);
  t.equal(kernel.ask('MKDIR', { names: [Buffer.from([0xc3])] })?.error, -84);
  const file = fileIn(filesystem, '\ufffd');
  const entry = decode(ENTRY_OUT, kernel.ask('LOOKUP', { names: ['\ufffd'] })!.body);
  t.equal(entry.nodeid, BigInt(file.ino));
});

t.test('a name of 255 bytes works and one of 256 answers ENAMETOOLONG', async (t) => {
  const { kernel } = serve();
  t.equal(kernel.ask('MKDIR', { names: ['x'.repeat(255)] })?.error, 0);
  t.equal(kernel.ask('MKDIR', { names: ['x'.repeat(256)] })?.error, -36);
  t.equal(kernel.ask('MKDIR', { names: ['é'.repeat(128)] })?.error, -36);
  t.equal(kernel.ask('MKDIR', { names: [`${'é'.repeat(127)}x`] })?.error, 0);
});

t.test('GETATTR answers attributes for a day', async (t) => {
  const { kernel, filesystem } = serve();
  const file = fileIn(filesystem);
  const reply = kernel.ask('GETATTR', { node: file.ino })!;
  t.equal(reply.len, 16 + 104);
  t.match(decode(ATTR_OUT, reply.body), { attr_valid: DAY, ino: BigInt(file.ino), uid: 7, mode: 0o100640 });
});

t.test('SETATTR changes what is valid and nothing else', async (t) => {
  const { kernel, filesystem } = serve();
  const file = fileIn(filesystem);
  const fields = {
    mode: 0o100755,
    uid: 1,
    gid: 2,
    size: 10,
    atime: -5n,
    atimensec: 6,
    mtime: 7n,
    mtimensec: 8,
  };
  const ask = (valid: number) => kernel.ask('SETATTR', { node: file.ino, fields: { ...fields, valid } });
  t.match(decode(ATTR_OUT, ask(SetattrValid.MODE)!.body), { mode: 0o100755, uid: 7, size: 0n });
  ask(SetattrValid.UID | SetattrValid.GID | SetattrValid.SIZE);
  t.match(file, { uid: 1, gid: 2, size: 10 });
  ask(SetattrValid.ATIME | SetattrValid.MTIME);
  t.match(file, { atimeSec: -5, atimeNsec: 6, mtimeSec: 7, mtimeNsec: 8 });
  ask(SetattrValid.ATIME | SetattrValid.ATIME_NOW);
  t.match(file, { atimeSec: 1_700_000_000, mtimeSec: 7 });
  file.mode = 0o106755;
  ask(SetattrValid.KILL_SUIDGID);
  t.equal(file.mode, 0o100755);
});

t.test('a size of 2^53 and beyond answers EFBIG', async (t) => {
  const { kernel, filesystem } = serve();
  const file = fileIn(filesystem);
  const fields = { valid: SetattrValid.SIZE, size: 2n ** 53n };
  t.equal(kernel.ask('SETATTR', { node: file.ino, fields })?.error, -27);
  t.equal(kernel.ask('FALLOCATE', { node: file.ino, fields: { offset: 2n ** 62n, length: 1 } })?.error, -27);
  const write = { offset: 2n ** 63n - 1n, size: 1 };
  t.equal(kernel.ask('WRITE', { node: file.ino, fields: write, data: Buffer.of(1) })?.error, -27);
});

t.test('MKNOD, MKDIR and SYMLINK make what belongs to the caller', async (t) => {
  const { kernel, filesystem, root } = serve();
  const who = { uid: 1000, gid: 2000 };
  kernel.ask('MKNOD', { ...who, fields: { mode: 0o060600, rdev: 0x801 }, names: ['dev'] });
  kernel.ask('MKDIR', { ...who, fields: { mode: 0o1775 }, names: ['dir'] });
  kernel.ask('SYMLINK', { ...who, names: ['link', '../to/é'] });
  t.match(filesystem.lookup(root, 'dev'), { mode: 0o060600, rdev: 0x801, uid: 1000, gid: 2000 });
  t.match(filesystem.lookup(root, 'dir'), { mode: S_IFDIR | 0o1775, uid: 1000, gid: 2000 });
  const link = filesystem.lookup(root, 'link')!;
  t.equal(kernel.ask('READLINK', { node: link.ino })?.body.toString(), '../to/é');
  t.equal(filesystem.lookups.get(link.ino), 1);
});

t.test(
  'a name that came from elsewhere answers ESTALE to MKNOD, so that the kernel looks again',
  async (t) => {
    const { kernel, filesystem } = serve();
    fileIn(filesystem, 'new');
    t.equal(kernel.ask('MKNOD', { fields: { mode: S_IFREG }, names: ['new'] })?.error, -116);
    t.equal(kernel.ask('MKDIR', { names: ['new'] })?.error, -17);
  },
);

t.test('CREATE, on a kernel that opens with a message, answers an entry and an open file', async (t) => {
  const filesystem = new MemoryFilesystem();
  const kernel = new FakeKernel(filesystem);
  kernel.init({ flags: InitFlag.BIG_WRITES });
  const reply = kernel.ask('CREATE', { fields: { flags: 0o101, mode: 0o644 }, names: ['f'] })!;
  t.equal(reply.len, 16 + 128 + 16);
  t.same(decode(OPEN_OUT, reply.body, 128), { fh: 0n, open_flags: 2, backing_id: 0 });
  t.match(filesystem.lookup(filesystem.inode(1), 'f'), { mode: S_IFREG | 0o644 });
  t.equal(kernel.ask('CREATE', { fields: { flags: 0o301 }, names: ['f'] })?.error, -17, 'O_EXCL');
  t.equal(kernel.ask('CREATE', { fields: { flags: 0o101 }, names: ['f'] })?.error, -116);
});

t.test('CREATE, where the kernel takes it, opens what is only written past the page cache', async (t) => {
  const { kernel } = serve();
  const opened = (flags: number, name: string) =>
    decode(OPEN_OUT, kernel.ask('CREATE', { fields: { flags, mode: 0o644 }, names: [name] })!.body, 128);
  t.same(opened(0o101, 'written'), { fh: 1n, open_flags: 1, backing_id: 0 });
  t.same(opened(0o102, 'read too'), { fh: 0n, open_flags: 2, backing_id: 0 });
});

t.test('CREATE is declined by a kernel that might keep a page read beside such a write', async (t) => {
  const kernel = new FakeKernel(new MemoryFilesystem());
  kernel.init({ ...ALL_FLAGS, minor: 44 });
  t.equal(kernel.ask('CREATE', { fields: { flags: 0o101, mode: 0o644 }, names: ['f'] })?.error, -38);
});

t.test('TMPFILE makes a file without a name', async (t) => {
  const { kernel } = serve();
  const reply = kernel.ask('TMPFILE', { fields: { mode: 0o600 }, names: ['/'] })!;
  t.match(decode(ENTRY_OUT, reply.body), { nlink: 0, mode: S_IFREG | 0o600 });
});

t.test('LINK, RENAME, RENAME2, UNLINK and RMDIR read their names and nodes', async (t) => {
  const { kernel, filesystem, root } = serve();
  const file = fileIn(filesystem);
  const directory = filesystem.create(root, 'dir', { mode: S_IFDIR, uid: 0, gid: 0 });
  kernel.ask('LINK', { node: directory.ino, fields: { oldnodeid: file.ino }, names: ['second'] });
  t.equal(filesystem.lookup(directory, 'second'), file);
  t.equal(file.nlink, 2);
  kernel.ask('RENAME', { fields: { newdir: directory.ino }, names: ['file', 'third'] });
  t.equal(filesystem.lookup(directory, 'third'), file);
  const noReplace = { newdir: directory.ino, flags: 1 };
  const clash = { node: directory.ino, fields: noReplace, names: ['second', 'third'] };
  t.equal(kernel.ask('RENAME2', clash)?.error, -17);
  t.equal(kernel.ask('RMDIR', { names: ['dir'] })?.error, -39);
  kernel.ask('UNLINK', { node: directory.ino, names: ['second'] });
  kernel.ask('UNLINK', { node: directory.ino, names: ['third'] });
  t.equal(kernel.ask('UNLINK', { node: directory.ino, names: ['third'] })?.error, -2);
  t.equal(kernel.ask('RMDIR', { names: ['dir'] })?.error, 0);
});

t.test('ACCESS refuses root only to execute what nobody may execute, with EACCES', async (t) => {
  const { kernel, filesystem, root } = serve();
  const file = fileIn(filesystem);
  const ask = (node: number, mask: number) => kernel.ask('ACCESS', { node, fields: { mask } })?.error;
  for (const mask of [0, 2, 4, 6]) t.equal(ask(file.ino, mask), 0);
  t.equal(ask(file.ino, 1), -13);
  t.equal(ask(file.ino, 5), -13);
  filesystem.setattr(file, { mode: S_IFREG | 0o001 });
  t.equal(ask(file.ino, 1), 0);
  filesystem.setattr(root, { mode: S_IFDIR | 0o600 });
  t.equal(ask(root.ino, 1), 0);
});
