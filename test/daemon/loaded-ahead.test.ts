/**
 * An owner that has been started has in memory what it may need later, and is none the worse for a package that is
 * replaced or removed beneath it, or for descriptors that run out.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { AgentFS, ownerOf, startOwner, type Workspace } from '#src/sdk/typescript/index.js';
import { findImports } from '../project/source-scan.js';
import { eventually, temporaryDirectory } from '../workspace/temporary-home.js';

type Test = Parameters<typeof temporaryDirectory>[0];

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const DEADLINE_MS = 60_000;
const options = { timeout: 120_000 };
/** Writes each module whose source has been read on a line of the file LOADED. */
const HOOK = `export async function load(url, context, next) {
  const module = await next(url, context);
  if (!url.startsWith('node:')) (await import('node:fs')).appendFileSync(process.env.LOADED, url + '\\n');
  return module;
}`;
const REGISTER = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(HOOK))});`;

function dataUrl(source: string): string {
  return `data:text/javascript;base64,${Buffer.from(source).toString('base64')}`;
}

async function workspace(t: Test): Promise<Workspace> {
  const opened = await new AgentFS({ home: temporaryDirectory(t) }).workspace.create('demo');
  t.teardown(async () => {
    const owner = await ownerOf(opened.record).catch(() => undefined);
    if (owner?.kind === 'background') process.kill(owner.pid, 'SIGKILL');
    await opened.close().catch(() => {});
  });
  return opened;
}

/** A package of its own, with its own build. */
function copyOfPackage(t: Test): string {
  const root = join(temporaryDirectory(t), 'package');
  mkdirSync(root);
  for (const name of ['dist', 'package.json'])
    cpSync(join(ROOT, name), join(root, name), { recursive: true });
  for (const name of ['node_modules', 'native']) symlinkSync(join(ROOT, name), join(root, name));
  return root;
}

/** Starts an owner of that package; the function reads which of its modules have been loaded in any of its threads. */
async function startOwnerOf(root: string, ws: Workspace): Promise<() => string[]> {
  const file = join(root, 'loaded');
  const { NODE_OPTIONS = '' } = process.env;
  process.env.NODE_OPTIONS = `--import=${dataUrl(REGISTER)}`;
  process.env.LOADED = file;
  try {
    await startOwner(ws.record, { entry: join(root, 'dist', 'daemon', 'main.js') });
  } finally {
    process.env.NODE_OPTIONS = NODE_OPTIONS;
  }
  const here = new URL(`file://${root}/`).href;
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
  return () => lines().flatMap((url) => (url.startsWith(here) ? [url.slice(here.length)] : []));
}

interface Part {
  /** Where it is declared, and what it loads: files of the build. */
  readonly by: string;
  readonly file: string;
  readonly isAhead: boolean;
}

/** Every part of AgentFS that is declared by `late`. */
function lateParts(): Part[] {
  const pattern = /\blate\(\(\) => import\('(\.[^']+)'\)(, \{ ahead: false \})?/g;
  return readdirSync(join(ROOT, 'dist'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.js'))
    .map((path) => join('dist', path))
    .flatMap((by) =>
      [...readFileSync(join(ROOT, by), 'utf8').matchAll(pattern)].map((match) => ({
        by,
        file: join(dirname(by), match[1]!),
        isAhead: match[2] === undefined,
      })),
    );
}

/** What these parts load, with all that it imports. */
function filesOf(parts: readonly Part[]): string[] {
  const all = new Set(parts.map(({ file }) => file));
  for (const file of all) {
    for (const { from, kind } of findImports(readFileSync(join(ROOT, file), 'utf8'))) {
      if (kind === 'value' && from.startsWith('.')) all.add(join(dirname(file), from));
    }
  }
  return [...all];
}

async function loadedAll(loaded: () => readonly string[], parts: readonly Part[]): Promise<void> {
  const awaited = filesOf(parts);
  let missing = awaited;
  const isThere = () => {
    const there = new Set(loaded());
    missing = awaited.filter((file) => !there.has(file));
    return missing.length === 0;
  };
  await eventually(isThere, DEADLINE_MS).catch((error: Error) => {
    throw new Error(`${error.message}: that these are loaded: ${missing.join(', ')}`);
  });
}

t.test('an owner without a remote loads ahead all but what syncs', options, async (t) => {
  const ws = await workspace(t);
  const loaded = await startOwnerOf(copyOfPackage(t), ws);
  const parts = lateParts().filter(({ by, isAhead }) => isAhead && !by.startsWith('dist/sync/'));
  t.ok(parts.length >= 7, `there are ${parts.length} such parts`);
  await loadedAll(loaded, parts);
  t.match(await ws.readdir('/'), []);
  t.notOk(loaded().some((url) => url === 'dist/sync/engine.js' || url === 'dist/sync/worker.js'));
});

t.test('an owner answers everything after its package has been removed', options, async (t) => {
  const ws = await workspace(t);
  const remote = join(temporaryDirectory(t), 'remote.db');
  await ws.sync.enable({ tursoDb: `file:${remote}`, mode: 'manual' });
  await ws.writeFile('/a', 'before');
  await ws.close();
  const root = copyOfPackage(t);
  const loaded = await startOwnerOf(root, ws);
  await using client = await new AgentFS({ home: ws.record.home }).workspace.get('demo', { own: false });
  t.match(await client.owner(), { kind: 'background' });
  await loadedAll(
    loaded,
    lateParts().filter(({ isAhead }) => isAhead),
  );
  renameSync(join(root, 'dist'), join(root, 'gone'));

  t.same(await client.readdir('/'), ['a']);
  t.ok((await client.sync.push()).pushed > 0);
  t.match(await client.history('/a'), { path: '/a' });
  t.match(await client.checkpoints.create('one'), { name: 'one' });
  t.same(await client.sync.conflicts(), []);
  t.match(await client.sync.metrics(), { remote: 'origin' });
  t.match(await client.sync.verify(), { problems: [] });
  t.match(await client.audit(), {});
});

t.test('an owner whose descriptors run out says so, and goes on when they are back', options, async (t) => {
  const ws = await workspace(t);
  const { pid } = await ws.startOwner();
  // Its connection is there: what is new is what the owner has to load.
  t.match(await ws.owner(), { pid });
  const limit = (soft: string) => execFileSync('prlimit', ['--pid', String(pid), `--nofile=${soft}:`]);
  const before = readFileSync(`/proc/${pid}/limits`, 'utf8').match(/^Max open files\s+(\d+)/m)?.[1] ?? '1024';
  limit('3');
  try {
    await ws.readdir('/');
  } catch (error) {
    t.match(error, { code: 'EMFILE', hint: /ulimit -n/ });
  }
  limit(before);
  t.same(await ws.readdir('/'), []);
});
