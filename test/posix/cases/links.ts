/**
 * Hard links, symbolic links, and names of files that have none: O_TMPFILE and what was unlinked while open.
 */
import { type Case, deepEqual, equal, fails, ok } from '../case.js';

export const LINKS: readonly Case[] = [
  {
    title: 'hard links in different directories are one file: content, mode, times, attributes, count',
    async run({ fs }) {
      await fs.mkdir('a');
      await fs.mkdir('b');
      await fs.put('a/one', 'first');
      await fs.link('a/one', 'b/two');
      await fs.put('b/two', 'second');
      equal(await fs.get('a/one'), 'second');
      await fs.chmod('a/one', 0o604);
      await fs.utimensat('b/two', 1n, 2n);
      await fs.setxattr('a/one', 'user.k', 'v');
      const [one, two] = [await fs.stat('a/one'), await fs.stat('b/two')];
      deepEqual(one, two);
      deepEqual([two.mode, two.nlink, two.mtime], [0o604, 2, 2n]);
      equal(await fs.getxattr('b/two', 'user.k'), 'v');
      await fs.rename('a/one', 'b/three');
      await fs.unlink('b/two');
      equal((await fs.stat('b/three')).nlink, 1);
      equal(await fs.get('b/three'), 'second');
    },
  },
  {
    title: 'a file has a thousand hard links, and loses them again',
    async run({ fs }) {
      await fs.put('f', 'x');
      for (let i = 0; i < 1000; i += 1) await fs.link('f', `l${i}`);
      equal((await fs.stat('l999')).nlink, 1001);
      equal((await fs.stat('l999')).ino, (await fs.stat('f')).ino);
      await fs.unlink('f');
      await fs.removeFiles(
        '.',
        Array.from({ length: 999 }, (_, i) => `l${i}`),
      );
      deepEqual(await fs.listdir('.'), ['l999']);
      equal((await fs.stat('l999')).nlink, 1);
    },
  },
  {
    title: 'link answers EEXIST for a name that is taken, EPERM for a directory, ENOENT for nothing',
    async run({ fs }) {
      await fs.put('f', 'x');
      await fs.mkdir('d');
      await fails(fs.link('f', 'd'), 'EEXIST');
      await fails(fs.link('f', 'f'), 'EEXIST');
      await fails(fs.link('d', 'e'), 'EPERM');
      await fails(fs.link('absent', 'e'), 'ENOENT');
      await fails(fs.link('f', 'absent/e'), 'ENOENT');
      await fails(fs.link('f', 'f/e'), 'ENOTDIR');
      equal((await fs.stat('f')).nlink, 1);
    },
  },
  {
    title: 'a hard link of a symbolic link is one to the link itself, unless AT_SYMLINK_FOLLOW is given',
    async run({ fs }) {
      await fs.put('f', 'x');
      await fs.symlink('f', 's');
      await fs.linkat(null, 's', 'same', '');
      equal((await fs.lstat('same')).type, 'symlink');
      equal((await fs.lstat('same')).ino, (await fs.lstat('s')).ino);
      equal((await fs.lstat('s')).nlink, 2);
      await fs.linkat(null, 's', 'file', 'AT_SYMLINK_FOLLOW');
      equal((await fs.lstat('file')).ino, (await fs.stat('f')).ino);
    },
  },
  {
    title: 'link and rename to another filesystem answer EXDEV',
    async run({ fs }) {
      await fs.put('f', 'x');
      const { dev } = await fs.stat('f');
      const places = ['/dev/shm', '/run', '/dev'];
      const others = await Promise.all(places.map(async (place) => (await fs.stat(place)).dev !== dev));
      const elsewhere = `${places[others.indexOf(true)]}/agentfs-suite`;
      await fails(fs.link('f', elsewhere), 'EXDEV');
      await fails(fs.rename('f', elsewhere), 'EXDEV');
      equal((await fs.stat('f')).nlink, 1);
    },
  },
  {
    title: 'symbolic links keep any target up to 4095 bytes, dangle, and answer EINVAL to readlink of a file',
    async run({ fs }) {
      const long = `${'x'.repeat(250)}/`.repeat(17).slice(0, 4095);
      await fs.symlink(long, 'long');
      equal(await fs.readlink('long'), long);
      equal((await fs.lstat('long')).size, 4095);
      await fails(fs.symlink(`${long}x`, 'longer'), 'ENAMETOOLONG');
      await fails(fs.symlink('', 'empty'), 'ENOENT');
      await fs.symlink('nowhere', 'dangling');
      await fails(fs.stat('dangling'), 'ENOENT');
      await fails(fs.open('dangling', 'O_CREAT|O_EXCL|O_WRONLY'), 'EEXIST');
      await fs.put('dangling', 'made through the link');
      equal(await fs.get('nowhere'), 'made through the link');
      await fails(fs.readlink('nowhere'), 'EINVAL');
      await fails(fs.symlink('x', 'long'), 'EEXIST');
    },
  },
  {
    title: 'symbolic links that go round answer ELOOP, as a chain of more than 40 does, and O_NOFOLLOW',
    async run({ fs }) {
      await fs.symlink('b', 'a');
      await fs.symlink('a', 'b');
      await fs.symlink('self', 'self');
      await fails(fs.stat('a'), 'ELOOP');
      await fails(fs.open('self', 'O_RDONLY'), 'ELOOP');
      await fails(fs.mkdir('a/d'), 'ELOOP');
      await fs.put('end', 'reached');
      await fs.symlink('end', 'c0');
      for (let i = 1; i <= 40; i += 1) await fs.symlink(`c${i - 1}`, `c${i}`);
      equal(await fs.get('c39'), 'reached');
      await fails(fs.stat('c40'), 'ELOOP');
      await fails(fs.open('c0', 'O_RDONLY|O_NOFOLLOW'), 'ELOOP');
    },
  },
];

export const NAMELESS: readonly Case[] = [
  {
    title: 'an unlinked file that is open is read, written, cut, locked and asked for as before',
    async run({ fs }) {
      const fd = await fs.open('f', 'O_RDWR|O_CREAT');
      await fs.write(fd, 'before');
      await fs.unlink('f');
      deepEqual(await fs.listdir('.'), []);
      await fs.pwrite(fd, ' and after', 6);
      equal(await fs.pread(fd, 100, 0), 'before and after');
      await fs.fill(fd, 'x', 0, 300_000);
      await fs.ftruncate(fd, 200_000);
      deepEqual(await fs.summary(fd, 0, 300_000), [['x', 200_000]]);
      await fs.fchmod(fd, 0o640);
      await fs.fsetxattr(fd, 'user.k', 'v');
      equal(await fs.fgetxattr(fd, 'user.k'), 'v');
      await fs.fsync(fd);
      const { nlink, size, mode } = await fs.fstat(fd);
      deepEqual([nlink, size, mode], [0, 200_000, 0o640]);
      await fs.put('f', 'another');
      deepEqual(await fs.summary(fd, 0, 5), [['x', 5]]);
      const again = await fs.open(`/proc/self/fd/${fd}`, 'O_RDONLY');
      equal(await fs.pread(again, 2, 0), 'xx');
      await fails(fs.linkat(null, `/proc/self/fd/${fd}`, 'back', 'AT_SYMLINK_FOLLOW'), 'ENOENT');
    },
  },
  {
    title: 'a removed directory that is a working directory is empty and takes no names',
    async run({ fs, directory }) {
      await fs.mkdir('d');
      await fs.chdir('d');
      await fs.rmdir(`${directory}/d`);
      deepEqual(await fs.listdir('.'), []);
      await fails(fs.put('f', 'x'), 'ENOENT');
      await fails(fs.mkdir('e'), 'ENOENT');
      await fails(fs.getcwd(), 'ENOENT');
    },
  },
  {
    title: 'O_TMPFILE makes a file without a name, which linkat gives one',
    async run({ fs }) {
      const fd = await fs.open('.', 'O_TMPFILE|O_RDWR', 0o640);
      await fs.write(fd, 'unnamed');
      deepEqual(await fs.listdir('.'), []);
      equal((await fs.fstat(fd)).nlink, 0);
      equal((await fs.fstat(fd)).mode, 0o640);
      await fs.linkat(null, `/proc/self/fd/${fd}`, 'named', 'AT_SYMLINK_FOLLOW');
      equal(await fs.get('named'), 'unnamed');
      equal((await fs.fstat(fd)).nlink, 1);
      equal((await fs.stat('named')).ino, (await fs.fstat(fd)).ino);
      await fails(fs.linkat(null, `/proc/self/fd/${fd}`, 'named', 'AT_SYMLINK_FOLLOW'), 'EEXIST');
      await fails(fs.open('.', 'O_TMPFILE|O_RDONLY'), 'EINVAL');
      const lost = await fs.open('.', 'O_TMPFILE|O_RDWR');
      await fs.fill(lost, 'x', 0, 100_000);
      await fs.close(lost);
      deepEqual(await fs.listdir('.'), ['named']);
    },
  },
  {
    title: 'linkat with AT_EMPTY_PATH names what a descriptor has open',
    needs: ['root'],
    async run({ fs }) {
      const fd = await fs.open('.', 'O_TMPFILE|O_RDWR');
      await fs.write(fd, 'unnamed');
      await fs.linkat(fd, '', 'named', 'AT_EMPTY_PATH');
      equal(await fs.get('named'), 'unnamed');
    },
  },
  {
    title: 'O_TMPFILE with O_EXCL makes a file that never gets a name',
    async run({ fs }) {
      const fd = await fs.open('.', 'O_TMPFILE|O_RDWR|O_EXCL');
      await fs.write(fd, 'x');
      await fails(fs.linkat(null, `/proc/self/fd/${fd}`, 'named', 'AT_SYMLINK_FOLLOW'), 'ENOENT');
      ok(!(await fs.exists('named')));
    },
  },
];
