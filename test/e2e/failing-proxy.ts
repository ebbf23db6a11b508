/**
 * A proxy in front of a libSQL server that fails at one chosen request: before the server has seen it, or after the
 * server has answered and before the client knows; by breaking the connection, by an answer of its own, or by silence.
 */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Test } from 'tap';

export type CutAt =
  | 'before the server sees it'
  | 'before the client has the answer'
  | 'in the middle of the answer'
  | 'with a 503 in place of the request'
  | 'with a 500 in place of the answer'
  /** The client hears nothing, for as long as it waits. */
  | 'by never answering';

export interface FailingProxy {
  readonly url: string;
  /** Requests since `cut` was called last. */
  readonly seen: number;
  /** Fails at the n-th request from now, once, and calls `onCut` before the connection breaks; 0: never. */
  cut(n: number, at: CutAt, onCut: () => Promise<void>): void;
}

/** `delayMs`: every answer comes so much later. */
export async function startFailingProxy(
  t: Test,
  target: string,
  { delayMs = 0 }: { readonly delayMs?: number } = {},
): Promise<FailingProxy> {
  let seen = 0;
  let wanted: { n: number; at: CutAt; onCut: () => Promise<void> } | undefined;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body: Buffer[] = [];
    for await (const piece of request) body.push(piece as Buffer);
    seen += 1;
    const cut = wanted?.n === seen ? wanted : undefined;
    if (cut?.at === 'before the server sees it') {
      await cut.onCut();
      request.socket.destroy();
      return;
    }
    if (cut?.at === 'with a 503 in place of the request') {
      await cut.onCut();
      response.writeHead(503, { 'retry-after': '0' }).end('busy');
      return;
    }
    const answer = await forward(`${target}${request.url}`, request, Buffer.concat(body));
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (cut !== undefined) {
      await cut.onCut();
      fail(cut.at, { request, response, answer });
      return;
    }
    response.writeHead(answer.status, answer.headers).end(answer.body);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    get seen() {
      return seen;
    },
    cut(n, at, onCut) {
      seen = 0;
      wanted = n === 0 ? undefined : { n, at, onCut };
    },
  };
}

/** The server has done what it was asked. */
function fail(
  at: CutAt,
  of: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly answer: Answer },
): void {
  const { request, response, answer } = of;
  switch (at) {
    case 'by never answering':
      return;
    case 'with a 500 in place of the answer':
      response.writeHead(500, { 'content-type': 'text/plain' }).end('internal error');
      return;
    case 'in the middle of the answer':
      response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
      response.write(answer.body.subarray(0, answer.body.length >> 1), () => request.socket.destroy());
      return;
    default:
      request.socket.destroy();
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

function forward(url: string, from: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { host: _1, connection: _2, 'transfer-encoding': _3, ...headers } = from.headers;
    const to = httpRequest(url, {
      method: from.method,
      headers: { ...headers, 'content-length': body.length },
      agent: false,
    });
    to.on('error', reject);
    to.on('response', async (answer) => {
      const pieces: Buffer[] = [];
      try {
        for await (const piece of answer) pieces.push(piece as Buffer);
      } catch (error) {
        reject(error);
        return;
      }
      const type = answer.headers['content-type'];
      resolve({
        status: answer.statusCode ?? 502,
        headers: type === undefined ? {} : { 'content-type': type },
        body: Buffer.concat(pieces),
      });
    });
    to.end(body);
  });
}
