/** write, read, truncate, fallocate, seek: what a byte array cannot tell (times, rows, limits). */
import t from 'tap';
import { FALLOC_KEEP_SIZE, FALLOC_PUNCH_HOLE, SEEK_DATA, SEEK_HOLE } from '#src/vfs/index.js';
import { codeOf, scratch, TestClock } from '../scratch-workspace.js';

const CHUNK = 65_536;
const PUNCH = FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE;

t.test('a file over 4 GiB with a few bytes in it takes a few rows, and reads as zeros between', async (t) => {
  const w = scratch(t);
  const file = w.file('sparse', 'begin');
  const far = 5 * 2 ** 30 + 17;
  w.vfs.write(file, far, Buffer.from('end'));
  await w.reopen();
  const found = w.vfs.lookup(w.root, 'sparse')!;
  t.equal(found.size, far + 3);
  const bytes = Buffer.alloc(10);
  t.equal(w.vfs.read(found, far - 5, bytes), 8);
  t.strictSame(bytes.subarray(0, 8), Buffer.from('\0\0\0\0\0end'));
  t.equal(w.rows('SELECT * FROM fs_data').length, 2);
  t.equal(w.vfs.seek(found, CHUNK, SEEK_DATA), Math.floor(far / CHUNK) * CHUNK);
  t.equal(w.vfs.seek(found, 0, SEEK_HOLE), CHUNK);
  t.equal(w.vfs.seek(found, far, SEEK_HOLE), far + 3, 'there is a hole at the end of every file');
  t.strictSame(w.vfs.check(), []);
});

t.test('seek is ENXIO past the end, and for data where only a hole follows', (t) => {
  const w = scratch(t);
  const file = w.file('file');
  t.equal(
    codeOf(() => w.vfs.seek(file, 0, SEEK_DATA)),
    'ENXIO',
  );
  w.vfs.setattr(file, { size: 3 * CHUNK });
  t.equal(
    codeOf(() => w.vfs.seek(file, 0, SEEK_DATA)),
    'ENXIO',
  );
  t.equal(w.vfs.seek(file, 100, SEEK_HOLE), 100);
  t.equal(
    codeOf(() => w.vfs.seek(file, 3 * CHUNK, SEEK_HOLE)),
    'ENXIO',
  );
  t.end();
});

t.test('a punched hole gives its rows back, keeps the size, and is found by seek', async (t) => {
  const w = scratch(t);
  const file = w.file('file', Buffer.alloc(4 * CHUNK, 1));
  w.vfs.flush();
  w.vfs.fallocate(file, PUNCH, { offset: CHUNK - 10, length: 2 * CHUNK + 20 });
  await w.reopen();
  const found = w.vfs.lookup(w.root, 'file')!;
  t.equal(found.size, 4 * CHUNK);
  t.equal(w.rows('SELECT * FROM fs_data').length, 2);
  t.equal(w.vfs.seek(found, 0, SEEK_HOLE), CHUNK);
  t.equal(w.vfs.seek(found, CHUNK, SEEK_DATA), 3 * CHUNK);
  const bytes = w.content(found);
  t.equal(bytes.indexOf(0), CHUNK - 10);
  t.equal(bytes.lastIndexOf(0), 3 * CHUNK + 9);
});

t.test('fallocate: growing, EINVAL, EOPNOTSUPP, and ENOSPC for what no disk has', (t) => {
  const w = scratch(t);
  const file = w.file('file', 'x');
  w.vfs.fallocate(file, FALLOC_KEEP_SIZE, { offset: 0, length: 1000 });
  t.equal(file.size, 1);
  w.vfs.fallocate(file, 0, { offset: 10, length: 90 });
  t.equal(file.size, 100);
  const range = { offset: 0, length: 10 };
  t.equal(
    codeOf(() => w.vfs.fallocate(file, 0, { offset: 0, length: 0 })),
    'EINVAL',
  );
  t.equal(
    codeOf(() => w.vfs.fallocate(file, 0, { offset: -1, length: 5 })),
    'EINVAL',
  );
  t.equal(
    codeOf(() => w.vfs.fallocate(file, FALLOC_PUNCH_HOLE, range)),
    'EOPNOTSUPP',
  );
  t.equal(
    codeOf(() => w.vfs.fallocate(file, 8, range)),
    'EOPNOTSUPP',
  );
  t.equal(
    codeOf(() => w.vfs.fallocate(file, 0, { offset: 0, length: 2 ** 52 })),
    'ENOSPC',
  );
  t.equal(
    codeOf(() => w.vfs.fallocate(w.directory('dir'), 0, range)),
    'EISDIR',
  );
  t.equal(file.size, 100);
  t.end();
});

t.test('content of directories is EISDIR, of links EINVAL, and beyond 2^53 EFBIG', (t) => {
  const w = scratch(t);
  const dir = w.directory('dir');
  const link = w.symlink('link', 'x');
  const file = w.file('file');
  const byte = Buffer.alloc(1);
  t.equal(
    codeOf(() => w.vfs.read(dir, 0, byte)),
    'EISDIR',
  );
  t.equal(
    codeOf(() => w.vfs.write(dir, 0, byte)),
    'EISDIR',
  );
  t.equal(
    codeOf(() => w.vfs.setattr(dir, { size: 0 })),
    'EISDIR',
  );
  t.equal(
    codeOf(() => w.vfs.write(link, 0, byte)),
    'EINVAL',
  );
  t.equal(
    codeOf(() => w.vfs.setattr(link, { size: 0 })),
    'EINVAL',
  );
  t.equal(
    codeOf(() => w.vfs.write(file, Number.MAX_SAFE_INTEGER, byte)),
    'EFBIG',
  );
  t.equal(
    codeOf(() => w.vfs.setattr(file, { size: 2 ** 60 })),
    'EFBIG',
  );
  t.equal(file.size, 0);
  t.end();
});

t.test('reading at and past the end gives nothing, and a write of nothing changes nothing', (t) => {
  const clock = new TestClock();
  const w = scratch(t, { clock });
  const file = w.file('file', 'abc');
  const target = Buffer.alloc(5, 0xee);
  t.equal(w.vfs.read(file, 3, target), 0);
  t.equal(w.vfs.read(file, 300, target), 0);
  t.equal(w.vfs.read(file, 1, target), 2);
  t.strictSame(target, Buffer.from('bc\xee\xee\xee', 'latin1'));
  clock.sec += 5;
  w.vfs.write(file, 100, Buffer.alloc(0));
  t.equal(file.size, 3);
  t.not(file.mtimeSec, clock.sec);
  t.end();
});

t.test('writing and truncating move mtime and ctime, not atime', (t) => {
  const clock = new TestClock();
  const w = scratch(t, { clock });
  const file = w.file('file', 'abc');
  const made = clock.sec;
  clock.sec += 1;
  w.vfs.write(file, 0, Buffer.from('x'));
  t.strictSame([file.atimeSec, file.mtimeSec, file.ctimeSec], [made, clock.sec, clock.sec]);
  clock.sec += 1;
  w.vfs.setattr(file, { size: 1 });
  t.strictSame([file.atimeSec, file.mtimeSec, file.ctimeSec], [made, clock.sec, clock.sec]);
  t.end();
});

t.test(
  'a file of one byte takes one byte in the database, and grows there as it is appended to',
  async (t) => {
    const w = scratch(t);
    const file = w.file('file', '1');
    w.vfs.flush();
    t.strictSame(w.rows('SELECT length(data) AS n FROM fs_data'), [{ n: 1 }]);
    for (let i = 0; i < 300; i += 1) {
      w.vfs.write(file, file.size, Buffer.from('line of text\n'));
      if (i % 50 === 0) w.vfs.flush();
    }
    await w.reopen();
    t.strictSame(w.rows('SELECT length(data) AS n FROM fs_data'), [{ n: 1 + 300 * 13 }]);
    t.equal(w.content(w.vfs.lookup(w.root, 'file')!).toString(), `1${'line of text\n'.repeat(300)}`);
  },
);

t.test('a large file that is written in one go keeps little in memory before its commit', (t) => {
  const w = scratch(t);
  const file = w.file('large');
  const block = Buffer.alloc(1024 * 1024, 7);
  let most = 0;
  for (let i = 0; i < 64; i += 1) {
    w.vfs.write(file, i * block.length, block);
    most = Math.max(most, w.vfs.state.pending.pendingBytes);
  }
  t.ok(most <= 17 * 1024 * 1024, `${most} bytes pending`);
  for (let i = 0; i < 600; i += 1) w.vfs.write(file, i * CHUNK, Buffer.from([i & 255]));
  t.ok(w.vfs.state.pending.pendingBytes <= 17 * 1024 * 1024, 'a changed byte counts as its chunk');
  w.vfs.flush();
  t.equal(w.vfs.state.pending.pendingBytes, 0);
  t.equal(file.size, 64 * 1024 * 1024);
  t.end();
});

t.test('what is pending is counted back to nothing by truncation, holes and removal', (t) => {
  const w = scratch(t);
  const pending = () => w.vfs.state.pending.pendingBytes;
  const file = w.file('file', Buffer.alloc(5 * CHUNK, 1));
  t.equal(pending(), 5 * CHUNK);
  w.vfs.setattr(file, { size: 3 * CHUNK });
  t.equal(pending(), 3 * CHUNK);
  w.vfs.fallocate(file, PUNCH, { offset: 0, length: CHUNK });
  t.equal(pending(), 2 * CHUNK);
  w.vfs.unlink(w.root, 'file');
  t.equal(pending(), 0);
  t.end();
});

t.test('an inode that is gone for good is ESTALE to who kept it without telling', (t) => {
  const w = scratch(t);
  const file = w.file('file', 'x');
  w.vfs.flush();
  w.vfs.unlink(w.root, 'file');
  t.equal(
    codeOf(() => w.vfs.write(file, 0, Buffer.from('y'))),
    'ESTALE',
  );
  t.equal(
    codeOf(() => w.vfs.read(file, 0, Buffer.alloc(1))),
    'ESTALE',
  );
  t.equal(
    codeOf(() => w.vfs.setattr(file, { mode: 0 })),
    'ESTALE',
  );
  t.equal(
    codeOf(() => w.vfs.setxattr(file, 'user.a', { data: Buffer.alloc(1), flags: 0 })),
    'ESTALE',
  );
  t.equal(
    codeOf(() => w.vfs.link(file, w.root, 'again')),
    'ENOENT',
  );
  t.equal(
    codeOf(() => w.vfs.inode(file.ino)),
    'ENOENT',
    'before the commit, though SQLite has its row',
  );
  w.vfs.flush();
  t.equal(
    codeOf(() => w.vfs.inode(file.ino)),
    'ENOENT',
  );
  t.strictSame(w.vfs.check(), []);
  t.end();
});

t.test(
  'the allocated bytes are those of the chunks that are there, after any change and when asked again',
  (t) => {
    const w = scratch(t, { cacheSizeBytes: 64 * 1024 * 1024 });
    const file = w.file('file');
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    for (let step = 0; step < 600; step += 1) {
      const at = random(30 * CHUNK);
      const what = random(6);
      if (what < 2) w.vfs.write(file, at, Buffer.alloc(1 + random(2 * CHUNK), 1));
      else if (what === 2) w.vfs.setattr(file, { size: at });
      else if (what === 3) w.vfs.fallocate(file, PUNCH, { offset: at, length: 1 + random(5 * CHUNK) });
      else if (what === 4) w.vfs.flush();
      const asked = random(2) === 0 ? w.vfs.allocatedBytes(file) : undefined;
      w.vfs.flush();
      const rows = w.rows(`SELECT * FROM fs_data WHERE ino = ${file.ino}`).length;
      const expected = file.size <= CHUNK ? file.size : Math.min(file.size, rows * CHUNK);
      if (asked !== undefined && asked !== expected)
        t.equal(asked, expected, `step ${step}, before the commit`);
      if (w.vfs.allocatedBytes(file) !== expected)
        t.equal(w.vfs.allocatedBytes(file), expected, `step ${step}`);
    }
    t.strictSame(w.vfs.check(), []);
    t.end();
  },
);

t.test('seeking in the largest file that there is looks at the rows that it has', (t) => {
  const w = scratch(t);
  const file = w.file('file', 'begin');
  w.vfs.setattr(file, { size: Number.MAX_SAFE_INTEGER });
  w.vfs.write(file, Number.MAX_SAFE_INTEGER - 1, Buffer.of(1));
  const begun = performance.now();
  t.equal(w.vfs.seek(file, CHUNK, SEEK_DATA), Math.floor(Number.MAX_SAFE_INTEGER / CHUNK) * CHUNK);
  t.equal(w.vfs.seek(file, 0, SEEK_HOLE), CHUNK);
  w.vfs.flush();
  t.equal(w.vfs.seek(file, CHUNK, SEEK_DATA), Math.floor(Number.MAX_SAFE_INTEGER / CHUNK) * CHUNK);
  t.ok(performance.now() - begun < 1_000, 'it took seconds when it asked for every chunk');
  t.equal(w.vfs.allocatedBytes(file), 2 * CHUNK);
  t.end();
});
