/**
 * FIFOs, sockets and device nodes, and what open(2) says of its flags.
 */
import { type Case, deepEqual, equal, fails } from '../case.js';

export const SPECIAL: readonly Case[] = [
  {
    title: 'a FIFO carries bytes from one process to another',
    async run({ fs, process }) {
      const reader = await process(1);
      await fs.mkfifo('fifo', 0o640);
      deepEqual([(await fs.stat('fifo')).type, (await fs.stat('fifo')).mode], ['fifo', 0o640]);
      await fails(fs.open('fifo', 'O_WRONLY|O_NONBLOCK'), 'ENXIO');
      const opening = reader.open('fifo', 'O_RDONLY');
      const writing = await fs.open('fifo', 'O_WRONLY');
      const reading = await opening;
      await fs.write(writing, 'through the pipe');
      equal(await reader.read(reading, 100), 'through the pipe');
      await fs.close(writing);
      equal(await reader.read(reading, 100), '');
      await fails(fs.lseek(await fs.open('fifo', 'O_RDWR'), 0, 'SEEK_SET'), 'ESPIPE');
    },
  },
  {
    title: 'a FIFO is the same pipe under any of its names',
    async run({ fs, process }) {
      const reader = await process(1);
      await fs.mkfifo('fifo');
      await fs.link('fifo', 'other');
      const reading = await reader.open('other', 'O_RDONLY|O_NONBLOCK');
      const writing = await fs.open('fifo', 'O_WRONLY|O_NONBLOCK');
      await fs.write(writing, 'x');
      equal(await reader.read(reading, 10), 'x');
    },
  },
  {
    title: 'a socket is bound to a name and connected to by it',
    async run({ fs, process }) {
      const client = await process(1);
      const server = await fs.listen('socket');
      equal((await fs.stat('socket')).type, 'socket');
      await fails(fs.listen('socket'), 'EADDRINUSE');
      const served = fs.accept(server);
      equal(await client.connect('socket', 'hello'), 'hello');
      await served;
      await fails(fs.open('socket', 'O_RDONLY'), 'ENXIO');
      await fs.rename('socket', 'moved');
      await fs.unlink('moved');
      await fails(client.connect('moved', 'x'), 'ENOENT');
    },
  },
  {
    title: 'device nodes keep their numbers',
    needs: ['root'],
    async run({ fs }) {
      const device = (major: number, minor: number) =>
        (minor & 255) | ((major & 0xfff) << 8) | ((minor & ~255) << 12);
      await fs.mknod('null', 'S_IFCHR', 0o666, device(1, 3));
      await fs.mknod('disk', 'S_IFBLK', 0o600, device(259, 70_000));
      const [null_, disk] = [await fs.stat('null'), await fs.stat('disk')];
      deepEqual([null_.type, null_.rdev, null_.mode], ['character', device(1, 3), 0o644]);
      deepEqual([disk.type, disk.rdev], ['block', device(259, 70_000)]);
    },
  },
  {
    title:
      'open does what its flags say: O_EXCL, O_TRUNC, O_DIRECTORY, O_PATH, and modes of reading and writing',
    async run({ fs }) {
      await fails(fs.open('f', 'O_RDONLY'), 'ENOENT');
      const made = await fs.open('f', 'O_RDWR|O_CREAT|O_EXCL', 0o400);
      await fs.write(made, 'content');
      await fails(fs.open('f', 'O_RDWR|O_CREAT|O_EXCL'), 'EEXIST');
      await fails(fs.open('f', 'O_RDONLY|O_DIRECTORY'), 'ENOTDIR');
      await fails(fs.open('.', 'O_RDWR'), 'EISDIR');
      await fails(fs.open('.', 'O_RDONLY|O_CREAT'), 'EISDIR');
      await fails(fs.open('f/', 'O_RDONLY'), 'ENOTDIR');
      await fails(fs.open('new/', 'O_WRONLY|O_CREAT'), 'EISDIR');
      const path = await fs.open('f', 'O_PATH');
      equal((await fs.fstat(path)).size, 7);
      await fails(fs.read(path, 1), 'EBADF');
      const reading = await fs.open('f', 'O_RDONLY');
      await fails(fs.write(reading, 'x'), 'EBADF');
      await fails(fs.ftruncate(reading, 0), 'EINVAL', 'EBADF');
      await fs.chmod('f', 0o600);
      const writing = await fs.open('f', 'O_WRONLY|O_TRUNC');
      await fails(fs.read(writing, 1), 'EBADF');
      equal((await fs.fstat(made)).size, 0);
      equal(await fs.pread(made, 10, 0), '');
      await fails(fs.read(await fs.open('.', 'O_RDONLY'), 10), 'EISDIR');
    },
  },
];
