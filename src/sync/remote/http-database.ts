/**
 * A libSQL server over HTTP, in the protocol that @libsql/client speaks.
 *
 * @libsql/client speaks hrana version 2, whose answers are JSON with base64 in it; asked for version 3, a server sends and
 * takes protobuf: 64 KiB blobs come down at 200–290 MB/s instead of 13 (loopback, 2-core VM). Those messages are ours
 * (hrana-messages.ts): the library takes as long to make one as the server for what is in it, and a tenth of a second
 * to be loaded. A server without version 3 is found by one GET at the start and spoken to in JSON, by the library. A batch
 * is one request: BEGIN, each statement if the one before went well, COMMIT, and ROLLBACK where that did not happen.
 */
import { closedError } from './failure.js';
import { endedError, statementError } from './hrana-errors.js';
import { decodeBatch, encodeBatch, type StepResult, transaction } from './hrana-messages.js';
import type { JsonDatabase } from './json-database.js';
import { jsonPart } from './late-libraries.js';
import type { AnswerHeaders } from './plain-fetch.js';
import type { Database, Result, Statement } from './statement.js';

export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** An answer with all of its body. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface HttpDatabaseOptions {
  readonly url: string;
  readonly token: string | undefined;
  /** Must throw AgentFsError for every answer to a POST that cannot be one of the protocol. */
  readonly exchange: (url: string, request: HttpRequest) => Promise<HttpAnswer>;
}

const VERSION_PATH = 'v3-protobuf';
const PIPELINE_PATH = 'v3-protobuf/pipeline';

export class HttpDatabase implements Database {
  readonly #options: HttpDatabaseOptions;
  /** For a server that speaks nothing else; undefined where it speaks protobuf. */
  #json: Promise<JsonDatabase | undefined> | undefined;
  #closed = false;

  constructor(options: HttpDatabaseOptions) {
    this.#options = options;
  }

  async execute(statement: Statement): Promise<Result> {
    const json = await this.#open();
    if (json !== undefined) return await json.execute(statement);
    const [step] = await this.#post([{ ...statement, wantsRows: true }]);
    return resultOfStep(step);
  }

  async batch(statements: readonly Statement[], mode: 'read' | 'write'): Promise<Result[]> {
    const json = await this.#open();
    if (json !== undefined) return await json.batch(statements, mode);
    const [begun, ...rest] = await this.#post(transaction(statements, mode));
    if (begun?.error !== undefined) throw statementError(begun.error);
    const results = statements.map((_, index) => resultOfStep(rest[index], index));
    const committed = rest[statements.length];
    if (committed?.error !== undefined) throw statementError(committed.error);
    return results;
  }

  close(): void {
    this.#closed = true;
    void this.#json?.then(
      (json) => json?.close(),
      () => undefined,
    );
  }

  async #open(): Promise<JsonDatabase | undefined> {
    if (this.#closed) throw closedError();
    this.#json ??= this.#find();
    try {
      return await this.#json;
    } catch (error) {
      // The next call asks again.
      this.#json = undefined;
      throw error;
    } finally {
      if (this.#closed) this.close();
    }
  }

  async #find(): Promise<JsonDatabase | undefined> {
    const { url, exchange } = this.#options;
    const asked = { method: 'GET', headers: {}, body: new Uint8Array(0) };
    const { status } = await exchange(new URL(VERSION_PATH, url).href, asked);
    if (status >= 200 && status < 300) return undefined;
    const { JsonDatabase } = await jsonPart();
    return new JsonDatabase(this.#options);
  }

  /** What became of each step. */
  async #post(steps: Parameters<typeof encodeBatch>[0]): Promise<StepResult[]> {
    const { url, token, exchange } = this.#options;
    const headers = {
      'content-type': 'application/x-protobuf',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const request = { method: 'POST', headers, body: encodeBatch(steps) };
    const answer = await exchange(new URL(PIPELINE_PATH, url).href, request);
    const { status } = answer;
    if (status < 200 || status >= 300) throw statementError(refusal(status, answer.body));
    const decoded = decodeBatch(answer.body, steps.length);
    if (!Array.isArray(decoded)) throw statementError(decoded);
    return decoded;
  }
}

/** What a server says in JSON where it answers with an error to the whole request. */
function refusal(status: number, body: Uint8Array): { readonly message: string; readonly code?: string } {
  try {
    const said: unknown = JSON.parse(Buffer.from(body).toString());
    if (typeof said === 'object' && said !== null && 'message' in said) {
      const code = 'code' in said && typeof said.code === 'string' ? said.code : '';
      return { message: String(said.message), code };
    }
  } catch {
    // Said below.
  }
  return { message: `Server returned HTTP status ${status}` };
}

function resultOfStep(step: StepResult | undefined, index?: number): Result {
  if (step?.error !== undefined) throw statementError(step.error, index);
  if (step?.result === undefined) throw endedError();
  return step.result;
}
