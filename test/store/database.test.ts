/** Opening: what is made, what is refused with which remedy, and that a refusal leaves the file as it was. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import { AgentFsError } from '#src/base/index.js';
import { DEFAULT_CHUNK_SIZE, openDatabase, Store } from '#src/store/index.js';

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'agentfs-store-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens, and returns the refusal. */
function refusal(path: string, options: { create?: boolean; readOnly?: boolean } = {}): AgentFsError {
  try {
    openDatabase(path, options).close();
  } catch (error) {
    if (error instanceof AgentFsError) return error;
    throw error;
  }
  throw new Error('it was opened');
}

async function makeWorkspace(path: string): Promise<void> {
  await new Store(path, { create: true }).close();
}

t.test(
  'a new database has a root, our chunk size, pages of 16 KiB, WAL, and belongs to its owner alone',
  async (t) => {
    const path = join(folderOf(t), 'workspace.db');
    const before = process.umask(0o022);
    t.teardown(() => process.umask(before));
    const db = openDatabase(path, { create: true });
    t.strictSame(db.prepare('SELECT ino, mode, nlink FROM fs_inode').all(), [
      { ino: 1, mode: 0o040755, nlink: 2 },
    ]);
    t.strictSame(db.prepare("SELECT value FROM fs_config WHERE key = 'chunk_size'").all(), [
      { value: String(DEFAULT_CHUNK_SIZE) },
    ]);
    t.equal(db.pragma('page_size', { simple: true }), 16_384);
    t.equal(db.pragma('journal_mode', { simple: true }), 'wal');
    for (const suffix of ['', '-wal', '-shm'])
      t.equal(statSync(path + suffix).mode & 0o777, 0o600, `db${suffix}`);
    db.close();
  },
);

t.test('an empty file becomes a workspace, and opening twice changes nothing', (t) => {
  const path = join(folderOf(t), 'workspace.db');
  writeFileSync(path, '');
  openDatabase(path).close();
  const first = readFileSync(path);
  openDatabase(path).close();
  t.ok(readFileSync(path).equals(first));
  t.end();
});

t.test('a missing database is WORKSPACE_NOT_FOUND, and none is made', (t) => {
  const folder = folderOf(t);
  const error = refusal(join(folder, 'nothing.db'));
  t.match(error, { code: 'WORKSPACE_NOT_FOUND', hint: /workspace create/ });
  t.strictSame(readdirSync(folder), []);
  t.end();
});

t.test('a file that is not SQLite is DATABASE_NOT_SQLITE, and stays as it is', (t) => {
  const path = join(folderOf(t), 'notes.txt');
  const text = 'these are my notes, and they are long enough to be a header of something\n'.repeat(20);
  writeFileSync(path, text);
  t.match(refusal(path), { code: 'DATABASE_NOT_SQLITE', path, hint: /AgentFS workspace/ });
  t.equal(readFileSync(path, 'utf8'), text);
  t.end();
});

t.test('a SQLite database of something else is DATABASE_NOT_AGENTFS, and stays as it is', (t) => {
  const path = join(folderOf(t), 'other.db');
  const other = new Sqlite(path);
  other.exec('CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT)');
  other.close();
  t.match(refusal(path), { code: 'DATABASE_NOT_AGENTFS', hint: /new file/ });
  const again = new Sqlite(path);
  t.strictSame(again.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all(), [
    { name: 'customers' },
  ]);
  t.equal(again.pragma('journal_mode', { simple: true }), 'delete', 'and its journal too');
  again.close();
  t.end();
});

t.test(
  'a database of a newer schema is DATABASE_NEWER, one of an older specification DATABASE_NOT_AGENTFS',
  async (t) => {
    const folder = folderOf(t);
    const newer = join(folder, 'newer.db');
    await makeWorkspace(newer);
    const db = new Sqlite(newer);
    db.exec("UPDATE afs_meta SET value = '999' WHERE key = 'schema_version'");
    db.close();
    t.match(refusal(newer), { code: 'DATABASE_NEWER', hint: /Update AgentFS/ });
    const older = join(folder, 'older.db');
    const old = new Sqlite(older);
    old.exec(`CREATE TABLE fs_inode (ino INTEGER PRIMARY KEY AUTOINCREMENT, mode INTEGER NOT NULL, size INTEGER,
    atime INTEGER, mtime INTEGER, ctime INTEGER)`);
    old.close();
    t.match(refusal(older), { code: 'DATABASE_NOT_AGENTFS', message: /before 0\.4/ });
  },
);

t.test('a database that only has the key-value store of another program becomes a workspace too', (t) => {
  const path = join(folderOf(t), 'kv.db');
  const kv = new Sqlite(path);
  kv.exec(
    'CREATE TABLE kv_store (key TEXT PRIMARY KEY, value TEXT NOT NULL, created_at INTEGER, updated_at INTEGER)',
  );
  kv.exec("INSERT INTO kv_store VALUES ('a', '1', 2, 3)");
  kv.close();
  const db = openDatabase(path);
  t.equal(db.prepare('SELECT * FROM kv_store').all().length, 1);
  t.equal(db.prepare('SELECT * FROM fs_inode').all().length, 1);
  db.close();
  t.end();
});

t.test('a damaged database is DATABASE_DAMAGED with a remedy', async (t) => {
  const path = join(folderOf(t), 'workspace.db');
  await makeWorkspace(path);
  const bytes = readFileSync(path);
  // Every B-tree page but the header's first 100 bytes.
  bytes.fill(0xa5, 100, 16_384);
  writeFileSync(path, bytes);
  t.match(refusal(path), { code: 'DATABASE_DAMAGED', hint: /doctor/ });
  t.end();
});

t.test(
  'a database cut in half is DATABASE_DAMAGED, at opening or by the check, never opened in silence',
  async (t) => {
    const path = join(folderOf(t), 'workspace.db');
    await makeWorkspace(path);
    writeFileSync(path, readFileSync(path).subarray(0, 16_384 * 5));
    t.match(refusal(path), { code: 'DATABASE_DAMAGED' });
  },
);

t.test('an impossible chunk size is DATABASE_DAMAGED', async (t) => {
  const path = join(folderOf(t), 'workspace.db');
  await makeWorkspace(path);
  const db = new Sqlite(path);
  for (const value of ['0', '-4096', 'many', '1.5', '1e12']) {
    db.prepare("UPDATE fs_config SET value = ? WHERE key = 'chunk_size'").run(value);
    t.throws(() => new Store(path), { code: 'DATABASE_DAMAGED', message: /chunk_size/ }, value);
  }
  db.close();
});

t.test('a directory, a file without its directory, and a file in a file are DATABASE_READONLY', (t) => {
  const folder = folderOf(t);
  mkdirSync(join(folder, 'dir'));
  writeFileSync(join(folder, 'file'), 'x');
  t.equal(refusal(join(folder, 'dir')).code, 'DATABASE_READONLY');
  t.equal(refusal(join(folder, 'missing', 'workspace.db'), { create: true }).code, 'DATABASE_READONLY');
  t.equal(refusal(join(folder, 'file', 'workspace.db'), { create: true }).code, 'DATABASE_READONLY');
  t.end();
});

t.test('a database that another program holds locked is WORKSPACE_BUSY', { timeout: 30_000 }, async (t) => {
  const path = join(folderOf(t), 'workspace.db');
  await makeWorkspace(path);
  const other = new Sqlite(path);
  other.exec('BEGIN EXCLUSIVE');
  t.throws(() => new Store(path), { code: 'WORKSPACE_BUSY', hint: /other program/ });
  other.exec('ROLLBACK');
  other.close();
});

const isRoot = process.getuid?.() === 0;
const noSetpriv = isRoot && !has('setpriv') ? 'setpriv is not installed' : false;

function has(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

t.test(
  `files and directories that may not be written are DATABASE_READONLY${noSetpriv ? ` (skipped: ${noSetpriv})` : ''}`,
  { skip: noSetpriv },
  async (t) => {
    const folder = folderOf(t);
    const path = join(folder, 'workspace.db');
    await makeWorkspace(path);
    chmodSync(path, 0o444);
    chmodSync(folder, 0o555);
    // Root may write everything: the question is asked as nobody.
    const script = `
      const { Store } = await import('#src/store/index.js');
      for (const name of ['workspace.db', 'new.db']) {
        try { new Store('${folder}/' + name, { create: true }); console.log('opened'); }
        catch (error) { console.log(error.code); }
      }`;
    const node = [process.execPath, '--input-type=module', '-e', script];
    const command = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...node] : node;
    const cwd = join(import.meta.dirname, '..', '..', '..');
    const printed = execFileSync(command[0]!, command.slice(1), { cwd, encoding: 'utf8' });
    t.equal(printed, 'DATABASE_READONLY\nDATABASE_READONLY\n');
    chmodSync(folder, 0o755);
    t.strictSame(readdirSync(folder), ['workspace.db']);
  },
);
