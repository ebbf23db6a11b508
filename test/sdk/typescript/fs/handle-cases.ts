/** As cases.ts: what a program does with a FileHandle. */
import { Buffer } from 'node:buffer';
import type { Place } from './cases.js';

export const HANDLE_CASES: Readonly<Record<string, (place: Place) => Promise<unknown>>> = {
  'reads go on from the last': async ({ fs, at }) => {
    await using file = await fs.open(at('/f'));
    const one = await file.read(Buffer.alloc(3), 0, 3);
    const two = await file.read(Buffer.alloc(4), { offset: 1, length: 2 });
    const three = await file.read({ buffer: Buffer.alloc(2), position: 0 });
    const four = await file.read(new Uint8Array(2), 0, 2, null);
    return [one, two, three, [four.bytesRead, Buffer.from(four.buffer)], await file.readFile('utf8')];
  },
  'a read behind the end': async ({ fs, at }) => {
    await using file = await fs.open(at('/f'));
    return (await file.read(Buffer.alloc(4), 0, 4, 1000)).bytesRead;
  },
  'a read outside of its buffer': async ({ fs, at }) => {
    await using file = await fs.open(at('/f'));
    return await file.read(Buffer.alloc(4), 2, 3, 0);
  },
  'writes go on from the last': async ({ fs, at }) => {
    await using file = await fs.open(at('/new'), 'w+', 0o600);
    const one = await file.write('grüße');
    const two = await file.write(Buffer.from('abcd'), 1, 2);
    const three = await file.write('00', 0, 'hex');
    const four = await file.writev([Buffer.from('x'), Buffer.from('yz')]);
    const five = await file.readv([Buffer.alloc(2), Buffer.alloc(3)], 1);
    return [one, two, three, four, five, await fs.readFile(at('/new'))];
  },
  'what is appended comes at the end, wherever it is put': async ({ fs, at }) => {
    await using file = await fs.open(at('/f'), 'a+');
    await file.write('!', 0);
    await file.write('?');
    return [await fs.readFile(at('/f'), 'utf8'), await file.readFile('utf8')];
  },
  'writeFile and appendFile go on too': async ({ fs, at }) => {
    await using file = await fs.open(at('/f'), 'r+');
    await file.writeFile('HE');
    await file.appendFile('L');
    return await fs.readFile(at('/f'), 'utf8');
  },
  'many writes at once keep their order': async ({ fs, at }) => {
    await using file = await fs.open(at('/new'), 'w');
    await Promise.all(['a', 'b', 'c', 'd'].map((text) => file.write(text)));
    return (await fs.readFile(at('/new'), 'utf8')).length;
  },
  'stat, truncate, chmod, utimes, sync': async ({ fs, at }) => {
    await using file = await fs.open(at('/f'), 'r+');
    await fs.rename(at('/f'), at('/moved'));
    await file.truncate(4);
    await file.chmod(0o600);
    await file.utimes(1, 2);
    await file.sync();
    await file.datasync();
    const { size, mode, mtimeMs } = await file.stat();
    return [size, mode, mtimeMs, (await file.stat({ bigint: true })).size];
  },
  'a file that is gone can still be read': async ({ fs, at }) => {
    await using file = await fs.open(at('/f'));
    await fs.unlink(at('/f'));
    return [await file.readFile('utf8'), (await file.stat()).nlink];
  },
  'streams and lines of it': async ({ fs, at }) => {
    await fs.writeFile(at('/lines'), 'one\ntwo\r\nthree');
    const lines: string[] = [];
    for await (const line of (await fs.open(at('/lines'))).readLines()) lines.push(line);
    const pieces: Buffer[] = [];
    for await (const piece of (await fs.open(at('/lines'))).createReadStream({ start: 1, end: 4 }))
      pieces.push(piece);
    return [lines, Buffer.concat(pieces)];
  },
  'numbers as flags': async ({ fs, at }) => {
    const { O_CREAT, O_EXCL, O_RDWR, O_TRUNC, O_WRONLY } = fs.constants;
    await (await fs.open(at('/made'), O_CREAT | O_RDWR)).close();
    await using kept = await fs.open(at('/f'), O_CREAT | O_RDWR);
    await (await fs.open(at('/d/g'), O_CREAT | O_WRONLY | O_TRUNC)).close();
    const refused = await fs
      .open(at('/f'), O_CREAT | O_WRONLY | O_EXCL)
      .catch((error: NodeJS.ErrnoException) => error.code);
    return [
      await kept.readFile('utf8'),
      (await fs.stat(at('/made'))).size,
      (await fs.stat(at('/d/g'))).size,
      refused,
    ];
  },
  'open of nothing': ({ fs, at }) => fs.open(at('/no')),
  'open of what must be new': ({ fs, at }) => fs.open(at('/f'), 'wx'),
  'a write to what is only read': async ({ fs, at }) => {
    await using file = await fs.open(at('/f'));
    return await file.write('x');
  },
  'a read of what is only written': async ({ fs, at }) => {
    await using file = await fs.open(at('/f'), 'a');
    return await file.read(Buffer.alloc(1), 0, 1, 0);
  },
  'closing twice': async ({ fs, at }) => {
    const file = await fs.open(at('/f'));
    await file.close();
    await file.close();
    return file.fd;
  },
};
