/**
 * Hints that something was committed: server-sent events of sqld, or the change counter of a file.
 *
 * sqld's `GET /beta/listen?table=T` sends an event for each write to T, before the write is committed and for every
 * workspace of the database: a hint is a reason to look at the head, no more. A server without it (Turso Cloud may be
 * one) is "not available", and the caller polls. Nothing here reconnects: when `ended` resolves, the caller listens
 * again in its own time.
 */
import type { Connection } from './connection.js';
import { isTimeout, withDeadline } from './deadline.js';
import { closedError } from './failure.js';
import { libsqlPart } from './late-libraries.js';
import type { Fetched } from './plain-fetch.js';
import type { Subscription } from './types.js';

const LISTEN_PATH = 'beta/listen?table=agentfs_commits';
/** How often a file's change counter is read; about 20 us a time. */
const FILE_POLL_MS = 50;
/** The server must begin to answer within this. */
const OPEN_TIMEOUT_MS = 10_000;

export function listenToCommits(connection: Connection, onHint: () => void): Promise<Subscription> {
  return connection.address.kind === 'http'
    ? listenToServer(connection, onHint)
    : watchFile(connection.address.url, connection.closing, onHint);
}

async function listenToServer(connection: Connection, onHint: () => void): Promise<Subscription> {
  const { closing } = connection;
  const stopping = new AbortController();
  // Held by hand, not by AbortSignal.any(): see deadline.ts.
  const stop = (): void => {
    closing.removeEventListener('abort', stop);
    stopping.abort();
  };
  closing.addEventListener('abort', stop);
  let response: Fetched;
  try {
    const timeoutMs = Math.min(OPEN_TIMEOUT_MS, connection.timeoutMs);
    const open = () => connection.stream(LISTEN_PATH, stopping.signal);
    response = await withDeadline(open, { timeoutMs, closing });
  } catch (error) {
    stop();
    if (connection.closed) throw closedError();
    if (!isTimeout(error)) throw error;
    return { available: false, reason: 'the server does not answer a listener' };
  }
  const type = response.headers.get('content-type') ?? '';
  if (response.status !== 200 || response.body === null || !type.startsWith('text/event-stream')) {
    stop();
    return { available: false, reason: `the server has no listener (it answers ${response.status})` };
  }
  const body = response.body;
  const read = async (): Promise<{ reason: string }> => {
    const decoder = new TextDecoder();
    let tail = '';
    try {
      for await (const piece of body) {
        // An event ends with an empty line; what it says of rows does not matter.
        const text = tail + decoder.decode(piece, { stream: true });
        const events = text.split(/\r?\n\r?\n/);
        tail = (events.pop() ?? '').slice(-1024);
        for (const event of events) if (/^event:\s*changes/m.test(event)) onHint();
      }
      return { reason: 'the server ended it' };
    } catch {
      return { reason: stopping.signal.aborted ? 'stopped' : 'the connection broke' };
    } finally {
      closing.removeEventListener('abort', stop);
    }
  };
  return { available: true, ended: read(), stop };
}

/** `PRAGMA data_version` changes on a connection when any other one, in any process, has committed. */
async function watchFile(url: string, closing: AbortSignal, onHint: () => void): Promise<Subscription> {
  const { createClient } = await libsqlPart();
  const client = createClient({ url, intMode: 'number', concurrency: 1 });
  const version = async (): Promise<unknown> => (await client.execute('PRAGMA data_version')).rows[0]?.[0];
  let seen = await version();
  let finish: (end: { reason: string }) => void = () => {};
  const ended = new Promise<{ reason: string }>((resolve) => {
    finish = resolve;
  });
  let timer: NodeJS.Timeout;
  const end = (reason: string): void => {
    clearTimeout(timer);
    closing.removeEventListener('abort', stop);
    client.close();
    finish({ reason });
  };
  const stop = (): void => end('stopped');
  const look = async (): Promise<void> => {
    try {
      const now = await version();
      if (client.closed) return;
      if (now !== seen) {
        seen = now;
        onHint();
      }
    } catch {
      if (!client.closed) end('the file cannot be read');
      return;
    }
    timer = setTimeout(() => void look(), FILE_POLL_MS);
    timer.unref();
  };
  timer = setTimeout(() => void look(), FILE_POLL_MS);
  timer.unref();
  closing.addEventListener('abort', stop, { once: true });
  return { available: true, ended, stop };
}
