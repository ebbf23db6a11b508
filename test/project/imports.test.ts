/**
 * Holds the layers: every import of src is read, and an edge outside the table fails.
 *
 * Between layers a value is imported through the other layer's door (an index.ts). Exceptions: a type-only import may
 * name the file, since it vanishes in the build; a lazy `import()` may too, since its point is to load one file late;
 * and the files of EXTRA_DOORS.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { findImports, type ImportFound, scanSource } from './source-scan.js';

/** Which layers each layer may import, besides itself and base. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  cli: ['sdk', 'rpc', 'workspace'],
  daemon: ['sdk', 'fuse', 'rpc', 'workspace', 'sync', 'vfs'],
  sdk: ['vfs', 'sync', 'workspace', 'rpc'],
  fuse: ['vfs'],
  sync: ['vfs', 'store'],
  vfs: ['store'],
  workspace: [],
  rpc: [],
  store: [],
  base: [],
};

/** Files besides index.ts through which a value may be imported, each with its reason. */
const EXTRA_DOORS: Readonly<Record<string, string>> = {
  'base/addon-path.ts': 'only what loads the native addon looks for it',
  'sync/types.ts': 'shapes and their defaults, without the engine behind the door',
  'vfs/types.ts': 'constants of the inode API, without the filesystem behind the door',
};

const MAX_LINES = 500;
const SQL_FOLDERS = ['store/', 'sync/remote/'];
const SQL =
  /\b(SELECT\s[\s\S]*\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|(CREATE|DROP|ALTER)\s+(TABLE|INDEX|TRIGGER|VIEW)|PRAGMA\s+\w+|BEGIN\s+IMMEDIATE)\b/i;
const DATABASES = ['better-sqlite3', '@libsql/client'];
/** An empty SQLite file as a lock: no SQL but BEGIN. */
const DATABASE_EXCEPTIONS = ['workspace/owner-lock.ts'];

interface SourceFile {
  /** Relative to src, with slashes: `sync/core/tree.ts`. */
  readonly path: string;
  readonly layer: string;
  readonly text: string;
  readonly imports: readonly ImportFound[];
}

const root = findRoot();
const files = readSources(join(root, 'src'));

t.test('an import only points down the table of layers', async (t) => {
  const wrong = edges()
    .filter(({ file, target }) => target.layer !== file.layer && target.layer !== 'base')
    .filter(({ file, target }) => !(TABLE[file.layer] ?? []).includes(target.layer))
    .map(({ file, target }) => `${file.path} imports ${target.path}`);
  t.strictSame(wrong, []);
});

t.test('every folder of src is a layer of the table', async (t) => {
  const unknown = [...new Set(files.map((file) => file.layer))].filter((layer) => !(layer in TABLE));
  t.strictSame(unknown, []);
});

t.test('a value comes through the door of its layer', async (t) => {
  const wrong = edges()
    .filter(({ file, target, kind }) => kind === 'value' && target.layer !== file.layer)
    .filter(({ target }) => !target.path.endsWith('/index.ts') && !(target.path in EXTRA_DOORS))
    .map(({ file, target }) => `${file.path} imports ${target.path}`);
  t.strictSame(wrong, []);
});

t.test('an import names a file that is there', async (t) => {
  const there = new Set(files.map((file) => file.path));
  const wrong = edges()
    // What the build makes is declared where it will be.
    .filter(
      ({ target }) => !there.has(target.path) && !existsSync(join(root, 'src', declarationOf(target.path))),
    )
    .map(({ file, target }) => `${file.path} imports ${target.path}`);
  t.strictSame(wrong, []);
});

t.test('layers do not import each other in a circle, nor do files by value', async (t) => {
  const next = new Map<string, string[]>();
  for (const { file, target, kind } of edges()) {
    if (kind === 'value') next.set(file.path, [...(next.get(file.path) ?? []), target.path]);
  }
  t.strictSame(findCycle(next), []);
});

t.test(
  'the deciding code of sync is pure: no node module, no database, nothing but its own folder and base',
  async (t) => {
    const core = files.filter((file) => file.path.startsWith('sync/core/'));
    t.not(core.length, 0);
    const wrong = core.flatMap((file) =>
      file.imports
        .filter(
          ({ from }) => from.startsWith('node:') || DATABASES.includes(from) || !isPureTarget(file, from),
        )
        .map(({ from }) => `${file.path} imports ${from}`),
    );
    t.strictSame(wrong, []);
  },
);

t.test('a database package is only imported where SQL may stand', async (t) => {
  const wrong = files
    .filter((file) => !inSqlFolder(file) && !DATABASE_EXCEPTIONS.includes(file.path))
    .flatMap((file) =>
      file.imports
        .filter(({ from, kind }) => DATABASES.includes(from) && kind !== 'type')
        .map(({ from }) => `${file.path} imports ${from}`),
    );
  t.strictSame(wrong, []);
});

t.test('SQL stands in store/ and sync/remote/ and nowhere else', async (t) => {
  t.match('SELECT a FROM b', SQL);
  const wrong = files
    .filter((file) => !inSqlFolder(file))
    .flatMap((file) =>
      scanSource(file.text)
        .strings.filter((text) => SQL.test(text))
        .map((text) => `${file.path}: ${text.slice(0, 60)}`),
    );
  t.strictSame(wrong, []);
});

t.test(`no file is longer than ${MAX_LINES} lines`, async (t) => {
  const long = files
    .map((file) => [file.path, file.text.split('\n').length - 1] as const)
    .filter(([, lines]) => lines > MAX_LINES)
    .map(([path, lines]) => `${path} has ${lines}`);
  t.strictSame(long, []);
});

t.test('every file begins by saying what it is', async (t) => {
  const silent = files.filter((file) => !/^(#!.*\n)?\/\*\*[\s\n]/.test(file.text)).map((file) => file.path);
  t.strictSame(silent, []);
});

function inSqlFolder(file: SourceFile): boolean {
  return SQL_FOLDERS.some((folder) => file.path.startsWith(folder));
}

function isPureTarget(file: SourceFile, from: string): boolean {
  if (!from.startsWith('.')) return true;
  const path = targetOf(file, from);
  return path.startsWith('sync/core/') || path.startsWith('base/') || path === 'sync/types.ts';
}

/** Every import of another file of src. */
function edges(): { file: SourceFile; target: { path: string; layer: string }; kind: ImportFound['kind'] }[] {
  return files.flatMap((file) =>
    file.imports
      .filter(({ from }) => from.startsWith('.') && !from.endsWith('.json'))
      .map(({ from, kind }) => {
        const path = targetOf(file, from);
        return { file, target: { path, layer: path.split('/')[0]! }, kind };
      }),
  );
}

function targetOf(file: SourceFile, from: string): string {
  return normalize(join(dirname(file.path), from)).replace(/\.js$/, '.ts');
}

/** The files of one circle of imports, or nothing. */
function findCycle(next: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    path.push(file);
    for (const other of next.get(file) ?? []) {
      const cycle = visit(other);
      if (cycle.length > 0) return cycle;
    }
    path.pop();
    done.add(file);
    return [];
  };
  for (const file of next.keys()) {
    const cycle = visit(file);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

function readSources(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => {
      const path = relative(folder, join(entry.parentPath, entry.name));
      const text = readFileSync(join(folder, path), 'utf8');
      return { path, layer: path.split('/')[0]!, text, imports: findImports(text) };
    });
}

function declarationOf(path: string): string {
  return path.replace(/\.ts$/, '.d.ts');
}

/** The checkout, from build/test/project. */
function findRoot(): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
}
