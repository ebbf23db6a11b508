/**
 * A database behind HTTP, in the protocol that @libsql/client speaks, by the library it speaks it with.
 *
 * @libsql/client asks @libsql/hrana-client for version 2, which is JSON with base64 in it; asked for version 3, the same
 * library sends and takes protobuf: 64 KiB blobs come down at 200–290 MB/s instead of 13 (loopback, 2-core VM). A server
 * without version 3 is found by one GET at the start and spoken to in JSON. A batch is one request: BEGIN, each
 * statement if the one before went well, COMMIT, and ROLLBACK where that did not happen.
 */
import * as hrana from '@libsql/hrana-client';
import type { Result, Statement } from './connection.js';
import { closedError, notLibsql } from './failure.js';

export interface HttpDatabaseOptions {
  readonly url: string;
  readonly token: string | undefined;
  /** Must throw AgentFsError for every answer that cannot be one of the protocol. */
  readonly fetch: (request: Request) => Promise<Response>;
}

export class HttpDatabase {
  readonly #options: HttpDatabaseOptions;
  #client: hrana.HttpClient | undefined;
  #closed = false;

  constructor(options: HttpDatabaseOptions) {
    this.#options = options;
  }

  async execute(statement: Statement): Promise<Result> {
    const { client } = await this.#open();
    const stream = client.openStream();
    let answer: Promise<hrana.RowsResult>;
    try {
      answer = stream.query(bound(statement));
    } finally {
      stream.closeGracefully();
    }
    return resultOf(await answer.catch(coded));
  }

  async batch(statements: readonly Statement[], mode: 'read' | 'write'): Promise<Result[]> {
    const { client, version } = await this.#open();
    const stream = client.openStream();
    let answers: Promise<hrana.RowsResult | undefined>[];
    let begun: Promise<unknown>;
    let ended: Promise<unknown>;
    let executed: Promise<void>;
    try {
      const batch = stream.batch(false);
      const begin = batch.step();
      begun = begin.run(mode === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN TRANSACTION READONLY');
      let before = begin;
      const next = (): hrana.BatchStep => {
        const step = batch.step().condition(hrana.BatchCond.ok(before));
        if (version >= 3) step.condition(hrana.BatchCond.not(hrana.BatchCond.isAutocommit(batch)));
        before = step;
        return step;
      };
      answers = statements.map((statement) => next().query(bound(statement)));
      const commit = next();
      ended = commit.run('COMMIT');
      const rollback = batch.step().condition(hrana.BatchCond.not(hrana.BatchCond.ok(commit)));
      rollback.run('ROLLBACK').catch(() => {});
      executed = batch.execute();
    } finally {
      stream.closeGracefully();
    }
    // Each failure is looked at below, in its turn; none may count as unhandled until then.
    for (const one of [begun, ended, ...answers]) one.catch(() => {});
    await executed.catch(coded);
    await begun.catch(coded);
    const results: Result[] = [];
    for (const [index, answer] of answers.entries()) {
      results.push(resultOf(await answer.catch((error: unknown) => coded(error, index))));
    }
    await ended.catch(coded);
    return results;
  }

  close(): void {
    this.#closed = true;
    this.#client?.close();
  }

  async #open(): Promise<{ readonly client: hrana.HttpClient; readonly version: number }> {
    if (this.#closed) throw closedError();
    // A client that failed to find the version is closed for good.
    if (this.#client === undefined || this.#client.closed) {
      const { url, token, fetch } = this.#options;
      this.#client = hrana.openHttp(url, token, fetch, undefined, 3);
    }
    const client = this.#client;
    return { client, version: await client.getVersion() };
  }
}

function bound({ sql, args }: Statement): hrana.Stmt {
  const statement = new hrana.Stmt(sql);
  statement.bindIndexes(args as hrana.InValue[]);
  return statement;
}

function resultOf(answer: hrana.RowsResult | undefined): Result {
  if (answer === undefined) {
    throw Object.assign(new Error('the transaction was ended by the server'), { code: 'TRANSACTION_CLOSED' });
  }
  return { rows: answer.rows, rowsAffected: answer.affectedRowCount };
}

/** Gives an error the code that @libsql/client would give it, and a batch's the index of its statement. */
function coded(error: unknown, statementIndex?: number): never {
  if (error instanceof hrana.ProtoError) throw notLibsql('its answer is garbled');
  if (error instanceof hrana.ClosedError) throw closedError();
  if (error instanceof hrana.ResponseError) {
    throw Object.assign(new Error(error.message), {
      code: error.code ?? '',
      ...(statementIndex === undefined ? {} : { statementIndex }),
    });
  }
  throw error;
}
