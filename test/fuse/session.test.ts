import t from 'tap';
import { AgentFsError, posixError } from '#src/base/index.js';
import { InitFlag, InitFlag2 } from '#src/fuse/protocol/flags.js';
import { INIT_OUT } from '#src/fuse/protocol/layouts.js';
import { Opcode } from '#src/fuse/protocol/opcodes.js';
import { decode } from '#src/fuse/protocol/struct.js';
import { FakeKernel, type Reply, SHORT_INIT_BYTES } from './fake-kernel.js';
import { MemoryFilesystem } from './memory-filesystem.js';

function serve(): { kernel: FakeKernel; filesystem: MemoryFilesystem } {
  const filesystem = new MemoryFilesystem();
  const kernel = new FakeKernel(filesystem);
  kernel.init();
  return { kernel, filesystem };
}

/** An error reply is 16 bytes with the errno in -511..0 and the request's unique. */
function isError(
  t: { equal(found: unknown, wanted: unknown): unknown },
  reply: Reply | undefined,
  errno: number,
): void {
  t.equal(reply?.bytes.length, 16);
  t.equal(reply?.len, 16);
  t.equal(reply?.error, -errno);
}

t.test('INIT agrees on 7.45 with the flags of the design and no others', async (t) => {
  const kernel = new FakeKernel(new MemoryFilesystem());
  const reply = kernel.init();
  t.equal(reply.len, 80);
  const out = decode(INIT_OUT, reply.body);
  t.match(out, { major: 7, minor: 45, max_write: 1048576, max_pages: 256, time_gran: 1 });
  t.match(out, { max_background: 64, congestion_threshold: 48, max_readahead: 131072 });
  const flags = Number(out.flags);
  for (const [name, wanted] of [
    ['NO_OPEN_SUPPORT', true],
    ['NO_OPENDIR_SUPPORT', true],
    ['INIT_EXT', true],
    ['HANDLE_KILLPRIV_V2', true],
    ['READDIRPLUS_AUTO', true],
    ['WRITEBACK_CACHE', false],
    ['ATOMIC_O_TRUNC', false],
    ['POSIX_LOCKS', false],
    ['FLOCK_LOCKS', false],
    ['DONT_MASK', false],
    ['AUTO_INVAL_DATA', false],
  ] as const) {
    t.equal((flags & InitFlag[name]) !== 0, wanted, name);
  }
  t.equal(out.flags2, InitFlag2.DIRECT_IO_ALLOW_MMAP);
});

t.test('INIT asks for nothing that the kernel did not offer, and OPEN is then answered', async (t) => {
  const kernel = new FakeKernel(new MemoryFilesystem());
  const out = decode(INIT_OUT, kernel.init({ flags: InitFlag.BIG_WRITES, flags2: 0xffff_ffff }).body);
  t.equal(out.flags, InitFlag.BIG_WRITES);
  t.equal(out.flags2, 0, 'flags2 means nothing without INIT_EXT');
  t.equal(kernel.ask('OPEN')?.len, 32);
  t.equal(kernel.ask('OPENDIR')?.len, 32);
});

t.test('INIT of a kernel that is too old gets EPROTO, of a newer major our version', async (t) => {
  const kernel = new FakeKernel(new MemoryFilesystem());
  isError(t, kernel.init({ minor: 30 }), 71);
  const short = kernel.build('INIT', { fields: { major: 7, minor: 31, flags: 1 } });
  short.writeUInt32LE(SHORT_INIT_BYTES, 0);
  t.equal(kernel.deliver(short.subarray(0, SHORT_INIT_BYTES))?.error, 0);
  const newer = kernel.ask('INIT', { fields: { major: 8, minor: 0 } })!;
  t.match(decode(INIT_OUT, newer.body), { major: 7, minor: 45, flags: 0 });
});

t.test('the 64 bits of unique come back as they came', async (t) => {
  const { kernel } = serve();
  for (const unique of [1n, 2n ** 53n + 1n, 2n ** 64n - 1n]) {
    t.equal(kernel.ask('GETATTR', { unique })?.unique, unique);
    t.equal(kernel.ask('GETATTR', { unique, node: 99 })?.unique, unique);
  }
});

t.test('an opcode that is not there answers ENOSYS and is counted', async (t) => {
  const { kernel } = serve();
  isError(t, kernel.ask('BMAP'), 38);
  const strange = kernel.build('GETATTR');
  strange.writeUInt32LE(4096, 4);
  isError(t, kernel.deliver(strange), 38);
  t.match(kernel.session.counts(), { INIT: 1, BMAP: 1, UNKNOWN: 1 });
});

t.test('what is declined on purpose answers ENOSYS', async (t) => {
  const { kernel } = serve();
  for (const name of ['OPEN', 'OPENDIR', 'FLUSH', 'STATX'] as const) {
    isError(t, kernel.ask(name), 38);
  }
});

t.test('a request shorter than its struct answers EINVAL', async (t) => {
  const { kernel } = serve();
  for (const name of ['SETATTR', 'WRITE', 'RENAME2', 'FALLOCATE'] as const) {
    isError(t, kernel.deliver(kernel.build(name).subarray(0, 48)), 22);
  }
  isError(t, kernel.deliver(kernel.build('LOOKUP', { names: ['abc'] }).subarray(0, 43)), 22);
});

t.test('a node that was never given out answers ESTALE', async (t) => {
  const { kernel } = serve();
  isError(t, kernel.ask('GETATTR', { node: 2n ** 60n }), 116);
});

t.test('FORGET, BATCH_FORGET and INTERRUPT are never answered, not even when they fail', async (t) => {
  const { kernel, filesystem } = serve();
  filesystem.forget = () => {
    throw posixError('ESTALE', 'forget');
  };
  t.equal(kernel.ask('FORGET', { fields: { nlookup: 1 } }), undefined);
  t.equal(kernel.ask('BATCH_FORGET', { fields: { count: 1 }, data: new Uint8Array(16) }), undefined);
  t.equal(kernel.ask('INTERRUPT'), undefined);
  t.equal(kernel.deliver(kernel.build('FORGET').subarray(0, 40)), undefined, 'too short');
});

t.test('BATCH_FORGET gives back each count, and reads no further than the request', async (t) => {
  const { kernel, filesystem } = serve();
  filesystem.lookups.set(5, 3);
  filesystem.lookups.set(6, 1);
  const data = Buffer.alloc(32);
  data.writeBigUInt64LE(5n, 0);
  data.writeBigUInt64LE(2n, 8);
  data.writeBigUInt64LE(6n, 16);
  data.writeBigUInt64LE(1n, 24);
  kernel.ask('BATCH_FORGET', { fields: { count: 1000 }, data });
  t.same([...filesystem.lookups], [[5, 1]]);
});

t.test('an error of ours that is no POSIX failure answers EIO and is logged', async (t) => {
  const { kernel, filesystem } = serve();
  const failures = [
    new TypeError('broken'),
    new AgentFsError('DATABASE_DAMAGED', 'malformed'),
    posixError('EIO', 'read'),
  ];
  for (const failure of failures) {
    filesystem.statfs = () => {
      throw failure;
    };
    isError(t, kernel.ask('STATFS'), 5);
  }
  t.equal(kernel.logged.length, failures.length);
  filesystem.statfs = () => {
    throw posixError('ENOSPC', 'statfs');
  };
  isError(t, kernel.ask('STATFS'), 28);
  t.equal(kernel.logged.length, failures.length, 'a POSIX failure is the caller’s to tell');
});

t.test(
  'fsync, fsyncdir and syncfs are answered when the filesystem is durable, with their own unique',
  async (t) => {
    const { kernel, filesystem } = serve();
    filesystem.holdSyncs = true;
    t.equal(kernel.ask('FSYNC', { unique: 11n }), undefined);
    t.equal(kernel.ask('FSYNCDIR', { unique: 12n }), undefined);
    t.equal(kernel.ask('SYNCFS', { unique: 13n }), undefined);
    t.equal(kernel.ask('GETATTR')?.error, 0, 'others are served meanwhile');
    t.same(kernel.late, []);
    filesystem.settle();
    await new Promise(setImmediate);
    t.same(
      kernel.late.map(({ unique, error, len }) => [unique, error, len]),
      [
        [11n, 0, 16],
        [12n, 0, 16],
        [13n, 0, 16],
      ],
    );
  },
);

t.test('a sync that fails answers with its errno in 16 bytes', async (t) => {
  const { kernel, filesystem } = serve();
  filesystem.holdSyncs = true;
  const file = filesystem.create(filesystem.inode(1), 'f', { mode: 0o100644, uid: 0, gid: 0 });
  const fields = { size: 2, flags: 0o10001 };
  t.equal(kernel.ask('WRITE', { node: file.ino, fields, data: Buffer.from('hi') }), undefined, 'O_DSYNC');
  filesystem.settle(posixError('ENOSPC', 'sync'));
  await new Promise(setImmediate);
  isError(t, kernel.late[0], 28);
});

t.test('a reply that comes after the end is dropped', async (t) => {
  const { kernel, filesystem } = serve();
  filesystem.holdSyncs = true;
  kernel.ask('FSYNC');
  kernel.close();
  filesystem.settle();
  await new Promise(setImmediate);
  t.same(kernel.late, []);
});

t.test('`closed` resolves with the error that ended the session', async (t) => {
  const kernel = new FakeKernel(new MemoryFilesystem());
  const { ready, closed } = kernel.session.start();
  kernel.ask('INIT', { fields: { major: 7, minor: 45 } });
  await ready;
  const error = new Error('EIO');
  kernel.close(error);
  t.equal(await closed, error);
});

t.test('every opcode of the table is counted by its name', async (t) => {
  const { kernel } = serve();
  for (const name of Object.keys(Opcode)) kernel.ask(name as keyof typeof Opcode);
  t.same(Object.keys(kernel.session.counts()).sort(), Object.keys(Opcode).sort());
});
