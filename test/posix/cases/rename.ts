/**
 * rename(2) and renameat2(2): what is replaced, what is refused, and what the flags mean.
 */
import { type Case, deepEqual, equal, fails, ok } from '../case.js';

export const RENAME: readonly Case[] = [
  {
    title: 'rename replaces a file at once, and who has the old one open goes on reading it',
    async run({ fs }) {
      await fs.put('old', 'the old content');
      await fs.put('new', 'the new content');
      const fd = await fs.open('old', 'O_RDWR');
      const { ino } = await fs.stat('new');
      await fs.rename('new', 'old');
      equal(await fs.get('old'), 'the new content');
      equal((await fs.stat('old')).ino, ino);
      equal(await fs.exists('new'), false);
      equal(await fs.pread(fd, 100, 0), 'the old content');
      await fs.pwrite(fd, 'THE', 0);
      equal(await fs.pread(fd, 100, 0), 'THE old content');
      equal((await fs.fstat(fd)).nlink, 0);
      equal(await fs.get('old'), 'the new content');
      deepEqual(await fs.listdir('.'), ['old']);
    },
  },
  {
    title: 'rename onto a name of another kind answers EISDIR, ENOTDIR or ENOTEMPTY, and changes nothing',
    async run({ fs }) {
      await fs.put('file', 'x');
      await fs.mkdir('empty');
      await fs.mkdir('full');
      await fs.put('full/inner', 'y');
      await fails(fs.rename('file', 'empty'), 'EISDIR');
      await fails(fs.rename('empty', 'file'), 'ENOTDIR');
      await fails(fs.rename('empty', 'full'), 'ENOTEMPTY', 'EEXIST');
      await fails(fs.rename('absent', 'file'), 'ENOENT');
      await fails(fs.rename('file/x', 'other'), 'ENOTDIR');
      await fails(fs.rename('file', 'other/'), 'ENOTDIR');
      await fails(fs.rename('empty/.', 'other'), 'EBUSY', 'EINVAL');
      deepEqual((await fs.listdir('.')).sort(), ['empty', 'file', 'full']);
      await fs.rename('full', 'empty');
      deepEqual(await fs.listdir('empty'), ['inner']);
      equal(await fs.exists('full'), false);
    },
  },
  {
    title: 'a directory is not renamed into itself (EINVAL), nor over what holds it (ENOTEMPTY)',
    async run({ fs }) {
      await fs.mkdir('a');
      await fs.mkdir('a/b');
      await fs.mkdir('a/b/c');
      await fails(fs.rename('a', 'a/x'), 'EINVAL');
      await fails(fs.rename('a', 'a/b/c/x'), 'EINVAL');
      await fails(fs.rename('a', 'a/b/c'), 'EINVAL');
      await fails(fs.rename('a/b/c', 'a'), 'ENOTEMPTY', 'EEXIST');
      await fs.rename('a/b/c', 'c');
      await fs.rename('a', 'c/a');
      deepEqual(await fs.listdir('c/a'), ['b']);
    },
  },
  {
    title: 'renaming one hard link of a file over another does nothing',
    async run({ fs }) {
      await fs.put('a', 'x');
      await fs.link('a', 'b');
      await fs.rename('a', 'b');
      deepEqual((await fs.listdir('.')).sort(), ['a', 'b']);
      equal((await fs.stat('a')).nlink, 2);
      await fs.rename('a', 'a');
      equal(await fs.get('a'), 'x');
    },
  },
  {
    title: 'a directory moved to another has that as its parent, and the link counts of both follow',
    async run({ fs }) {
      await fs.mkdir('from');
      await fs.mkdir('to');
      await fs.mkdir('from/d');
      equal((await fs.stat('from')).nlink, 3);
      const before = await fs.stat('to');
      await fs.rename('from/d', 'to/d');
      equal((await fs.stat('from')).nlink, 2);
      equal((await fs.stat('to')).nlink, 3);
      equal((await fs.stat('to/d/..')).ino, before.ino);
      ok((await fs.stat('to')).mtime >= before.mtime);
      await fs.mkdir('from/d');
      await fs.rename('from/d', 'to/d');
      equal((await fs.stat('to')).nlink, 3, 'an empty directory was replaced');
      equal((await fs.stat('from')).nlink, 2);
    },
  },
  {
    title: 'RENAME_NOREPLACE answers EEXIST where the name is taken, and renames where it is free',
    async run({ fs }) {
      await fs.put('a', 'a');
      await fs.put('b', 'b');
      await fs.mkdir('d');
      await fails(fs.renameat2('a', 'b', 'RENAME_NOREPLACE'), 'EEXIST');
      await fails(fs.renameat2('a', 'd', 'RENAME_NOREPLACE'), 'EEXIST');
      await fails(fs.renameat2('a', 'a', 'RENAME_NOREPLACE'), 'EEXIST');
      await fs.renameat2('a', 'd/c', 'RENAME_NOREPLACE');
      equal(await fs.get('d/c'), 'a');
      equal(await fs.get('b'), 'b');
      equal(await fs.exists('a'), false);
    },
  },
  {
    title: 'RENAME_EXCHANGE swaps a file and a directory of two directories',
    async run({ fs }) {
      await fs.mkdir('left');
      await fs.mkdir('right');
      await fs.put('left/x', 'file');
      await fs.mkdir('right/x');
      await fs.put('right/x/inner', 'inner');
      const file = (await fs.stat('left/x')).ino;
      const directory = (await fs.stat('right/x')).ino;
      await fs.renameat2('left/x', 'right/x', 'RENAME_EXCHANGE');
      equal((await fs.stat('right/x')).ino, file);
      equal((await fs.stat('left/x')).ino, directory);
      equal(await fs.get('left/x/inner'), 'inner');
      equal((await fs.stat('left/x/..')).ino, (await fs.stat('left')).ino);
      equal((await fs.stat('left')).nlink, 3);
      equal((await fs.stat('right')).nlink, 2);
      await fails(fs.renameat2('left/x', 'absent', 'RENAME_EXCHANGE'), 'ENOENT');
      await fails(fs.renameat2('left', 'left/x', 'RENAME_EXCHANGE'), 'EINVAL');
      await fails(fs.renameat2('left/x', 'left', 'RENAME_EXCHANGE'), 'EINVAL', 'ENOTEMPTY');
    },
  },
  {
    title: 'flags of renameat2 that exclude each other, or that nobody knows, answer EINVAL',
    async run({ fs }) {
      await fs.put('a', 'a');
      await fs.put('b', 'b');
      await fails(fs.renameat2('a', 'b', 'RENAME_EXCHANGE|RENAME_NOREPLACE'), 'EINVAL');
      await fails(fs.renameat2('a', 'b', 'RENAME_EXCHANGE|RENAME_WHITEOUT'), 'EINVAL');
      equal(await fs.get('a'), 'a');
    },
  },
  {
    title: 'RENAME_WHITEOUT leaves a whiteout behind, or is refused with EINVAL and changes nothing',
    needs: ['root'],
    async run({ fs }) {
      await fs.put('a', 'a');
      const refused = await fs.renameat2('a', 'b', 'RENAME_WHITEOUT').then(
        () => false,
        (error: { code?: string }) => {
          equal(error.code, 'EINVAL');
          return true;
        },
      );
      if (refused) {
        equal(await fs.get('a'), 'a');
        equal(await fs.exists('b'), false);
      } else {
        equal(await fs.get('b'), 'a');
        const { type, rdev } = await fs.lstat('a');
        deepEqual([type, rdev], ['character', 0]);
      }
    },
  },
];
