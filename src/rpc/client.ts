/**
 * The other end: connects to an owner's socket, says hello, calls.
 *
 * The socket keeps the process alive only while a call waits for its answer or `keepAlive` is set, so that a program
 * that forgets to close still ends. Before connecting, the socket must be one that this user (or root) owns: a stranger
 * in a shared directory cannot pose as an owner.
 */
import { lstat } from 'node:fs/promises';
import { connect as connectSocket, type Socket } from 'node:net';
import { AgentFsError } from '../base/index.js';
import { type CallOptions, Connection } from './connection.js';
import { assertCompatible, readHello } from './handshake.js';
import type { Hello, Params } from './protocol.js';
import { HELLO_METHOD } from './protocol.js';

const CONNECT_TIMEOUT_MS = 5000;
/** ECONNRESET: it stopped listening while we stood in its queue. */
const ABSENT: readonly string[] = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'ENOTDIR'];

export interface RpcClientOptions {
  readonly socketPath: string;
  /** Without it, only the methods that any version answers can be called. */
  readonly hello?: Hello;
  /** Milliseconds for connecting and the hello together. */
  readonly timeoutMs?: number;
  notification?(method: string, params: Params): void;
  closed?(reason: Error | undefined): void;
}

export class RpcClient {
  readonly #socket: Socket;
  readonly #connection: Connection;
  #peer: Hello | undefined;
  #keepAlive = false;

  private constructor(socket: Socket, options: RpcClientOptions) {
    this.#socket = socket;
    this.#connection = new Connection(socket, {
      call: (method) => {
        throw new AgentFsError('UNKNOWN_METHOD', `a client does not answer '${method}'`, {
          operation: method,
        });
      },
      ...(options.notification === undefined ? {} : { notification: options.notification }),
      ...(options.closed === undefined ? {} : { closed: options.closed }),
    });
  }

  /**
   * Connects and says hello, if given one. Throws OWNER_UNREACHABLE (`data.absent` true where nobody listens there) and
   * PROTOCOL_MISMATCH.
   */
  static async connect(options: RpcClientOptions): Promise<RpcClient> {
    const { socketPath, hello, timeoutMs = CONNECT_TIMEOUT_MS } = options;
    await assertTrusted(socketPath);
    const started = performance.now();
    const client = new RpcClient(await openSocket(socketPath, timeoutMs), options);
    if (hello === undefined) return client;
    try {
      const left = Math.max(1, timeoutMs - (performance.now() - started));
      const answer = await client.call(HELLO_METHOD, { ...hello }, { timeoutMs: left });
      const there = readHello((answer ?? {}) as Params);
      assertCompatible(hello, there);
      client.#peer = there;
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Who answered the hello. */
  get peer(): Hello | undefined {
    return this.#peer;
  }

  get closed(): boolean {
    return this.#connection.closed || this.#socket.destroyed;
  }

  /** Holds the process open although no call is running (somebody listens to events). */
  set keepAlive(on: boolean) {
    this.#keepAlive = on;
    this.#hold();
  }

  async call(method: string, params: Params, options: CallOptions = {}): Promise<unknown> {
    const answer = this.#connection.call(method, params, options);
    this.#hold();
    try {
      return await answer;
    } finally {
      this.#hold();
    }
  }

  close(): void {
    this.#connection.end();
    this.#socket.destroySoon();
  }

  #hold(): void {
    if (this.#keepAlive || this.#connection.pendingCalls > 0) this.#socket.ref();
    else this.#socket.unref();
  }
}

/** True where nothing listens at the socket: the owner is not there, or is not there yet. */
export function isOwnerAbsent(error: unknown): boolean {
  if (!(error instanceof AgentFsError) || error.code !== 'OWNER_UNREACHABLE') return false;
  const data = error.data;
  return typeof data === 'object' && data !== null && 'absent' in data && data.absent === true;
}

async function assertTrusted(socketPath: string): Promise<void> {
  let uid: number;
  try {
    uid = (await lstat(socketPath)).uid;
  } catch (cause) {
    throw unreachable(socketPath, cause as NodeJS.ErrnoException);
  }
  const own = process.getuid?.() ?? uid;
  if (uid === own || uid === 0 || own === 0) return;
  throw new AgentFsError('OWNER_UNREACHABLE', `${socketPath} belongs to another user (uid ${uid})`, {
    operation: 'connect to owner',
    path: socketPath,
    hint: 'Nothing was sent to it. Remove it, or set XDG_RUNTIME_DIR to a directory of your own.',
  });
}

function openSocket(socketPath: string, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(socketPath);
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' }));
    }, timeoutMs);
    const onError = (cause: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      reject(unreachable(socketPath, cause));
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      resolve(socket);
    });
  });
}

function unreachable(socketPath: string, cause: NodeJS.ErrnoException): AgentFsError {
  const code = cause.code ?? cause.message;
  return new AgentFsError('OWNER_UNREACHABLE', `cannot reach the workspace's owner: ${code}`, {
    operation: 'connect to owner',
    path: socketPath,
    cause,
    data: { absent: ABSENT.includes(code) },
  });
}
