/**
 * Reading and writing by several at once: appends, direct I/O, mappings, and what each sees of the other.
 */
import { type Case, deepEqual, equal, fails, ok } from '../case.js';

const PAGE = 4096;

export const APPENDS: readonly Case[] = [
  {
    title: 'four processes append to one file: no record is lost, torn or overwritten',
    async run({ fs, process, full }) {
      const records = full ? 5_000 : 400;
      const size = 100;
      const writers = await Promise.all([1, 2, 3, 4].map((number) => process(number)));
      await Promise.all(writers.map((one, i) => one.appendRecords('log', `w${i}`, records, size)));
      const lines = (await fs.get('log')).split('\n');
      equal(lines.pop(), '');
      equal(lines.length, 4 * records);
      for (const line of lines) ok(/^w\d:\d+:\.+$/.test(line) && line.length === size - 1, line);
      for (let i = 0; i < 4; i += 1) {
        const mine = lines
          .filter((line) => line.startsWith(`w${i}:`))
          .map((line) => Number(line.split(':')[1]));
        deepEqual(
          mine,
          Array.from({ length: records }, (_, number) => number),
          'in the order of its writer',
        );
      }
    },
  },
  {
    title: 'a write at an offset through O_APPEND goes to the end, as on Linux',
    async run({ fs }) {
      await fs.put('f', 'start');
      const fd = await fs.open('f', 'O_RDWR|O_APPEND');
      await fs.pwrite(fd, '+1', 0);
      await fs.ftruncate(fd, 3);
      await fs.write(fd, '+2');
      equal(await fs.get('f'), 'sta+2');
      const made = await fs.open('g', 'O_RDWR|O_APPEND|O_CREAT|O_EXCL');
      await fs.write(made, 'one');
      await fs.write(made, 'two');
      equal(await fs.get('g'), 'onetwo');
    },
  },
  {
    title: 'what one process writes, another reads at once through a descriptor that it had open before',
    async run({ fs, process }) {
      const other = await process(1);
      await fs.put('f', 'old');
      const [mine, theirs] = [await fs.open('f', 'O_RDWR'), await other.open('f', 'O_RDWR')];
      equal(await other.pread(theirs, 10, 0), 'old');
      for (let i = 0; i < 20; i += 1) {
        await fs.pwrite(mine, `from the first ${i}`, 0);
        equal(await other.pread(theirs, 100, 0), `from the first ${i}`);
        await other.ftruncate(theirs, 0);
        equal((await fs.fstat(mine)).size, 0);
        equal(await fs.pread(mine, 10, 0), '');
      }
    },
  },
];

export const MAPPINGS: readonly Case[] = [
  {
    title: 'what is written to a shared mapping is seen by read, and the other way, by other processes too',
    async run({ fs, process }) {
      const other = await process(1);
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.fill(fd, 'a', 0, 5 * PAGE);
      const mapping = await fs.map(fd, 5 * PAGE, 'MAP_SHARED');
      await fs.mapWrite(mapping, PAGE - 2, 'mapped');
      equal(await other.get('f').then((text) => text.slice(PAGE - 3, PAGE + 5)), 'amappeda');
      const theirs = await other.open('f', 'O_RDWR');
      await other.pwrite(theirs, 'written', 3 * PAGE);
      equal(await fs.mapRead(mapping, 3 * PAGE, 8), 'writtena');
      const second = await other.map(theirs, 5 * PAGE, 'MAP_SHARED');
      await other.mapWrite(second, 4 * PAGE, 'B');
      equal(await fs.mapRead(mapping, 4 * PAGE, 2), 'Ba');
    },
  },
  {
    title: 'a mapping that is synced and unmapped leaves its bytes in the file, its size and a newer mtime',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.fill(fd, '.', 0, 100_000);
      await fs.utimensat('f', 0n, 0n);
      const mapping = await fs.map(fd, 100_000, 'MAP_SHARED');
      for (let i = 0; i < 100_000; i += 10_000) await fs.mapWrite(mapping, i, 'x');
      await fs.mapSync(mapping);
      await fs.unmap(mapping);
      await fs.close(fd);
      const text = await fs.get('f');
      equal(text.length, 100_000);
      equal(text.split('x').length - 1, 10);
      const { size, mtime } = await fs.stat('f');
      equal(size, 100_000);
      ok(mtime > 0n, `mtime is ${mtime}`);
    },
  },
  {
    title: 'a private mapping changes nothing in the file',
    async run({ fs }) {
      await fs.put('f', 'x'.repeat(PAGE));
      const fd = await fs.open('f', 'O_RDWR');
      const mapping = await fs.map(fd, PAGE, 'MAP_PRIVATE');
      await fs.mapWrite(mapping, 0, 'private');
      equal(await fs.mapRead(mapping, 0, 8), 'privatex');
      equal(await fs.pread(fd, 8, 0), 'xxxxxxxx');
    },
  },
  {
    title: 'behind the end of a mapped file is SIGBUS; where it grows again are zeros, not what was there',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.fill(fd, 'x', 0, 3 * PAGE);
      const mapping = await fs.map(fd, 3 * PAGE, 'MAP_SHARED');
      equal(await fs.mapRead(mapping, 2 * PAGE, 2), 'xx');
      await fs.ftruncate(fd, PAGE + 10);
      equal(await fs.mapReadInChild(mapping, 2 * PAGE), 'SIGBUS');
      equal(await fs.mapRead(mapping, PAGE + 8, 4), 'xx\0\0');
      await fs.ftruncate(fd, 3 * PAGE);
      equal(await fs.mapReadInChild(mapping, 2 * PAGE), 'none');
      deepEqual(await fs.summary(fd, PAGE, PAGE), [
        ['x', 10],
        ['\0', PAGE - 10],
      ]);
    },
  },
  {
    title: 'what a mapping holds behind the end of its file is not in it when it grows',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.write(fd, 'x'.repeat(10));
      const mapping = await fs.map(fd, 10, 'MAP_SHARED');
      await fs.mapWrite(mapping, 5, 'y');
      // The mapping is of a whole page, whatever the length that was asked for.
      await fs.mapPoke(mapping, 20, 'behind the end');
      await fs.ftruncate(fd, PAGE);
      equal(await fs.pread(fd, 10, 0), 'xxxxxyxxxx');
      deepEqual(await fs.summary(fd, 10, PAGE), [['\0', PAGE - 10]]);
    },
  },
  {
    title: 'an unlinked file stays mapped',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.fill(fd, 'x', 0, 2 * PAGE);
      const mapping = await fs.map(fd, 2 * PAGE, 'MAP_SHARED');
      await fs.close(fd);
      await fs.unlink('f');
      await fs.put('f', 'another');
      await fs.mapWrite(mapping, PAGE, 'y');
      await fs.mapSync(mapping);
      equal(await fs.mapRead(mapping, PAGE - 1, 3), 'xyx');
      equal(await fs.get('f'), 'another');
    },
  },
  {
    title: 'O_DIRECT and a mapping of the same file see what the other wrote',
    async run({ fs }) {
      const plain = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.fill(plain, 'a', 0, 4 * PAGE);
      await fs.fsync(plain);
      const direct = await fs.open('f', 'O_RDWR|O_DIRECT');
      const mapping = await fs.map(plain, 4 * PAGE, 'MAP_SHARED');
      equal(await fs.mapRead(mapping, 0, 1), 'a');
      equal(await fs.directWrite(direct, 'd', 0, PAGE), PAGE);
      equal(await fs.mapRead(mapping, 0, 1), 'd');
      equal(await fs.pread(plain, 1, PAGE - 1), 'd');
      await fs.mapWrite(mapping, 2 * PAGE, 'm');
      await fs.mapSync(mapping);
      equal((await fs.directRead(direct, 2 * PAGE, PAGE)).slice(0, 2), 'ma');
      await fs.pwrite(plain, 'buffered', 3 * PAGE);
      equal((await fs.directRead(direct, 3 * PAGE, PAGE)).slice(0, 9), 'buffereda');
      const ofDirect = await fs.map(direct, 4 * PAGE, 'MAP_SHARED');
      equal(await fs.mapRead(ofDirect, 0, 1), 'd');
      await fs.mapWrite(ofDirect, PAGE, 'M');
      equal(await fs.pread(plain, 2, PAGE), 'Ma');
    },
  },
  {
    title: 'O_DIRECT makes a file longer, and reads short at its end',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT|O_DIRECT');
      await fs.directWrite(fd, 'x', 0, 64 * PAGE);
      await fs.directWrite(fd, 'y', 70 * PAGE, PAGE);
      equal((await fs.fstat(fd)).size, 71 * PAGE);
      await fs.ftruncate(fd, 70 * PAGE + 512);
      equal((await fs.directRead(fd, 70 * PAGE, PAGE)).length, 512);
      equal(await fs.directRead(fd, 72 * PAGE, PAGE), '');
      const plain = await fs.open('f', 'O_RDONLY');
      deepEqual(await fs.summary(plain, 0, 80 * PAGE), [
        ['x', 64 * PAGE],
        ['\0', 6 * PAGE],
        ['y', 512],
      ]);
    },
  },
  {
    title: 'a file is not written while it is run (ETXTBSY), nor run while it is open for writing',
    async run({ fs, process }) {
      const other = await process(1);
      equal((await fs.run('cp', '/bin/cat', 'tool')).code, 0);
      await fs.mkfifo('fifo');
      const fd = await fs.open('tool', 'O_WRONLY');
      await fails(other.run('./tool', '/dev/null'), 'ETXTBSY');
      await fs.close(fd);
      const running = other.run('./tool', 'fifo');
      // It returns when the tool has opened the other end.
      const gate = await fs.open('fifo', 'O_WRONLY');
      await fails(fs.open('tool', 'O_WRONLY'), 'ETXTBSY');
      await fails(fs.truncate('tool', 0), 'ETXTBSY');
      await fs.write(gate, 'through');
      await fs.close(gate);
      equal((await running).out, 'through');
      await fails(fs.open('.', 'O_WRONLY'), 'EISDIR');
    },
  },
];
