/**
 * `ws.fs` answers as node:fs/promises does: each case runs on a directory of the disk and on a workspace, and results and
 * errors (code, errno, syscall, paths, words) are compared.
 */
import { constants } from 'node:fs';
import * as promises from 'node:fs/promises';
import t from 'tap';
import { temporaryDirectory } from '../../../workspace/temporary-home.js';
import { openWorkspace } from '../open-workspace.js';
import { CASES, type Fs, type Place, prepare } from './cases.js';
import { HANDLE_CASES } from './handle-cases.js';

/** Members of an error that a program may look at. */
const SEEN = ['code', 'errno', 'syscall', 'path', 'dest'] as const;
/** Node words these by the value or the version; their codes are compared. */
const WORDED_FREELY = /^ERR_|^ABORT_ERR/;

async function outcome(place: Place, body: (place: Place) => Promise<unknown>): Promise<unknown> {
  const root = place.at('');
  try {
    return plain(await body(place), root);
  } catch (error) {
    const { message, ...rest } = error as NodeJS.ErrnoException;
    const told = SEEN.map((name) => [name, plain((rest as Record<string, unknown>)[name], root)]);
    const words = WORDED_FREELY.test(String(rest.code)) ? {} : { message: plain(message, root) };
    return { failed: Object.fromEntries(told), ...words };
  }
}

/** Without the place it is in, and bytes as text. */
function plain(value: unknown, root: string): unknown {
  if (typeof value === 'string') return root === '' ? value : value.replaceAll(root, '');
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((one) => plain(one, root));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one, root)]));
}

async function onDisk(directory: string): Promise<Place> {
  const root = await promises.mkdtemp(`${directory}/case-`);
  const place: Place = { fs: promises as Fs, at: (path) => `${root}${path}` };
  await prepare(place);
  return place;
}

process.umask(0o022);

for (const [cases, what] of [
  [CASES, 'the calls of node:fs/promises'],
  [HANDLE_CASES, 'the calls of a FileHandle'],
] as const) {
  t.test(`${what} end in a workspace as they do on a disk`, async (t) => {
    const directory = await promises.realpath(temporaryDirectory(t));
    const { owner, client } = await openWorkspace(t);
    for (const [name, body] of Object.entries(cases)) {
      const expected = await outcome(await onDisk(directory), body);
      for (const [way, ws] of Object.entries({ 'in process': owner, 'over the socket': client })) {
        for (const entry of await ws.readdir('/')) await ws.rm(`/${entry}`, { recursive: true });
        const place: Place = { fs: ws.fs.promises as unknown as Fs, at: (path) => path };
        await prepare(place);
        t.same(await outcome(place, body), expected, `${name}, ${way}`);
      }
    }
  });
}

t.test('a directory cannot be opened as a file, which Linux allows to read', async (t) => {
  const { owner } = await openWorkspace(t);
  await t.rejects(owner.fs.open('/'), { code: 'EISDIR', syscall: 'open', path: '/' });
});

t.test('what is no failure of a system call stays an AgentFsError', async (t) => {
  const { client } = await openWorkspace(t);
  await client.close();
  await t.rejects(client.fs.readFile('/f'), { name: 'AgentFsError', code: 'CLOSED' });
});

t.test('its functions stand by themselves, call back, and stream', async (t) => {
  const { owner } = await openWorkspace(t);
  const { writeFile, readFile, createReadStream, createWriteStream } = { ...owner.fs };
  await writeFile('/f', 'text');
  t.equal(await readFile('/f', 'utf8'), 'text');
  const called = new Promise<unknown[]>((resolve) => {
    readFile('/f', 'utf8', (...told: unknown[]) => resolve(told));
  });
  t.same(await called, [null, 'text']);
  const refused = new Promise<unknown[]>((resolve) => {
    owner.fs.stat('/no', (...told: unknown[]) => resolve(told));
  });
  t.match(await refused, [{ code: 'ENOENT', syscall: 'stat', errno: -2 }]);
  const stream = createWriteStream('/g', { flags: 'wx' });
  await new Promise((resolve) => stream.end('streamed', () => resolve(undefined)));
  const pieces: string[] = [];
  for await (const piece of createReadStream('/g', 'utf8')) pieces.push(piece);
  t.same(pieces, ['streamed']);
  const failing = createReadStream('/no');
  await t.rejects(failing.toArray(), { code: 'ENOENT', syscall: 'open', path: '/no' });
  t.equal(owner.fs.constants, constants);
});
