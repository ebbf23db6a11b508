/**
 * Ranges of a file: holes and how they are found, fallocate(2), copy_file_range(2), and how large a file may be.
 */
import { type Case, deepEqual, equal, fails, ok } from '../case.js';

const MIB = 1024 * 1024;
const KIB = 1024;

export const HOLES: readonly Case[] = [
  {
    title: 'holes read as zeros, and SEEK_DATA and SEEK_HOLE find their borders',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.fill(fd, 'a', MIB, 128 * KIB);
      await fs.fill(fd, 'b', 8 * MIB, 64 * KIB);
      await fs.ftruncate(fd, 16 * MIB);
      deepEqual(await fs.summary(fd, 0, 16 * MIB), [
        ['\0', MIB],
        ['a', 128 * KIB],
        ['\0', 7 * MIB - 128 * KIB],
        ['b', 64 * KIB],
        ['\0', 8 * MIB - 64 * KIB],
      ]);
      equal(await fs.lseek(fd, 0, 'SEEK_DATA'), MIB);
      equal(await fs.lseek(fd, MIB + 5, 'SEEK_DATA'), MIB + 5);
      equal(await fs.lseek(fd, 0, 'SEEK_HOLE'), 0);
      equal(await fs.lseek(fd, MIB, 'SEEK_HOLE'), MIB + 128 * KIB);
      equal(await fs.lseek(fd, 2 * MIB, 'SEEK_DATA'), 8 * MIB);
      equal(await fs.lseek(fd, 8 * MIB, 'SEEK_HOLE'), 8 * MIB + 64 * KIB);
      await fails(fs.lseek(fd, 9 * MIB, 'SEEK_DATA'), 'ENXIO');
      equal(await fs.lseek(fd, 9 * MIB, 'SEEK_HOLE'), 9 * MIB);
    },
  },
  {
    title: 'the end of a file is a hole; behind it SEEK_DATA and SEEK_HOLE answer ENXIO',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fails(fs.lseek(fd, 0, 'SEEK_DATA'), 'ENXIO');
      await fails(fs.lseek(fd, 0, 'SEEK_HOLE'), 'ENXIO');
      await fs.write(fd, 'data');
      equal(await fs.lseek(fd, 0, 'SEEK_DATA'), 0);
      equal(await fs.lseek(fd, 2, 'SEEK_HOLE'), 4);
      await fails(fs.lseek(fd, 4, 'SEEK_DATA'), 'ENXIO');
      await fails(fs.lseek(fd, 4, 'SEEK_HOLE'), 'ENXIO');
      await fails(fs.lseek(fd, -1, 'SEEK_DATA'), 'ENXIO', 'EINVAL');
      equal(await fs.lseek(fd, -1, 'SEEK_END'), 3);
      await fails(fs.lseek(fd, -5, 'SEEK_END'), 'EINVAL');
      equal(await fs.lseek(fd, 100, 'SEEK_SET'), 100);
      await fs.write(fd, 'x');
      equal((await fs.fstat(fd)).size, 101);
    },
  },
  {
    title: 'a sparse file takes fewer blocks than its size, so that cp and tar copy its holes as holes',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.fill(fd, 'x', 64 * MIB, 64 * KIB);
      await fs.fsync(fd);
      const { size, blocks } = await fs.fstat(fd);
      ok(blocks * 512 < size / 2, `${blocks} blocks of ${size} bytes`);
      ok(blocks * 512 >= 64 * KIB, `${blocks} blocks`);
      equal((await fs.run('cp', 'f', 'copy')).code, 0);
      const copy = await fs.stat('copy');
      equal(copy.size, size);
      ok(copy.blocks * 512 < size / 2, `the copy has ${copy.blocks} blocks`);
      await fs.ftruncate(fd, 0);
      equal((await fs.fstat(fd)).blocks, 0);
    },
  },
];

export const FALLOCATE: readonly Case[] = [
  {
    title: 'fallocate makes a file longer by zeros, or with KEEP_SIZE leaves its size',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.write(fd, 'data');
      await fs.fallocate(fd, 'FALLOC_FL_KEEP_SIZE', 0, MIB);
      equal((await fs.fstat(fd)).size, 4);
      await fs.fallocate(fd, '', 0, MIB);
      equal((await fs.fstat(fd)).size, MIB);
      deepEqual((await fs.summary(fd, 0, MIB)).at(-1), ['\0', MIB - 4]);
      await fs.fallocate(fd, '', 0, 10);
      equal((await fs.fstat(fd)).size, MIB);
      equal(await fs.pread(fd, 4, 0), 'data');
    },
  },
  {
    title: 'PUNCH_HOLE and ZERO_RANGE make a range zeros to the byte, and leave what is around it',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      const punch = 'FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE';
      await fs.fill(fd, 'x', 0, MIB);
      await fs.fallocate(fd, punch, 100, 300 * KIB);
      await fs.fallocate(fd, 'FALLOC_FL_ZERO_RANGE', 500 * KIB + 1, 10);
      await fs.fallocate(fd, punch, 600 * KIB, 10 * MIB);
      deepEqual(await fs.summary(fd, 0, 2 * MIB), [
        ['x', 100],
        ['\0', 300 * KIB],
        ['x', 200 * KIB - 99],
        ['\0', 10],
        ['x', 100 * KIB - 11],
        ['\0', MIB - 600 * KIB],
      ]);
      await fs.fallocate(fd, 'FALLOC_FL_ZERO_RANGE|FALLOC_FL_KEEP_SIZE', MIB - 5, 100);
      equal((await fs.fstat(fd)).size, MIB);
      await fs.fallocate(fd, 'FALLOC_FL_ZERO_RANGE', MIB - 5, 100);
      equal((await fs.fstat(fd)).size, MIB + 95);
    },
  },
  {
    title: 'a hole that is punched is seen through a mapping and found by SEEK_HOLE',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.fill(fd, 'x', 0, MIB);
      const mapping = await fs.map(fd, MIB, 'MAP_SHARED');
      equal(await fs.mapRead(mapping, 300 * KIB, 1), 'x');
      await fs.fallocate(fd, 'FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE', 256 * KIB, 256 * KIB);
      equal(await fs.mapRead(mapping, 256 * KIB - 1, 2), 'x\0');
      equal(await fs.mapRead(mapping, 512 * KIB - 1, 2), '\0x');
      equal(await fs.lseek(fd, 0, 'SEEK_HOLE'), 256 * KIB);
      equal(await fs.lseek(fd, 256 * KIB, 'SEEK_DATA'), 512 * KIB);
    },
  },
  {
    title: 'COLLAPSE_RANGE and INSERT_RANGE are done, or refused with EOPNOTSUPP and change nothing',
    async run({ fs }) {
      for (const mode of ['FALLOC_FL_COLLAPSE_RANGE', 'FALLOC_FL_INSERT_RANGE']) {
        const fd = await fs.open(mode, 'O_RDWR|O_CREAT');
        await fs.fill(fd, 'a', 0, 64 * KIB);
        await fs.fill(fd, 'b', 64 * KIB, 64 * KIB);
        const refused = await fs.fallocate(fd, mode, 0, 64 * KIB).then(
          () => false,
          (error: { code?: string }) => {
            equal(error.code, 'EOPNOTSUPP');
            return true;
          },
        );
        const size = refused ? 128 * KIB : mode.includes('COLLAPSE') ? 64 * KIB : 192 * KIB;
        equal((await fs.fstat(fd)).size, size, mode);
        if (refused) deepEqual((await fs.summary(fd, 0, MIB))[0], ['a', 64 * KIB]);
      }
    },
  },
  {
    title: 'fallocate refuses what makes no sense: EINVAL, EBADF, EFBIG, EOPNOTSUPP',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fails(fs.fallocate(fd, '', 0, 0), 'EINVAL');
      await fails(fs.fallocate(fd, '', -1, 10), 'EINVAL');
      await fails(fs.fallocate(fd, 'FALLOC_FL_PUNCH_HOLE', 0, 10), 'EOPNOTSUPP');
      await fails(fs.fallocate(fd, '', 2 ** 62, 2 ** 62), 'EFBIG');
      const reading = await fs.open('f', 'O_RDONLY');
      await fails(fs.fallocate(reading, '', 0, 10), 'EBADF');
    },
  },
];

export const COPIES: readonly Case[] = [
  {
    title: 'copy_file_range copies ranges with offsets of its own or those of the descriptors',
    async run({ fs }) {
      await fs.put('from', '0123456789');
      const from = await fs.open('from', 'O_RDONLY');
      const to = await fs.open('to', 'O_RDWR|O_CREAT');
      equal(await fs.copy_file_range(from, to, 4, 2, 5), 4);
      equal(await fs.get('to'), '\0\0\0\0\x002345');
      equal(await fs.lseek(from, 0, 'SEEK_CUR'), 0);
      equal(await fs.copy_file_range(from, to, 3), 3);
      equal(await fs.copy_file_range(from, to, 3), 3);
      equal(await fs.get('to'), '012345345');
      equal(await fs.copy_file_range(from, to, 100, 8), 2);
      equal(await fs.copy_file_range(from, to, 100, 10), 0);
      equal(await fs.get('to'), '01234589' + '5');
    },
  },
  {
    title: 'copy_file_range of a large file copies all of it, and sees what was just written',
    async run({ fs }) {
      const from = await fs.open('from', 'O_RDWR|O_CREAT');
      const to = await fs.open('to', 'O_RDWR|O_CREAT');
      const size = 20 * MIB + 7;
      await fs.fill(from, 'x', 0, size);
      const mapping = await fs.map(from, MIB, 'MAP_SHARED');
      await fs.mapWrite(mapping, 5, 'mapped');
      let done = 0;
      for (let part = 1; part > 0; done += part) part = await fs.copy_file_range(from, to, size);
      equal(done, size);
      deepEqual((await fs.summary(to, 12, size)).at(-1), ['x', size - 11 - 1]);
      equal(await fs.pread(to, 8, 4), 'xmappedx');
      deepEqual((await fs.fstat(to)).size, size);
    },
  },
  {
    title: 'copy_file_range within a file works side by side, and answers EINVAL where the ranges overlap',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.write(fd, 'abcdefgh');
      equal(await fs.copy_file_range(fd, fd, 4, 0, 8), 4);
      equal(await fs.get('f'), 'abcdefghabcd');
      await fails(fs.copy_file_range(fd, fd, 4, 0, 2), 'EINVAL');
      equal(await fs.get('f'), 'abcdefghabcd');
    },
  },
  {
    title:
      'copy_file_range answers EBADF for a descriptor that appends or only reads, EISDIR for a directory',
    async run({ fs }) {
      await fs.put('from', '0123456789');
      const from = await fs.open('from', 'O_RDONLY');
      await fails(fs.copy_file_range(from, from, 4, 0, 6), 'EBADF');
      const appends = await fs.open('to', 'O_WRONLY|O_APPEND|O_CREAT');
      await fails(fs.copy_file_range(from, appends, 4), 'EBADF');
      const directory = await fs.open('.', 'O_RDONLY');
      const to = await fs.open('to', 'O_WRONLY');
      await fails(fs.copy_file_range(directory, to, 4), 'EISDIR');
      await fs.mkfifo('fifo');
      const fifo = await fs.open('fifo', 'O_RDWR');
      await fails(fs.copy_file_range(from, fifo, 4), 'EINVAL');
    },
  },
];

/** 2^53 - 1: what our files may be long, and ext4's may not. */
const LARGEST = Number.MAX_SAFE_INTEGER;

export const SIZES: readonly Case[] = [
  {
    title: 'a file of 1 TiB has bytes at its begin and end',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.pwrite(fd, 'begin', 0);
      await fs.pwrite(fd, 'end', 2 ** 40 - 3);
      equal((await fs.stat('f')).size, 2 ** 40);
      equal(await fs.pread(fd, 10, 2 ** 40 - 5), '\0\0end');
      equal((await fs.lseek(fd, 5 * MIB, 'SEEK_DATA')) > 2 ** 39, true);
      await fs.truncate('f', 3);
      equal(await fs.get('f'), 'beg');
    },
  },
  {
    title: 'a file of 2^53 - 1 bytes has a last byte',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.ftruncate(fd, LARGEST);
      equal((await fs.stat('f')).size, LARGEST);
      await fs.pwrite(fd, 'z', LARGEST - 1);
      equal(await fs.pread(fd, 10, LARGEST - 2), '\0z');
      equal(await fs.lseek(fd, 0, 'SEEK_END'), LARGEST);
      equal((await fs.lseek(fd, 0, 'SEEK_DATA')) > LARGEST - MIB, true);
      await fs.ftruncate(fd, LARGEST - 1);
      await fs.ftruncate(fd, LARGEST);
      equal(await fs.pread(fd, 10, LARGEST - 1), '\0');
      await fs.ftruncate(fd, 0);
    },
  },
  {
    title: 'more than a file can hold answers EFBIG, and what it held stays',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.write(fd, 'kept');
      await fails(fs.ftruncate(fd, 2 ** 62), 'EFBIG');
      await fails(fs.pwrite(fd, 'x', 2 ** 62), 'EFBIG');
      await fails(fs.fallocate(fd, '', 2 ** 62, 10), 'EFBIG');
      equal(await fs.pread(fd, 10, 2 ** 62), '');
      equal(await fs.get('f'), 'kept');
    },
  },
  {
    title: 'a process writes up to its own limit of a file size, then gets EFBIG',
    async run({ process }) {
      const limited = await process(1);
      try {
        await limited.limitFileSize(10_000);
        const fd = await limited.open('f', 'O_RDWR|O_CREAT');
        equal(await limited.write(fd, 'x'.repeat(9_000)), 9_000);
        equal(await limited.write(fd, 'x'.repeat(9_000)), 1_000);
        await fails(limited.write(fd, 'x'), 'EFBIG');
        await fails(limited.ftruncate(fd, 10_001), 'EFBIG');
        equal((await limited.fstat(fd)).size, 10_000);
      } finally {
        await limited.limitFileSize(null);
      }
    },
  },
];
