/**
 * What went wrong with a remote, said in AgentFsError's codes. Pure.
 *
 * REMOTE_UNREACHABLE: nobody answered in time, or the server is busy: worth trying again. REMOTE_AUTH: the token.
 * REMOTE_NOT_LIBSQL: something answers that is no libSQL server. REMOTE_REJECTED: the server refused, and would again.
 * No message holds a token, a header or a request.
 */
import { AgentFsError } from '../../base/index.js';
import { isTimeout } from './deadline.js';
import type { Fetched } from './plain-fetch.js';

const NOT_LIBSQL_HINT = 'Check the address: it must be that of a libSQL database (Turso, sqld) or a file.';
const AUTH_HINT =
  'Get a new token for this database, with write access, and give it: agentfs sync config <workspace> --token-file FILE.';
const READ_ONLY_HINT =
  'What changes here stays pending. Give a token with write access: agentfs sync config <workspace> --token-file FILE.';
const DETAIL_MAX = 200;

/** How long the server asked us to stay away, milliseconds, where it did (429 and 503 with Retry-After). */
export function retryAfterMs(error: unknown): number | undefined {
  if (!(error instanceof AgentFsError)) return undefined;
  const data = error.data as { retryAfterMs?: unknown } | undefined;
  return typeof data?.retryAfterMs === 'number' ? data.retryAfterMs : undefined;
}

/** Whether the server is there and says to come again: trying again soon may do. */
export function isBusyServer(error: unknown): boolean {
  return error instanceof AgentFsError && (error.data as { busy?: unknown } | undefined)?.busy === true;
}

/** Whether the token lets us read and not write. */
export function isReadOnlyToken(error: unknown): boolean {
  return (
    error instanceof AgentFsError && (error.data as { readOnly?: unknown } | undefined)?.readOnly === true
  );
}

export function readOnlyToken(): AgentFsError {
  return new AgentFsError('REMOTE_AUTH', 'the token lets this agent only read the remote', {
    operation: 'remote',
    hint: READ_ONLY_HINT,
    data: { readOnly: true },
  });
}

export function closedError(): AgentFsError {
  return new AgentFsError('CLOSED', 'the remote was closed', { operation: 'remote' });
}

export function notLibsql(what: string): AgentFsError {
  return new AgentFsError('REMOTE_NOT_LIBSQL', `the remote is not a libSQL server: ${what}`, {
    operation: 'remote',
    hint: NOT_LIBSQL_HINT,
  });
}

export function unreachable(what: string, details: { hint?: string; data?: unknown } = {}): AgentFsError {
  return new AgentFsError('REMOTE_UNREACHABLE', `the remote cannot be reached: ${what}`, {
    operation: 'remote',
    hint: details.hint ?? 'Check the address and the network; what is not synced yet stays pending.',
    ...(details.data === undefined ? {} : { data: details.data }),
  });
}

export function rejected(what: string): AgentFsError {
  return new AgentFsError('REMOTE_REJECTED', `the remote refused: ${what.slice(0, DETAIL_MAX)}`, {
    operation: 'remote',
  });
}

/** A failed `fetch`: no answer at all. */
export function failureOfFetch(error: unknown, timeoutMs: number): AgentFsError {
  if (isTimeout(error)) {
    return unreachable(`no answer within ${timeoutMs / 1000} s`, {
      hint: 'Check the network, or allow more time with --timeout.',
    });
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown } | undefined)?.code;
  const text = cause instanceof Error ? cause.message : String(cause);
  switch (code) {
    case 'ECONNREFUSED':
      return unreachable('nothing listens at that address');
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return unreachable('the name of its host is not known');
    default:
      return unreachable(typeof code === 'string' ? `${code}: ${text}` : text);
  }
}

function retryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds) && seconds >= 0) return Math.min(seconds, 3600) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.min(3_600_000, Math.max(0, date - nowMs));
}

/** An answer whose status is not one that libSQL's protocol gives to a statement; undefined where it may be. */
export function failureOfResponse(
  response: Pick<Fetched, 'status' | 'headers'>,
  body: Uint8Array,
  nowMs: number,
): AgentFsError | undefined {
  const { status, headers } = response;
  if (status === 401 || status === 403) {
    return new AgentFsError(
      'REMOTE_AUTH',
      status === 401
        ? 'the remote does not accept the token: it is missing, wrong or expired'
        : 'the token does not allow this on the remote',
      { operation: 'remote', hint: AUTH_HINT },
    );
  }
  if (status === 429 || status === 502 || status === 503 || status === 504) {
    const waitMs = retryAfter(headers.get('retry-after'), nowMs);
    const asked = waitMs === undefined ? '' : ` and asks to wait ${Math.ceil(waitMs / 1000)} s`;
    return unreachable(`it answers ${status}${asked}`, {
      data: { busy: true, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) },
    });
  }
  if (status === 404) return notLibsql('it answers 404, there is no such database');
  if (status >= 300 && status < 400) return notLibsql(`it redirects (${status})`);
  const type = headers.get('content-type') ?? '';
  if (status === 200 && type.startsWith('application/x-protobuf')) return undefined;
  const first = body.find((byte) => byte > 0x20);
  if (first !== 0x7b) {
    return status >= 500
      ? unreachable(`it answers ${status}`)
      : notLibsql('its answer is none of the protocol');
  }
  return undefined;
}

/** An error that @libsql/client gave to a statement. `secret` is cut out of what the server said. */
export function failureOfStatement(error: unknown, secret?: string): Error {
  if (error instanceof AgentFsError) return error;
  if (!(error instanceof Error)) return rejected(String(error));
  const code = String((error as { code?: unknown }).code ?? '');
  if (error instanceof SyntaxError || error instanceof RangeError || code === 'HRANA_PROTO_ERROR')
    return notLibsql('its answer is garbled');
  if (code === 'CLIENT_CLOSED' || code === 'HRANA_CLOSED_ERROR') return closedError();
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED') || code === 'TRANSACTION_CLOSED') {
    return unreachable('its database is busy');
  }
  if (code.startsWith('SQLITE_NOTADB')) return notLibsql('the file is no SQLite database');
  if (code.startsWith('SQLITE_CANTOPEN') || error.message.startsWith('ConnectionFailed(')) {
    return unreachable('the file cannot be opened', {
      hint: 'Check that the folder of the remote file exists and can be written.',
    });
  }
  if (code === 'SQLITE_AUTH' || code.startsWith('SQLITE_READONLY')) {
    return readOnlyToken();
  }
  const said = error.message;
  return rejected(secret === undefined || secret === '' ? said : said.replaceAll(secret, '***'));
}
