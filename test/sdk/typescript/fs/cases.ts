/**
 * Calls that a program makes of node:fs/promises, each run on a directory of the disk and on a workspace, which both begin as
 * `prepare` leaves them. `at` makes a path of the place from `/…`.
 */
import { Buffer } from 'node:buffer';
import type * as nodeFs from 'node:fs';
import type * as nodePromises from 'node:fs/promises';

export type Fs = typeof nodePromises & { readonly constants: typeof nodeFs.constants };
export interface Place {
  readonly fs: Fs;
  at(path: string): string;
}
type Body = (place: Place) => Promise<unknown>;

export async function prepare({ fs, at }: Place): Promise<void> {
  await fs.mkdir(at('/d/e'), { recursive: true });
  await fs.mkdir(at('/empty'));
  await fs.writeFile(at('/f'), 'hello wörld');
  await fs.writeFile(at('/d/g'), 'g');
  await fs.writeFile(at('/d/e/deep'), 'deep');
  await fs.symlink('d/e', at('/link'));
  await fs.symlink('nowhere', at('/dangling'));
  await fs.symlink('loop', at('/loop'));
}

/** What of a stat is the same on every file system. */
async function shape(stats: Promise<nodeFs.Stats>): Promise<object> {
  const s = await stats;
  return {
    kinds: [s.isFile(), s.isDirectory(), s.isSymbolicLink(), s.isFIFO(), s.isSocket()],
    devices: [s.isBlockDevice(), s.isCharacterDevice()],
    mode: s.mode.toString(8),
    size: s.isDirectory() ? 0 : s.size,
    nlink: s.isDirectory() ? 0 : s.nlink,
    owner: [s.uid, s.gid],
    members: Object.keys(s).sort(),
    dates: [
      s.mtime.getTime() === Math.round(s.mtimeMs),
      s.atime instanceof Date,
      s.birthtime instanceof Date,
    ],
  };
}

function named(entries: readonly nodeFs.Dirent[]): object[] {
  return entries
    .map((e) => ({
      name: e.name,
      in: e.parentPath,
      kinds: [e.isFile(), e.isDirectory(), e.isSymbolicLink()],
    }))
    .sort((a, b) => (`${a.in}/${a.name}` < `${b.in}/${b.name}` ? -1 : 1));
}

export const CASES: Readonly<Record<string, Body>> = {
  'readFile gives bytes': ({ fs, at }) => fs.readFile(at('/f')),
  'readFile gives text': ({ fs, at }) => fs.readFile(at('/f'), 'utf8'),
  'readFile takes options': ({ fs, at }) => fs.readFile(at('/f'), { encoding: 'base64' }),
  'readFile takes null': ({ fs, at }) => fs.readFile(at('/f'), null),
  'readFile through a symlink': ({ fs, at }) => fs.readFile(at('/link/deep'), 'latin1'),
  'readFile of a Buffer path': ({ fs, at }) => fs.readFile(Buffer.from(at('/f')), 'utf8'),
  'readFile of a URL': ({ fs, at }) => fs.readFile(new URL(`file://${at('/f')}`), 'utf8'),
  'readFile of nothing': ({ fs, at }) => fs.readFile(at('/no')),
  'readFile of a directory': ({ fs, at }) => fs.readFile(at('/d')),
  'readFile below a file': ({ fs, at }) => fs.readFile(at('/f/x')),
  'readFile of a loop': ({ fs, at }) => fs.readFile(at('/loop')),
  'readFile of a name that is too long': ({ fs, at }) => fs.readFile(at(`/${'n'.repeat(256)}`)),
  'readFile of a path with a NUL': ({ fs, at }) => fs.readFile(at('/a\0b')),
  'readFile of a number': ({ fs }) => fs.readFile({} as string),
  'readFile of an unknown encoding': ({ fs, at }) => fs.readFile(at('/f'), 'klingon' as 'utf8'),
  'readFile that is aborted': ({ fs, at }) => fs.readFile(at('/f'), { signal: AbortSignal.abort() }),
  'readFile with a flag that makes the file': async ({ fs, at }) => [
    (await fs.readFile(at('/new'), { flag: 'a+' })).length,
    await fs.readdir(at('/empty')),
  ],
  'writeFile replaces': async ({ fs, at }) => [
    await fs.writeFile(at('/f'), 'x'),
    await fs.readFile(at('/f'), 'utf8'),
    await shape(fs.stat(at('/f'))),
  ],
  'writeFile of views and encodings': async ({ fs, at }) => {
    await fs.writeFile(at('/1'), new Uint16Array([1, 2]));
    await fs.writeFile(at('/2'), new DataView(new ArrayBuffer(3), 1, 2));
    await fs.writeFile(at('/3'), '00ff', 'hex');
    await fs.writeFile(at('/4'), 'AP8=', { encoding: 'base64', mode: 0o600 });
    return [
      await Promise.all(['/1', '/2', '/3', '/4'].map((path) => fs.readFile(at(path)))),
      await shape(fs.stat(at('/4'))),
    ];
  },
  'writeFile of an iterable': async ({ fs, at }) => {
    await fs.writeFile(at('/f'), ['a', Buffer.from('b')]);
    await fs.writeFile(
      at('/g'),
      (async function* () {
        yield 'c';
        yield 'd';
      })(),
    );
    return [await fs.readFile(at('/f'), 'utf8'), await fs.readFile(at('/g'), 'utf8')];
  },
  'writeFile of the mode that is asked for, less the umask': async ({ fs, at }) => {
    await fs.writeFile(at('/x'), '', { mode: 0o777 });
    await fs.writeFile(at('/y'), '', { mode: 0o666 });
    return [await shape(fs.stat(at('/x'))), await shape(fs.stat(at('/y')))];
  },
  'writeFile that may not replace': ({ fs, at }) => fs.writeFile(at('/f'), 'x', { flag: 'wx' }),
  'writeFile into what is there': async ({ fs, at }) => [
    await fs.writeFile(at('/f'), 'HE', { flag: 'r+' }),
    await fs.readFile(at('/f'), 'utf8'),
  ],
  'writeFile of nothing, into what is there': ({ fs, at }) => fs.writeFile(at('/no'), 'x', { flag: 'r+' }),
  'writeFile in no directory': ({ fs, at }) => fs.writeFile(at('/no/x'), ''),
  'writeFile to a directory': ({ fs, at }) => fs.writeFile(at('/d'), ''),
  'writeFile through a dangling symlink': async ({ fs, at }) => [
    await fs.writeFile(at('/dangling'), 'made'),
    await fs.readFile(at('/nowhere'), 'utf8'),
  ],
  'writeFile of an object': ({ fs, at }) => fs.writeFile(at('/f'), {} as string),
  'writeFile with an unknown flag': ({ fs, at }) => fs.writeFile(at('/f'), '', { flag: 'q' }),
  'writeFile that is aborted': ({ fs, at }) => fs.writeFile(at('/f'), 'x', { signal: AbortSignal.abort() }),
  'appendFile makes and appends': async ({ fs, at }) => [
    await fs.appendFile(at('/new'), 'a'),
    await fs.appendFile(at('/new'), 'b', 'utf8'),
    await fs.appendFile(at('/new'), Buffer.from('c'), { mode: 0o600 }),
    await fs.readFile(at('/new'), 'utf8'),
  ],
  'mkdir makes one': async ({ fs, at }) => [await fs.mkdir(at('/x')), await shape(fs.stat(at('/x')))],
  'mkdir of a mode': async ({ fs, at }) => [await fs.mkdir(at('/x'), 0o700), await shape(fs.stat(at('/x')))],
  'mkdir of what is there': ({ fs, at }) => fs.mkdir(at('/d')),
  'mkdir in no directory': ({ fs, at }) => fs.mkdir(at('/x/y')),
  'mkdir below a file': ({ fs, at }) => fs.mkdir(at('/f/y')),
  'mkdir of many tells the first': ({ fs, at }) => fs.mkdir(at('/d/x/y'), { recursive: true }),
  'mkdir of many that are there': ({ fs, at }) => fs.mkdir(at('/d/e'), { recursive: true }),
  'mkdir of many over a file': ({ fs, at }) => fs.mkdir(at('/f'), { recursive: true }),
  'mkdtemp makes one for its user': async ({ fs, at }) => {
    const path = await fs.mkdtemp(at('/tmp-'));
    return [path.length - at('/').length, path.startsWith(at('/tmp-')), await shape(fs.stat(path))];
  },
  'mkdtemp in no directory': async ({ fs, at }) => {
    const { code, syscall, path } = await fs.mkdtemp(at('/no/tmp-')).catch((error) => error);
    return [code, syscall, path.slice(0, -6)];
  },
  'readdir gives names': async ({ fs, at }) => (await fs.readdir(at('/'))).sort(),
  'readdir gives bytes': async ({ fs, at }) => (await fs.readdir(at('/d'), 'buffer')).sort(),
  'readdir gives entries': async ({ fs, at }) => named(await fs.readdir(at('/'), { withFileTypes: true })),
  // Below /d: in a listing of names alone, some versions of Node go on into what a symlink leads to.
  'readdir of the whole tree': async ({ fs, at }) => (await fs.readdir(at('/d'), { recursive: true })).sort(),
  'readdir of the whole tree as entries': async ({ fs, at }) =>
    named(await fs.readdir(at('/'), { recursive: true, withFileTypes: true })),
  'readdir of nothing': ({ fs, at }) => fs.readdir(at('/no')),
  'readdir of a file': ({ fs, at }) => fs.readdir(at('/f')),
  'opendir is iterated': async ({ fs, at }) => {
    const found: nodeFs.Dirent[] = [];
    const directory = await fs.opendir(at('/d'));
    for await (const entry of directory) found.push(entry);
    return [directory.path, named(found)];
  },
  'opendir is read and closed': async ({ fs, at }) => {
    const directory = await fs.opendir(at('/empty'));
    const end = await directory.read();
    await directory.close();
    return [end, await (async () => directory.read())().catch((error: NodeJS.ErrnoException) => error.code)];
  },
  'opendir of the whole tree': async ({ fs, at }) => {
    const found: nodeFs.Dirent[] = [];
    for await (const entry of await fs.opendir(at('/d'), { recursive: true })) found.push(entry);
    return named(found);
  },
  'opendir of nothing': ({ fs, at }) => fs.opendir(at('/no')),
  'opendir of a file': ({ fs, at }) => fs.opendir(at('/f')),
  'rmdir removes': async ({ fs, at }) => [await fs.rmdir(at('/empty')), (await fs.readdir(at('/'))).sort()],
  'rmdir of what is not empty': ({ fs, at }) => fs.rmdir(at('/d')),
  'rmdir of a file': ({ fs, at }) => fs.rmdir(at('/f')),
  'rmdir of nothing': ({ fs, at }) => fs.rmdir(at('/no')),
  'rm of a file': async ({ fs, at }) => [await fs.rm(at('/f')), (await fs.readdir(at('/'))).sort()],
  'rm of a tree': async ({ fs, at }) => [
    await fs.rm(at('/d'), { recursive: true }),
    (await fs.readdir(at('/'))).sort(),
  ],
  'rm of a directory alone': ({ fs, at }) => fs.rm(at('/d')),
  'rm of nothing': ({ fs, at }) => fs.rm(at('/no')),
  'rm of nothing, forced': ({ fs, at }) => fs.rm(at('/no'), { force: true, recursive: true }),
  'rm of a symlink leaves what it leads to': async ({ fs, at }) => [
    await fs.rm(at('/link'), { recursive: true }),
    await fs.readdir(at('/d/e')),
  ],
  'unlink removes': async ({ fs, at }) => [await fs.unlink(at('/f')), (await fs.readdir(at('/'))).sort()],
  'unlink of a directory': ({ fs, at }) => fs.unlink(at('/d')),
  'unlink of nothing': ({ fs, at }) => fs.unlink(at('/no')),
  'stat follows': ({ fs, at }) => shape(fs.stat(at('/link'))),
  'stat of a file': ({ fs, at }) => shape(fs.stat(at('/f'))),
  'stat in bigints': async ({ fs, at }) => {
    const s = await fs.stat(at('/f'), { bigint: true });
    return [s.size, s.mode, s.mtimeNs / 1_000_000n === s.mtimeMs, Object.keys(s).sort()];
  },
  'stat of nothing': ({ fs, at }) => fs.stat(at('/no')),
  'stat of a dangling symlink': ({ fs, at }) => fs.stat(at('/dangling')),
  'lstat does not follow': ({ fs, at }) => shape(fs.lstat(at('/link'))),
  'lstat of nothing': ({ fs, at }) => fs.lstat(at('/no')),
  'readlink and realpath': async ({ fs, at }) => [
    await fs.readlink(at('/link')),
    await fs.readlink(at('/link'), 'buffer'),
    await fs.realpath(at('/link/deep')),
  ],
  'readlink of a file': ({ fs, at }) => fs.readlink(at('/f')),
  'realpath of nothing': ({ fs, at }) => fs.realpath(at('/no')),
  'symlink where something is': ({ fs, at }) => fs.symlink('x', at('/f')),
  'link is the same file': async ({ fs, at }) => [
    await fs.link(at('/f'), at('/h')),
    (await fs.stat(at('/h'))).nlink,
    (await fs.stat(at('/h'))).ino === (await fs.stat(at('/f'))).ino,
  ],
  'link of nothing': ({ fs, at }) => fs.link(at('/no'), at('/h')),
  'link where something is': ({ fs, at }) => fs.link(at('/f'), at('/d/g')),
  'link of a directory': ({ fs, at }) => fs.link(at('/d'), at('/h')),
  'rename moves and replaces': async ({ fs, at }) => [
    await fs.rename(at('/f'), at('/d/g')),
    await fs.readFile(at('/d/g'), 'utf8'),
    (await fs.readdir(at('/'))).sort(),
  ],
  'rename of nothing': ({ fs, at }) => fs.rename(at('/no'), at('/x')),
  'rename of a directory into itself': ({ fs, at }) => fs.rename(at('/d'), at('/d/e/x')),
  'rename of a directory over a full one': ({ fs, at }) => fs.rename(at('/empty'), at('/d')),
  'rename of a file over a directory': ({ fs, at }) => fs.rename(at('/f'), at('/d')),
  'rename of a directory over a file': ({ fs, at }) => fs.rename(at('/d'), at('/f')),
  'copyFile copies': async ({ fs, at }) => [
    await fs.copyFile(at('/f'), at('/copy')),
    await fs.readFile(at('/copy'), 'utf8'),
  ],
  'copyFile that may not replace': ({ fs, at }) =>
    fs.copyFile(at('/f'), at('/d/g'), fs.constants.COPYFILE_EXCL),
  'copyFile of nothing': ({ fs, at }) => fs.copyFile(at('/no'), at('/x')),
  'chmod changes': async ({ fs, at }) => [
    await fs.chmod(at('/f'), 0o4751),
    await fs.chmod(at('/d'), '700'),
    await shape(fs.stat(at('/f'))),
    await shape(fs.stat(at('/d'))),
  ],
  'chmod of nothing': ({ fs, at }) => fs.chmod(at('/no'), 0o600),
  'chown of nothing': ({ fs, at }) => fs.chown(at('/no'), 1, 1),
  'lchown of nothing': ({ fs, at }) => fs.lchown(at('/no'), 1, 1),
  'utimes takes seconds, dates and text': async ({ fs, at }) => {
    await fs.utimes(at('/f'), 1.5, new Date(2500));
    await fs.lutimes(at('/link'), '3', 4);
    const file = await fs.stat(at('/f'));
    const link = await fs.lstat(at('/link'));
    return [file.atimeMs, file.mtimeMs, file.mtime, link.atimeMs, link.mtimeMs];
  },
  'utimes of nothing': ({ fs, at }) => fs.utimes(at('/no'), 1, 1),
  'lutimes of nothing': ({ fs, at }) => fs.lutimes(at('/no'), 1, 1),
  'truncate cuts and grows': async ({ fs, at }) => [
    await fs.truncate(at('/f'), 3),
    await fs.readFile(at('/f'), 'utf8'),
    await fs.truncate(at('/f'), 5),
    await fs.readFile(at('/f')),
    await fs.truncate(at('/f')),
    (await fs.stat(at('/f'))).size,
  ],
  'truncate of nothing': ({ fs, at }) => fs.truncate(at('/no')),
  'truncate of a directory': ({ fs, at }) => fs.truncate(at('/d')),
  'access tells': async ({ fs, at }) => [
    await fs.access(at('/f')),
    await fs.access(at('/f'), fs.constants.R_OK | fs.constants.W_OK),
    await fs.access(at('/d'), fs.constants.X_OK),
  ],
  'access of nothing': ({ fs, at }) => fs.access(at('/no')),
  'access to execute what is no program': ({ fs, at }) => fs.access(at('/f'), fs.constants.X_OK),
};
