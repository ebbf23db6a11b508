/**
 * Times to the nanosecond, extended attributes, ACLs, and the numbers of a filesystem.
 */
import { type Case, deepEqual, equal, fails, match, ok } from '../case.js';

const SECOND = 1_000_000_000n;

export const TIMES: readonly Case[] = [
  {
    title: 'utimensat keeps nanoseconds before 1970 and after 2038, atime and mtime apart',
    async run({ fs }) {
      await fs.put('f', 'x');
      await fs.mkdir('d');
      const times = [
        -1n,
        -SECOND,
        -1_500_000_001n,
        -(2n ** 31n - 1n) * SECOND + 123_456_789n,
        0n,
        1n,
        999_999_999n,
        2n ** 31n * SECOND + 7n,
        2n ** 32n * SECOND + 987_654_321n,
        13_000_000_000n * SECOND + 1n,
      ];
      for (const name of ['f', 'd']) {
        for (const [index, mtime] of times.entries()) {
          const atime = times[(index + 3) % times.length]!;
          await fs.utimensat(name, atime, mtime);
          const status = await fs.stat(name);
          deepEqual([status.atime, status.mtime], [atime, mtime]);
        }
      }
    },
  },
  {
    title: 'UTIME_NOW and UTIME_OMIT set a time to now and leave it, and a link has times of its own',
    async run({ fs }) {
      await fs.put('f', 'x');
      await fs.utimensat('f', 5n * SECOND, 7n * SECOND);
      await fs.utimensat('f', 'omit', 'now');
      const status = await fs.stat('f');
      equal(status.atime, 5n * SECOND);
      ok(status.mtime > 10n ** 9n * SECOND && status.ctime >= status.mtime);
      await fs.utimensat('f', 'now', 3n);
      ok((await fs.stat('f')).atime > 10n ** 9n * SECOND);
      equal((await fs.stat('f')).mtime, 3n);
      await fs.symlink('f', 's');
      await fs.utimensat('s', 11n, 13n, 'AT_SYMLINK_NOFOLLOW');
      deepEqual([(await fs.lstat('s')).mtime, (await fs.stat('s')).mtime], [13n, 3n]);
    },
  },
  {
    title: 'writing and cutting change mtime and ctime, reading and looking neither, writing nothing neither',
    async run({ fs }) {
      await fs.put('f', 'content');
      const fd = await fs.open('f', 'O_RDWR');
      const after = async (change: () => Promise<unknown>) => {
        await fs.utimensat('f', 1n, 1n);
        const before = (await fs.fstat(fd)).ctime;
        await change();
        const { mtime, ctime } = await fs.fstat(fd);
        return [mtime !== 1n, ctime !== before];
      };
      deepEqual(await after(() => fs.pwrite(fd, 'x', 0)), [true, true]);
      deepEqual(await after(() => fs.ftruncate(fd, 3)), [true, true]);
      deepEqual(await after(() => fs.ftruncate(fd, 3)), [true, true]);
      deepEqual(await after(() => fs.open('f', 'O_WRONLY|O_TRUNC')), [true, true]);
      deepEqual(await after(() => fs.pread(fd, 5, 0)), [false, false]);
      deepEqual(await after(() => fs.pwrite(fd, '', 0)), [false, false]);
      deepEqual(await after(() => fs.chmod('f', 0o600)), [false, true]);
      deepEqual(await after(() => fs.rename('f', 'g').then(() => fs.rename('g', 'f'))), [false, true]);
      deepEqual(await after(() => fs.link('f', 'h').then(() => fs.unlink('h'))), [false, true]);
      deepEqual(await after(() => fs.setxattr('f', 'user.k', 'v')), [false, true]);
    },
  },
];

export const XATTRS: readonly Case[] = [
  {
    title: 'attributes are set, replaced, listed and removed, with XATTR_CREATE and XATTR_REPLACE',
    async run({ fs }) {
      await fs.put('f', 'x');
      await fs.mkdir('d');
      for (const name of ['f', 'd']) {
        deepEqual(await fs.listxattr(name), []);
        await fs.setxattr(name, 'user.one', 'first', 'XATTR_CREATE');
        await fails(fs.setxattr(name, 'user.one', 'x', 'XATTR_CREATE'), 'EEXIST');
        await fs.setxattr(name, 'user.one', '\0bytes\xff', 'XATTR_REPLACE');
        await fails(fs.setxattr(name, 'user.two', 'x', 'XATTR_REPLACE'), 'ENODATA');
        await fs.setxattr(name, 'user.empty', '');
        deepEqual(await fs.listxattr(name), ['user.empty', 'user.one']);
        equal(await fs.getxattr(name, 'user.one'), '\0bytes\xff');
        equal(await fs.getxattr(name, 'user.empty'), '');
        await fails(fs.getxattr(name, 'user.absent'), 'ENODATA');
        await fs.removexattr(name, 'user.one');
        await fails(fs.removexattr(name, 'user.one'), 'ENODATA');
        deepEqual(await fs.listxattr(name), ['user.empty']);
      }
      await fs.rename('f', 'g');
      deepEqual(await fs.listxattr('g'), ['user.empty']);
    },
  },
  {
    title: 'a buffer of length 0 asks for the size, and one that is too small answers ERANGE',
    async run({ fs }) {
      await fs.put('f', 'x');
      await fs.setxattr('f', 'user.k', 'v'.repeat(300));
      equal(await fs.getxattrInto('f', 'user.k', 0), 300);
      equal(await fs.getxattrInto('f', 'user.k', 300), 300);
      await fails(fs.getxattrInto('f', 'user.k', 299), 'ERANGE');
      equal(await fs.listxattrInto('f', 0), 7);
      await fails(fs.listxattrInto('f', 6), 'ERANGE');
      equal(await fs.listxattrInto('f', 7), 7);
    },
  },
  {
    title:
      'names of attributes have up to 255 bytes and a namespace; user attributes are of files and directories',
    async run({ fs }) {
      await fs.put('f', 'x');
      await fs.setxattr('f', `user.${'n'.repeat(250)}`, 'v');
      await fails(fs.setxattr('f', `user.${'n'.repeat(251)}`, 'v'), 'ERANGE');
      await fails(fs.setxattr('f', 'nowhere.k', 'v'), 'EOPNOTSUPP');
      await fails(fs.getxattr('f', 'nowhere.k'), 'EOPNOTSUPP');
      await fails(fs.setxattr('f', 'user.', 'v'), 'EINVAL');
      await fs.symlink('f', 's');
      await fails(fs.setxattr('s', 'user.k', 'v'), 'EPERM');
      await fs.mkfifo('fifo');
      await fails(fs.setxattr('fifo', 'user.k', 'v'), 'EPERM');
      equal((await fs.listxattr('f')).length, 1);
    },
  },
  {
    title: 'attributes trusted.* are root\u2019s, of links and FIFOs too',
    needs: ['root'],
    async run({ fs }) {
      await fs.symlink('nowhere', 's');
      await fs.setxattr('s', 'trusted.k', 'of the link');
      equal(await fs.getxattr('s', 'trusted.k'), 'of the link');
      await fs.mkfifo('fifo');
      await fs.setxattr('fifo', 'trusted.k', 'v');
      deepEqual(await fs.listxattr('fifo'), ['trusted.k']);
    },
  },
  {
    title: 'an attribute has up to 64 KiB, and one byte more answers E2BIG',
    async run({ fs }) {
      await fs.put('f', 'x');
      const value = 'abcdefgh'.repeat(8_192);
      await fs.setxattr('f', 'user.large', value);
      await fs.setxattr('f', 'user.other', value.slice(1));
      equal(await fs.getxattr('f', 'user.large'), value);
      equal(await fs.getxattr('f', 'user.other'), value.slice(1));
      await fails(fs.setxattr('f', 'user.large', `${value}x`), 'E2BIG');
      equal(await fs.getxattr('f', 'user.large'), value);
    },
  },
  {
    title: 'one file has hundreds of attributes',
    async run({ fs }) {
      await fs.put('f', 'x');
      for (let i = 0; i < 300; i += 1) await fs.setxattr('f', `user.n${i}`, `${i}`.repeat(20));
      equal((await fs.listxattr('f')).length, 300);
      equal(await fs.getxattr('f', 'user.n299'), '299'.repeat(20));
    },
  },
  {
    title: 'POSIX ACLs are refused with EOPNOTSUPP: permissions are the mode bits alone',
    async run({ fs }) {
      await fs.put('f', 'x');
      await fs.mkdir('d');
      const entry = (tag: number, bits: number, id = 0xffff_ffff) =>
        Buffer.from([tag, 0, bits, 0, id & 255, (id >> 8) & 255, (id >> 16) & 255, id >>> 24]).toString(
          'latin1',
        );
      const acl = `\x02\0\0\0${entry(1, 6)}${entry(2, 6, 1)}${entry(4, 4)}${entry(16, 6)}${entry(32, 4)}`;
      for (const name of ['system.posix_acl_access', 'system.posix_acl_default']) {
        await fails(fs.setxattr('d', name, acl), 'EOPNOTSUPP');
        await fails(fs.getxattr('d', name), 'EOPNOTSUPP');
      }
      await fails(fs.setxattr('f', 'system.posix_acl_access', acl), 'EOPNOTSUPP');
      deepEqual(await fs.listxattr('f'), []);
      const { code, err } = await fs.run('cp', '-a', 'f', 'copy');
      deepEqual([code, err], [0, ''], 'cp -a says nothing of it');
    },
  },
];

export const NUMBERS: readonly Case[] = [
  {
    title: 'statfs says how much is free, in numbers that df prints',
    async run({ fs }) {
      const s = await fs.statvfs('.');
      ok(s.frsize! >= 512 && s.bsize! >= 512, `${s.bsize} ${s.frsize}`);
      ok(s.blocks! >= s.bfree! && s.bfree! >= s.bavail! && s.bavail! > 0);
      ok(s.files! >= s.ffree! && s.ffree! >= s.favail!);
      equal(s.namemax, 255);
      const { code, out } = await fs.run('df', '-P', '.');
      equal(code, 0);
      const [, blocks, used, available, percent] = out.trim().split('\n').at(-1)!.split(/\s+/);
      match(percent!, /^\d+%$/);
      ok(Number(blocks) >= Number(used) && Number(available) > 0, out);
      const inodes = await fs.run('df', '-Pi', '.');
      match(inodes.out.trim().split('\n').at(-1)!, /\s\d+\s+\d+\s+\d+\s+\d+%\s/);
    },
  },
  {
    title: 'inode numbers are those of one device, differ, and stay with a file under any name',
    async run({ fs }) {
      await fs.makeFiles('.', 'f', 0, 200);
      const all = new Set<number>();
      const { dev } = await fs.stat('.');
      for (let i = 0; i < 200; i += 1) {
        const status = await fs.stat(`f${String(i).padStart(5, '0')}`);
        all.add(status.ino);
        equal(status.dev, dev);
      }
      equal(all.size, 200);
      const { ino } = await fs.stat('f00000');
      await fs.mkdir('d');
      await fs.rename('f00000', 'd/moved');
      equal((await fs.stat('d/moved')).ino, ino);
      const fd = await fs.open('d/moved', 'O_RDONLY');
      equal((await fs.fstat(fd)).ino, ino);
    },
  },
  {
    title: 'the blocks of a file are about those of its size',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.fill(fd, 'x', 0, 1_000_000);
      await fs.fsync(fd);
      const { blocks, blksize } = await fs.fstat(fd);
      ok(blocks * 512 >= 1_000_000 && blocks * 512 < 1_100_000, `${blocks}`);
      ok(blksize >= 512 && Number.isInteger(Math.log2(blksize)));
    },
  },
];
