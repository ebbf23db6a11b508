/**
 * Directories: large ones read while they change, streams with positions, deep trees, and what rmdir refuses.
 */
import { type Case, deepEqual, equal, fails, ok } from '../case.js';

const names = (prefix: string, from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(from + i).padStart(5, '0')}`);

const visible = (entries: readonly { name: string }[]): string[] =>
  entries.map(({ name }) => name).filter((name) => name !== '.' && name !== '..');

/** All names from a stream's position to its end, `step` entries a call, with something done between. */
async function drain(
  read: (count: number) => Promise<readonly { name: string }[]>,
  step: number,
  between: (seen: readonly string[]) => Promise<void> = async () => undefined,
): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    const entries = await read(step);
    seen.push(...visible(entries));
    if (entries.length < step) return seen;
    await between(seen);
  }
}

export const DIRECTORIES: readonly Case[] = [
  {
    title: 'a directory of 100 000 entries is listed whole, each name once',
    async run({ fs, full }) {
      const count = full ? 100_000 : 2_000;
      await fs.mkdir('d');
      await fs.makeFiles('d', 'f', 0, count);
      const listed = await fs.listdir('d');
      equal(listed.length, count);
      deepEqual(listed.sort(), names('f', 0, count));
      await fails(fs.rmdir('d'), 'ENOTEMPTY', 'EEXIST');
      equal((await fs.run('rm', '-r', 'd')).code, 0);
      ok(!(await fs.exists('d')));
    },
  },
  {
    title: 'a listing sees each entry once that is there throughout, whatever is made and removed meanwhile',
    async run({ fs, process, full }) {
      const count = full ? 100_000 : 2_000;
      const step = Math.floor(count / 20);
      const other = await process(1);
      await fs.mkdir('d');
      await fs.makeFiles('d', 'stay', 0, count);
      await fs.makeFiles('d', 'gone', 0, count / 4);
      const stream = await fs.opendir('d');
      let made = 0;
      let removed = 0;
      const seen = await drain(
        (limit) => fs.readdir(stream, limit),
        step,
        async () => {
          await other.makeFiles('d', 'new', made, step / 10);
          made += step / 10;
          const part = names('gone', removed, Math.min(step / 10, count / 4 - removed));
          await other.removeFiles('d', part);
          removed += part.length;
        },
      );
      equal(new Set(seen).size, seen.length, 'no name twice');
      deepEqual(seen.filter((name) => name.startsWith('stay')).sort(), names('stay', 0, count));
      await fs.rewinddir(stream);
      const again = await drain((limit) => fs.readdir(stream, limit), count);
      equal(again.length, count + count / 4 + made - removed, 'rewinddir shows how it is now');
    },
  },
  {
    title: 'removing each entry as it is read leaves an empty directory, as rm -r wants it',
    async run({ fs }) {
      await fs.mkdir('d');
      await fs.makeFiles('d', 'f', 0, 1_500);
      const stream = await fs.opendir('d');
      let done = 0;
      const seen = await drain(
        (limit) => fs.readdir(stream, limit),
        7,
        async (names) => {
          await fs.removeFiles('d', names.slice(done));
          done = names.length;
        },
      );
      await fs.removeFiles('d', seen.slice(done));
      equal(seen.length, 1_500);
      await fs.rmdir('d');
    },
  },
  {
    title: 'telldir and seekdir go back to where the stream was, also after entries before it have gone',
    async run({ fs }) {
      await fs.mkdir('d');
      await fs.makeFiles('d', 'f', 0, 1_000);
      const stream = await fs.opendir('d');
      const positions: number[] = [];
      const order: string[] = [];
      for (;;) {
        positions.push(await fs.telldir(stream));
        const [entry] = await fs.readdir(stream);
        if (entry === undefined) break;
        order.push(entry.name);
        if (order.length % 50 === 0) await fs.seekdir(stream, await fs.telldir(stream));
      }
      equal(order.length, 1_002);
      for (const index of [900, 3, 1_001, 500, 0, 501]) {
        await fs.seekdir(stream, positions[index]!);
        deepEqual(
          (await fs.readdir(stream, 3)).map(({ name }) => name),
          order.slice(index, index + 3),
        );
      }
      const before = visible(order.slice(0, 300).map((name) => ({ name })));
      await fs.removeFiles('d', before);
      await fs.seekdir(stream, positions[600]!);
      deepEqual(
        (await drain((limit) => fs.readdir(stream, limit), 100)).sort(),
        visible(order.slice(600).map((name) => ({ name }))).sort(),
      );
    },
  },
  {
    title: 'an entry says its inode number and type as stat does, and . and .. are there',
    async run({ fs }) {
      await fs.put('file', 'x');
      await fs.mkdir('directory');
      await fs.symlink('file', 'symlink');
      await fs.mkfifo('fifo');
      const stream = await fs.opendir('.');
      const entries = await fs.readdir(stream, 100);
      deepEqual(entries.map(({ name }) => name).sort(), ['.', '..', 'directory', 'fifo', 'file', 'symlink']);
      for (const { name, ino, type } of entries) {
        const status = await fs.lstat(name);
        deepEqual([name, ino, type], [name, status.ino, status.type]);
      }
    },
  },
  {
    title: 'rmdir and unlink refuse: ENOTEMPTY, ENOTDIR, EISDIR, EINVAL for ., ENOENT for nothing',
    async run({ fs }) {
      await fs.mkdir('d');
      await fs.put('d/f', 'x');
      await fails(fs.rmdir('d'), 'ENOTEMPTY', 'EEXIST');
      await fails(fs.rmdir('d/f'), 'ENOTDIR');
      await fails(fs.unlink('d'), 'EISDIR', 'EPERM');
      await fails(fs.rmdir('d/.'), 'EINVAL');
      await fails(fs.rmdir('d/..'), 'ENOTEMPTY', 'EEXIST');
      await fails(fs.rmdir('absent'), 'ENOENT');
      await fails(fs.unlink('absent'), 'ENOENT');
      await fails(fs.unlink('d/f/x'), 'ENOTDIR');
      await fails(fs.unlink('d/f/'), 'ENOTDIR');
      await fails(fs.stat(''), 'ENOENT');
      await fs.unlink('d/f');
      await fs.rmdir('d/');
    },
  },
  {
    title: 'a directory has a link for each subdirectory, and a new mtime with each change in it',
    async run({ fs }) {
      await fs.mkdir('d');
      await fs.mkdir('d/a');
      await fs.mkdir('d/b');
      equal((await fs.stat('d')).nlink, 4);
      await fs.rmdir('d/a');
      equal((await fs.stat('d')).nlink, 3);
      const changes = [
        () => fs.put('d/f', 'x'),
        () => fs.link('d/f', 'd/g'),
        () => fs.rename('d/g', 'd/h'),
        () => fs.symlink('f', 'd/s'),
        () => fs.unlink('d/h'),
      ];
      for (const change of changes) {
        await fs.utimensat('d', 0n, 0n);
        await change();
        const { mtime, ctime } = await fs.stat('d');
        ok(mtime > 0n && mtime === ctime, String(change));
      }
      await fs.utimensat('d', 0n, 0n);
      await fs.put('d/f', 'changed');
      equal((await fs.stat('d')).mtime, 0n, 'a change of content is none of the directory');
    },
  },
  {
    title: 'a tree of 2 000 levels is made, walked, moved and removed',
    async run({ fs, directory, full }) {
      const levels = full ? 2_000 : 300;
      await fs.descend('deep', levels);
      await fs.put('bottom', 'reached');
      const [above, bottom] = [await fs.stat('..'), await fs.stat('bottom')];
      ok(above.ino !== bottom.ino);
      await fs.chdir(directory);
      await fs.goDown('deep', levels);
      equal(await fs.get('bottom'), 'reached');
      await fs.chdir(directory);
      await fs.mkdir('elsewhere');
      await fs.rename('deep/deep', 'elsewhere/deep');
      await fs.chdir('elsewhere');
      await fs.goDown('deep', levels - 1);
      await fs.unlink('bottom');
      await fs.ascend('deep', levels - 1);
      deepEqual((await fs.listdir(directory)).sort(), ['deep', 'elsewhere']);
      const { out } = await fs.run('find', directory, '-type', 'd');
      equal(out.trim().split('\n').length, 3);
    },
  },
  {
    title: 'a directory cannot be moved to below 2 000 levels of itself',
    async run({ fs, directory, full }) {
      const levels = full ? 2_000 : 300;
      await fs.mkdir('top');
      await fs.chdir('top');
      await fs.descend('deep', levels);
      await fails(fs.rename(`${directory}/top`, 'inside'), 'EINVAL');
      await fs.ascend('deep', levels);
      deepEqual(await fs.listdir('.'), []);
    },
  },
];

export const NAMES: readonly Case[] = [
  {
    title: 'names of 255 bytes are kept, those of 256 answer ENAMETOOLONG in every call',
    async run({ fs }) {
      for (const name of ['x'.repeat(255), 'é'.repeat(127), '日本語 \n\t\u{1f600}', '-', ' ', '...']) {
        await fs.put(name, 'x');
        ok((await fs.listdir('.')).includes(name));
        await fs.rename(name, 'y');
        await fs.rename('y', name);
        await fs.unlink(name);
      }
      const long = 'x'.repeat(256);
      await fs.put('f', 'x');
      for (const call of [
        fs.put(long, 'x'),
        fs.mkdir(long),
        fs.symlink('f', long),
        fs.link('f', long),
        fs.rename('f', long),
        fs.rename(long, 'f'),
        fs.stat(long),
        fs.unlink(long),
        fs.rmdir(long),
        fs.mkfifo(long),
        fs.chmod(long, 0o600),
        fs.stat(`${long}/x`),
      ]) {
        await fails(call, 'ENAMETOOLONG');
      }
    },
  },
  {
    title: 'a path of 4095 bytes is walked, one of 4096 answers ENAMETOOLONG',
    async run({ fs }) {
      await fs.mkdir('d');
      await fs.put('d/f', 'x');
      equal(await fs.get(`${'./'.repeat(2_046)}d/f`), 'x');
      await fails(fs.stat(`${'./'.repeat(2_046)}d//f`), 'ENAMETOOLONG');
    },
  },
  {
    title: 'names differ by case and by normal form, and are given back byte by byte',
    async run({ fs }) {
      const given = ['readme', 'README', '\u00e9', 'e\u0301', '\ufb01', 'fi'];
      for (const name of given) await fs.put(name, name.length.toString());
      deepEqual((await fs.listdir('.')).sort(), [...given].sort());
    },
  },
];
