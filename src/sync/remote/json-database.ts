/**
 * A libSQL server over HTTP that does not speak version 3 of the protocol: in JSON, by @libsql/client's own library.
 *
 * Loaded for such a server alone. A batch is one request, as with the others.
 */
import * as hrana from '@libsql/hrana-client';
import { closedError, notLibsql } from './failure.js';
import { endedError, statementError } from './hrana-errors.js';
import type { HttpDatabaseOptions } from './http-database.js';
import type { Database, Result, Statement } from './statement.js';

export class JsonDatabase implements Database {
  readonly #client: hrana.HttpClient;

  constructor({ url, token, exchange }: HttpDatabaseOptions) {
    const fetch = async (request: Request): Promise<Response> => {
      const { method, headers } = request;
      const body = new Uint8Array(await request.arrayBuffer());
      const answer = await exchange(request.url, { method, headers: Object.fromEntries(headers), body });
      const type = answer.headers.get('content-type') ?? '';
      return new Response(answer.body, { status: answer.status, headers: { 'content-type': type } });
    };
    this.#client = hrana.openHttp(url, token, fetch, undefined, 2);
  }

  async execute(statement: Statement): Promise<Result> {
    const stream = this.#client.openStream();
    let answer: Promise<hrana.RowsResult>;
    try {
      answer = stream.query(bound(statement));
    } finally {
      stream.closeGracefully();
    }
    return resultOf(await answer.catch(coded));
  }

  close(): void {
    this.#client.close();
  }

  async batch(statements: readonly Statement[], mode: 'read' | 'write'): Promise<Result[]> {
    const stream = this.#client.openStream();
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
}

function bound({ sql, args }: Statement): hrana.Stmt {
  const statement = new hrana.Stmt(sql);
  statement.bindIndexes(args as hrana.InValue[]);
  return statement;
}

function resultOf(answer: hrana.RowsResult | undefined): Result {
  if (answer === undefined) throw endedError();
  return { rows: answer.rows, rowsAffected: answer.affectedRowCount };
}

/** Gives an error the code that @libsql/client would give it, and a batch's the index of its statement. */
function coded(error: unknown, statementIndex?: number): never {
  if (error instanceof hrana.ProtoError) throw notLibsql('its answer is garbled');
  if (error instanceof hrana.ClosedError) throw closedError();
  if (error instanceof hrana.ResponseError) {
    throw statementError({ message: error.message, code: error.code ?? '' }, statementIndex);
  }
  throw error;
}
