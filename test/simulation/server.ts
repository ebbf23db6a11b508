/**
 * The remote of a simulation: an in-process database that takes the same statements as libSQL, with a clock that the
 * simulation owns. One for all seeds of a process, emptied before each, so that its statements are prepared once.
 */
import Sqlite, { type Database as SqliteDatabase, type Statement as SqliteStatement } from 'better-sqlite3';
import { openRemote } from '#src/sync/remote/index.js';
import type { Result, Statement } from '#src/sync/remote/statement.js';

/** As a server answers to a statement of a batch that breaks a constraint. */
class StatementFailure extends Error {
  readonly code: string;
  readonly statementIndex: number;

  constructor(code: string, message: string, statementIndex: number) {
    super(message);
    this.code = code;
    this.statementIndex = statementIndex;
  }
}

export class SimulatedServer {
  readonly db: SqliteDatabase = new Sqlite(':memory:');
  readonly #prepared = new Map<string, SqliteStatement>();
  #nowMs: () => number = () => 0;

  /** With its tables: the first simulation of a process is as every other. */
  static async open(): Promise<SimulatedServer> {
    const server = new SimulatedServer();
    const database = () => ({
      execute: async (statement: Statement) => server.execute(statement),
      batch: async (statements: Statement[]) => server.batch(statements),
      close: () => undefined,
    });
    const remote = openRemote({ url: 'file:/simulated', workspace: 'x', agent: 'x', ports: { database } });
    await remote.ensure();
    remote.close();
    return server;
  }

  private constructor() {
    this.db.function('unixepoch', { varargs: true }, (modifier: unknown) =>
      modifier === 'subsec' ? this.#nowMs() / 1000 : Math.floor(this.#nowMs() / 1000),
    );
  }

  /** Empties it, tables and all but the schema. */
  reset(nowMs: () => number): void {
    this.#nowMs = nowMs;
    const tables = this.db
      .prepare<[], { name: string }>(
        `SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'agentfs_meta'
         AND (name LIKE 'agentfs_%' OR name = 'sqlite_sequence')`,
      )
      .all();
    for (const { name } of tables) this.db.exec(`DELETE FROM ${name}`);
  }

  /** Everything that this remote says of files, history included. */
  rows(): unknown[][] {
    return ['agentfs_commits', 'agentfs_nodes', 'agentfs_entries', 'agentfs_kept'].map((table) =>
      this.db.prepare(`SELECT * FROM ${table} ORDER BY rowid`).raw().all(),
    );
  }

  execute(statement: Statement): Result {
    return this.batch([statement])[0]!;
  }

  /** All or nothing. */
  batch(statements: readonly Statement[]): Result[] {
    this.db.exec('BEGIN');
    try {
      const results = statements.map((statement, index) => this.#run(statement, index));
      this.db.exec('COMMIT');
      return results;
    } catch (error) {
      if (this.db.inTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  #run({ sql, args }: Statement, index: number): Result {
    let prepared = this.#prepared.get(sql);
    try {
      if (prepared === undefined) {
        prepared = this.db.prepare(sql);
        if (prepared.reader) prepared.raw(true);
        this.#prepared.set(sql, prepared);
      }
      const values = Object.fromEntries(args.map((value, at) => [String(at + 1), value]));
      const bound = args.length === 0 ? [] : [values];
      if (prepared.reader) return { rows: prepared.all(...bound) as Result['rows'], rowsAffected: 0 };
      return { rows: [], rowsAffected: prepared.run(...bound).changes };
    } catch (error) {
      if (!(error instanceof Sqlite.SqliteError)) throw error;
      throw new StatementFailure(
        error.code,
        `${error.message} by ${sql.replaceAll(/\s+/g, ' ').slice(0, 300)} with ${args}`,
        index,
      );
    }
  }
}
