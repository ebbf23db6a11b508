/**
 * The owner lock: at most one owner of a database, and never a stale one.
 *
 * It is an exclusive transaction, kept open, on an empty SQLite file beside the database. Underneath that is a POSIX
 * record lock: the kernel drops it when its process dies in whatever way, and it holds across containers and users that
 * share the file. (Node has no flock; a bound socket outlives kill -9 or is per network namespace; a pid file lies.)
 *
 * POSIX locks are per process: a second owner in the same process is refused by a set that all copies of this module
 * share, and nobody may open and close the lock file by other means, which would drop the lock.
 */
import { open, rm, stat } from 'node:fs/promises';
import type { Database } from 'better-sqlite3';
import { AgentFsError } from '../base/index.js';
import { lockFileOf } from './database-place.js';
import { readOwnerRecord } from './owner-record.js';

const HELD = Symbol.for('agentfs.owner-locks');
type Held = { [HELD]?: Set<string> };

export class OwnerLock {
  readonly #file: string;
  readonly #transaction: Database;
  #released = false;

  private constructor(file: string, transaction: Database) {
    this.#file = file;
    this.#transaction = transaction;
  }

  /**
   * Takes the lock of a database at once or throws WORKSPACE_BUSY (`data.pid` where the owner has told).
   * DATABASE_READONLY where the lock file cannot be made. `database` is resolved (`resolveDatabase`).
   */
  static async acquire(database: string): Promise<OwnerLock> {
    const file = lockFileOf(database);
    if (held().has(file)) throw await busy(database);
    held().add(file);
    try {
      const ino = await makeLockFile(file);
      const transaction = await beginExclusive(file);
      if (transaction === undefined) throw await busy(database);
      const lock = new OwnerLock(file, transaction);
      // Somebody may have removed the file (delete) between its making and its locking: then this lock guards nothing.
      if ((await inoOf(file)) !== ino) {
        lock.#transaction.close();
        throw await busy(database);
      }
      return lock;
    } catch (error) {
      held().delete(file);
      throw error;
    }
  }

  /** Gives the lock up. Idempotent. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#transaction.close();
    held().delete(this.#file);
  }

  /** Removes the lock file and gives the lock up: the database is being deleted. */
  async releaseAndRemove(): Promise<void> {
    await rm(this.#file, { force: true });
    this.release();
  }
}

function held(): Set<string> {
  const world = globalThis as Held;
  world[HELD] ??= new Set();
  return world[HELD];
}

async function makeLockFile(file: string): Promise<number> {
  try {
    const handle = await open(file, 'a', 0o600);
    try {
      return (await handle.stat()).ino;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new AgentFsError('DATABASE_READONLY', `cannot make the lock file ${file}`, {
      operation: 'lock database',
      path: file,
      hint: "The database's directory must be there and writable for this user.",
      cause,
    });
  }
}

/** Undefined where another process holds it. */
async function beginExclusive(file: string): Promise<Database | undefined> {
  const { default: Sqlite } = await import('better-sqlite3');
  const database = new Sqlite(file, { timeout: 0 });
  try {
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (cause) {
    database.close();
    const code = (cause as { code?: string }).code ?? '';
    if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return undefined;
    throw new AgentFsError('DATABASE_READONLY', `cannot lock ${file}: ${code}`, {
      operation: 'lock database',
      path: file,
      hint: 'The file must be empty and writable; if nothing owns the workspace, remove it.',
      cause,
    });
  }
}

async function inoOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).ino;
  } catch {
    return undefined;
  }
}

async function busy(database: string): Promise<AgentFsError> {
  const record = await readOwnerRecord(database);
  const who = record === undefined ? 'another process' : `process ${record.pid}`;
  return new AgentFsError('WORKSPACE_BUSY', `${who} owns ${database}`, {
    operation: 'lock database',
    path: database,
    hint: 'Wait until it ends, or end it with `agentfs stop`.',
    ...(record === undefined ? {} : { data: { pid: record.pid } }),
  });
}
