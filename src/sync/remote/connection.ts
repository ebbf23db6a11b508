/**
 * One client to one remote database: statements in, rows out, and the counts of what that cost.
 *
 * `execute` and `batch` are one round trip each; a batch is one transaction, all or nothing. Over HTTP every request
 * has its own deadline, asks for an uncompressed answer (sqld compresses in tiny pieces: 0.7 MB/s against 200), and
 * follows no redirect, so the token goes nowhere else. The token is given here and never leaves in a message.
 */
import { setMaxListeners } from 'node:events';
import type { Client } from '@libsql/client';
import { type AgentFsError, type Clock, systemClock } from '../../base/index.js';
import { parseRemoteAddress, type RemoteAddress } from './address.js';
import { withDeadline } from './deadline.js';
import {
  closedError,
  failureOfFetch,
  failureOfResponse,
  failureOfStatement,
  notLibsql,
  readOnlyToken,
} from './failure.js';
import { type HttpAnswer, HttpDatabase, type HttpRequest } from './http-database.js';
import { libsqlPart } from './late-libraries.js';
import { type Fetch, type Fetched, plainFetch } from './plain-fetch.js';
import { secureFetch } from './secure-fetch.js';
import type { Database, Result, ResultRow, Statement } from './statement.js';

export interface ConnectionOptions {
  readonly url: string;
  readonly token?: string;
  readonly timeoutMs: number;
  readonly fetch?: Fetch;
  readonly clock?: Clock;
  /** Where statements go instead of the address. */
  readonly database?: () => Database;
}

/** How long another process may hold a `file:` remote before we give up; the wait blocks this thread. */
const FILE_BUSY_MS = 5000;
/** No answer we ask for is larger: pages are bounded at a tenth of it. */
const RESPONSE_MAX_BYTES = 64 * 1024 * 1024;

/** Its connections are shared by all remotes of a process. */
const sharedSecureFetch = secureFetch();

/** A statement of a batch broke a constraint; the batch was rolled back. Stays inside this folder. */
export class ConstraintFailure extends Error {
  readonly statement: number;

  constructor(statement: number) {
    super(`statement ${statement} of the batch broke a constraint`);
    this.name = 'ConstraintFailure';
    this.statement = statement;
  }
}

/** A replica tells what its primary refused in the primary's words, without the code. */
function isConstraint(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && code.startsWith('SQLITE_CONSTRAINT')) return true;
  return typeof message === 'string' && /on the primary: .*\bconstraint failed\b/.test(message);
}

export class Connection {
  readonly address: RemoteAddress;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly #token: string | undefined;
  readonly #fetch: Fetch;
  readonly #database: (() => Database) | undefined;
  readonly #closing = new AbortController();
  #client: Database | undefined;
  #opening: Promise<Database> | undefined;
  /** The server has answered with this token. */
  #hasAnswered = false;
  /** When the requests that are under way began. */
  readonly #pending = new Set<number>();
  #roundTrips = 0;
  #bytesSent = 0;
  #bytesReceived = 0;
  #rowsWritten = 0;

  constructor(options: ConnectionOptions) {
    // Each request that is under way listens; many may be.
    setMaxListeners(0, this.#closing.signal);
    this.address = parseRemoteAddress(options.url);
    this.timeoutMs = options.timeoutMs;
    this.clock = options.clock ?? systemClock;
    const isSecure = this.address.url.startsWith('https:');
    this.#fetch = options.fetch ?? (isSecure ? sharedSecureFetch : plainFetch);
    this.#database = options.database;
    this.#token = options.token ?? (this.address.kind === 'http' ? this.address.token : undefined);
  }

  get counts(): { roundTrips: number; bytesSent: number; bytesReceived: number; rowsWritten: number } {
    return {
      roundTrips: this.#roundTrips,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
      rowsWritten: this.#rowsWritten,
    };
  }

  /** How long the oldest request under way has been waiting for its answer, milliseconds; 0 where there is none. */
  get waitingMs(): number {
    const [oldest] = this.#pending;
    return oldest === undefined ? 0 : performance.now() - oldest;
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Aborted when the connection closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  async execute(statement: Statement): Promise<Result> {
    try {
      const result = await (await this.#open()).execute(statement);
      this.#count([statement], [result]);
      return result;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** Throws ConstraintFailure with the statement's index where one broke a constraint. */
  async batch(statements: readonly Statement[], mode: 'read' | 'write'): Promise<Result[]> {
    try {
      const results = await (await this.#open()).batch([...statements], mode);
      this.#count(statements, results);
      return results;
    } catch (error) {
      const { statementIndex } = error as { statementIndex?: unknown };
      if (typeof statementIndex === 'number' && isConstraint(error)) {
        throw new ConstraintFailure(statementIndex);
      }
      throw this.#failure(error);
    }
  }

  /** A plain authorised GET below the server's address, until `signal` ends it: for the listener. `http` only. */
  async stream(path: string, signal: AbortSignal): Promise<Fetched> {
    const headers = {
      accept: 'text/event-stream',
      ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
    };
    try {
      const url = new URL(path, this.address.url).href;
      return await this.#fetch(url, { method: 'GET', headers, redirect: 'manual', signal });
    } catch (error) {
      throw this.closed ? closedError() : failureOfFetch(error, this.timeoutMs);
    }
  }

  close(): void {
    if (this.closed) return;
    this.#closing.abort();
    this.#client?.close();
    this.#client = undefined;
  }

  async #open(): Promise<Database> {
    if (this.closed) throw closedError();
    this.#client ??= this.#database?.();
    if (this.#client !== undefined) return this.#client;
    if (this.address.kind === 'http') {
      this.#client = new HttpDatabase({
        url: this.address.url,
        token: this.#token,
        exchange: (url, request) => this.#exchange(url, request),
      });
      return this.#client;
    }
    this.#opening ??= this.#openFile().finally(() => {
      this.#opening = undefined;
    });
    return await this.#opening;
  }

  /** The library is loaded for files alone: that takes a tenth of a second. */
  async #openFile(): Promise<Database> {
    const { createClient } = await libsqlPart();
    if (this.closed) throw closedError();
    const client = createClient({
      url: this.address.url,
      intMode: 'number',
      concurrency: 1,
      timeout: FILE_BUSY_MS,
    });
    this.#client = client;
    await this.#useWal(client);
    return client;
  }

  /** Of several that open a new file at once one changes its mode; SQLite's busy timeout does not cover the others. */
  async #useWal(client: Client): Promise<void> {
    const deadline = performance.now() + FILE_BUSY_MS;
    for (;;) {
      try {
        await client.execute('PRAGMA journal_mode = WAL');
        return;
      } catch (error) {
        const isBusy = String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY');
        if (!isBusy || performance.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }

  async #exchange(url: string, { method, headers, body }: HttpRequest): Promise<HttpAnswer> {
    this.#roundTrips++;
    this.#bytesSent += body.length;
    const startedMs = performance.now();
    this.#pending.add(startedMs);
    let response: Fetched;
    let answer: Uint8Array<ArrayBuffer>;
    const ask = async (signal: AbortSignal) => {
      const response = await this.#fetch(url, {
        method,
        headers: { ...headers, 'accept-encoding': 'identity' },
        ...(body.length === 0 ? {} : { body }),
        redirect: 'manual',
        signal,
      });
      if (Number(response.headers.get('content-length') ?? 0) > RESPONSE_MAX_BYTES) {
        throw notLibsql('its answer is far larger than what was asked for');
      }
      return { response, answer: new Uint8Array(await response.arrayBuffer()) };
    };
    try {
      const { timeoutMs, closing } = this;
      ({ response, answer } = await withDeadline(ask, { timeoutMs, closing }));
    } catch (error) {
      if (this.closed) throw closedError();
      throw error instanceof Error && error.name === 'AgentFsError'
        ? error
        : failureOfFetch(error, this.timeoutMs);
    } finally {
      this.#pending.delete(startedMs);
    }
    this.#bytesReceived += answer.length;
    // A GET only asks which version the server speaks; any answer but a good one means the older.
    if (method !== 'GET') {
      const failure = failureOfResponse(response, answer, this.clock.nowMs());
      // What the token allowed before was reading: that comes first.
      if (response.status === 403 && this.#hasAnswered) throw readOnlyToken();
      if (failure !== undefined) throw failure;
      this.#hasAnswered = true;
    }
    return { status: response.status, headers: response.headers, body: answer };
  }

  #count(statements: readonly Statement[], results: readonly Result[]): void {
    if (this.address.kind === 'file') {
      this.#roundTrips++;
      for (const { args } of statements) this.#bytesSent += bytesOf(args);
      for (const { rows } of results) for (const row of rows) this.#bytesReceived += bytesOf(cellsOf(row));
    }
    for (const result of results) this.#rowsWritten += result.rowsAffected;
  }

  #failure(error: unknown): AgentFsError | Error {
    return this.closed ? closedError() : failureOfStatement(error, this.#token);
  }
}

/** What values would weigh on a network; numbers and nulls as nothing. */
function bytesOf(values: readonly unknown[]): number {
  let bytes = 0;
  for (const value of values) {
    if (typeof value === 'string') bytes += value.length;
    else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) bytes += value.byteLength;
  }
  return bytes;
}

function cellsOf(row: ResultRow): unknown[] {
  return Array.from({ length: (row as { readonly length?: number }).length ?? 0 }, (_, index) => row[index]);
}
