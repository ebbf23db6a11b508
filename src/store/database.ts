/**
 * Opens a workspace database: checks that it is one, brings its schema up to date, sets the pragmas.
 *
 * Writers go through one connection, of the owner's main thread; any number of read-only connections may stand
 * beside it. WAL with synchronous=NORMAL: a commit reaches the WAL without a sync, a checkpoint syncs, and what fsync
 * promises is made by `Durability`. The page size is 16 KiB: of 4, 8, 16 and 32 KiB it cost 14 µs a created 4 KiB file
 * against 19, 25 and 12, and still rewrites little for a small change. The database file is never opened by hand here:
 * closing such a descriptor would drop the POSIX locks of every connection of this process.
 */
import { closeSync, existsSync, openSync, rmSync, statSync } from 'node:fs';
import Sqlite, { type Database } from 'better-sqlite3';
import { addonPath } from '../base/addon-path.js';
import { AgentFsError } from '../base/index.js';
import { migrate, SCHEMA_VERSION, schemaVersion } from './migrations/index.js';

/** Bytes of a chunk in a database that we make. The specification's default is 4 096; larger files like it larger. */
export const DEFAULT_CHUNK_SIZE = 65_536;
const PAGE_SIZE = 16_384;
/** One page of the smallest size, bytes. */
const SMALLEST_DATABASE = 512;
/** A WAL of this many bytes is moved into the database (`checkpointer.ts`). */
export const CHECKPOINT_BYTES = 64 * 1024 * 1024;
/** Bytes of WAL after which SQLite checkpoints on its own: far behind the thread that does it otherwise. */
const LAST_CHECKPOINT_BYTES = 8 * CHECKPOINT_BYTES;
/** What the WAL is cut to when it begins anew: short of what a checkpoint begins at, so that its size tells. */
const WAL_KEPT_BYTES = CHECKPOINT_BYTES / 2;
/** How long a statement waits for another program's lock, milliseconds. */
export const BUSY_TIMEOUT_MS = 5000;

export interface OpenDatabaseOptions {
  /** Make the file where there is none; else a missing one is WORKSPACE_NOT_FOUND. */
  readonly create?: boolean;
  readonly readOnly?: boolean;
  /** SQLite's page cache, bytes. */
  readonly pageCacheBytes?: number;
}

/** Throws DATABASE_NOT_SQLITE, DATABASE_NOT_AGENTFS, DATABASE_NEWER, DATABASE_DAMAGED or WORKSPACE_NOT_FOUND. */
export function openDatabase(path: string, options: OpenDatabaseOptions = {}): Database {
  const exists = existsSync(path);
  if (!exists && options.create !== true) {
    throw new AgentFsError('WORKSPACE_NOT_FOUND', `there is no database at ${path}`, {
      operation: 'open database',
      path,
      hint: 'Create the workspace first: agentfs workspace create <name>.',
    });
  }
  let db: Database | undefined;
  let made = false;
  try {
    if (!exists) {
      // SQLite would make it for everyone to read, and its WAL with it. Nobody has locks on a file that is just made.
      closeSync(openSync(path, 'wx', 0o600));
      made = true;
    } else refuseShort(path);
    db = new Sqlite(path, { readonly: options.readOnly === true, timeout: BUSY_TIMEOUT_MS });
    // Looked at before anything is changed: a database that is not ours stays as it is.
    const found = options.readOnly === true ? undefined : inspect(db, path);
    configure(db, options);
    readAhead(db);
    if (found !== undefined) prepareSchema(db, found);
    return db;
  } catch (error) {
    db?.close();
    if (made) for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    throw openingError(error, path);
  }
}

/** SQLite would take a file that is shorter than its smallest page for an empty database, and write over it. */
function refuseShort(path: string): void {
  const { size } = statSync(path);
  if (size > 0 && size < SMALLEST_DATABASE) throw notSqlite(path);
}

function configure(db: Database, options: OpenDatabaseOptions): void {
  if (options.readOnly !== true) {
    db.pragma(`page_size = ${PAGE_SIZE}`);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    const pageSize = Number(db.pragma('page_size', { simple: true }));
    db.pragma(`wal_autocheckpoint = ${Math.ceil(LAST_CHECKPOINT_BYTES / pageSize)}`);
    db.pragma(`journal_size_limit = ${WAL_KEPT_BYTES}`);
  }
  db.pragma(`cache_size = -${Math.ceil((options.pageCacheBytes ?? 64 * 1024 * 1024) / 1024)}`);
  db.pragma('temp_store = MEMORY');
  db.pragma('trusted_schema = OFF');
}

/**
 * Has a large file that lies backwards in the database read ahead (native/read-ahead.c). Where the addon is not there or does
 * not fit this SQLite, it is read as before: a mount says what is wrong with the addon.
 */
function readAhead(db: Database): void {
  const path = addonPath();
  if (path === undefined) return;
  try {
    db.loadExtension(path);
  } catch {
    // It only advises.
  }
}

interface Found {
  readonly version: number;
  /** Made by another AgentFS 0.4 program, or opened by one since we last did. */
  readonly foreign: boolean;
}

function inspect(db: Database, path: string): Found {
  const version = schemaVersion(db);
  if (version > SCHEMA_VERSION) {
    throw new AgentFsError('DATABASE_NEWER', `${path} was written by a newer AgentFS (schema ${version})`, {
      operation: 'open database',
      path,
      hint: `This version reads schemas up to ${SCHEMA_VERSION}. Update AgentFS.`,
    });
  }
  const names = db.prepare<[], { name: string }>('SELECT name FROM sqlite_schema').all();
  const has = (wanted: string) => names.some(({ name }) => name === wanted);
  const hasFiles = has('fs_inode');
  const tables = db
    .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all();
  if (
    version === 0 &&
    !hasFiles &&
    tables.some(({ name }) => !name.startsWith('sqlite_') && !isShared(name))
  ) {
    throw new AgentFsError(
      'DATABASE_NOT_AGENTFS',
      `${path} is a SQLite database, but not an AgentFS workspace`,
      {
        operation: 'open database',
        path,
        hint: 'Name a database made by AgentFS, or a new file.',
      },
    );
  }
  if (hasFiles) assertColumns(db, path);
  // Other programs make this index whenever they open a database; we never leave one.
  return { version, foreign: hasFiles && (version === 0 || has('idx_fs_dentry_parent')) };
}

function prepareSchema(db: Database, found: Found): void {
  if (found.version === SCHEMA_VERSION && !found.foreign) return;
  db.transaction(() => {
    migrate(db, found.version);
    if (found.foreign) adoptForeign(db);
    else if (found.version === 0) initialise(db);
  })();
}

/** Specifications before 0.4 had neither nanoseconds nor device numbers. */
function assertColumns(db: Database, path: string): void {
  const columns = db.prepare<[], { name: string }>("SELECT name FROM pragma_table_info('fs_inode')").all();
  const missing = ['nlink', 'rdev', 'mtime_nsec'].filter((name) => !columns.some((c) => c.name === name));
  if (missing.length === 0) return;
  throw new AgentFsError(
    'DATABASE_NOT_AGENTFS',
    `${path} has no fs_inode.${missing[0]}: it was made by an AgentFS before 0.4`,
    {
      operation: 'open database',
      path,
      hint: 'Open it once with a newer agentfs-sdk, or copy its files over.',
    },
  );
}

/** Tables of the specification that another program may have made before there is a filesystem. */
function isShared(name: string): boolean {
  return name === 'kv_store' || name === 'tool_calls' || name === 'fs_config';
}

function initialise(db: Database): void {
  const setConfig = db.prepare('INSERT OR IGNORE INTO fs_config(key, value) VALUES (?, ?)');
  setConfig.run('chunk_size', String(DEFAULT_CHUNK_SIZE));
  setConfig.run('schema_version', '0.4');
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  db.prepare(
    `INSERT INTO fs_inode(ino, mode, nlink, uid, gid, size, atime, mtime, ctime)
     VALUES (1, ?, 2, ?, ?, 0, unixepoch(), unixepoch(), unixepoch())`,
  ).run(0o040755, uid, gid);
}

/**
 * Another AgentFS 0.4 program has written. Link counts become what POSIX says: the JavaScript SDK counts only entries,
 * so a directory of its has 1, and one of ours that it removes keeps a row without a name, which is swept.
 */
function adoptForeign(db: Database): void {
  db.exec(`
    DROP INDEX IF EXISTS idx_fs_dentry_parent;
    UPDATE fs_inode SET nlink = 2 + (
      SELECT count(*) FROM fs_dentry d JOIN fs_inode c ON c.ino = d.ino
      WHERE d.parent_ino = fs_inode.ino AND (c.mode & 61440) = 16384)
    WHERE (mode & 61440) = 16384;
    UPDATE fs_inode SET nlink = d.entries FROM (SELECT ino, count(*) AS entries FROM fs_dentry GROUP BY ino) d
    WHERE d.ino = fs_inode.ino AND (mode & 61440) <> 16384 AND nlink <> d.entries;
    INSERT OR IGNORE INTO afs_orphan(ino) SELECT ino FROM fs_inode
    WHERE ino <> 1 AND ino NOT IN (SELECT ino FROM fs_dentry);`);
}

/** What an error of SQLite means to whoever opens a database. */
export function openingError(error: unknown, path: string): unknown {
  if (error instanceof AgentFsError || !(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  const details = { operation: 'open database', path, cause: error };
  if (code === 'SQLITE_NOTADB') return notSqlite(path, error);
  if (code.startsWith('SQLITE_CORRUPT')) {
    return new AgentFsError('DATABASE_DAMAGED', `${path} is damaged: ${error.message}`, {
      ...details,
      hint: 'Run agentfs doctor <workspace>, or restore it from the remote: create a new workspace and pull.',
    });
  }
  if (code === 'SQLITE_BUSY') {
    return new AgentFsError('WORKSPACE_BUSY', `${path} is in use by another program`, {
      ...details,
      hint: 'Close the other program that has this database open.',
    });
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') {
    return new AgentFsError('ENOSPC', `no space left for ${path}`, {
      ...details,
      hint: 'Free some disk space.',
    });
  }
  if (
    code.startsWith('SQLITE_READONLY') ||
    code.startsWith('SQLITE_CANTOPEN') ||
    !code.startsWith('SQLITE_')
  ) {
    return new AgentFsError('DATABASE_READONLY', `${path} cannot be opened for writing`, {
      ...details,
      hint: 'Check that its directory is there, and the permissions of both.',
    });
  }
  return new AgentFsError('EIO', `${path} cannot be opened: ${error.message}`, {
    ...details,
    hint: 'Run agentfs doctor <workspace>.',
  });
}

function notSqlite(path: string, cause?: unknown): AgentFsError {
  return new AgentFsError('DATABASE_NOT_SQLITE', `${path} is not a SQLite database`, {
    operation: 'open database',
    path,
    hint: 'Name the database file of an AgentFS workspace, or a new file.',
    ...(cause === undefined ? {} : { cause }),
  });
}
