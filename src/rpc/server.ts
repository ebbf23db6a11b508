/**
 * The end that answers: accepts connections, has each begin with `hello`, hands calls to a peer's own handler.
 *
 * Who may connect is the kernel's to check: the socket is 0600 in a directory that is 0700 and ours (Node gives no
 * SO_PEERCRED; connecting needs write permission on the socket and search permission on the directory, so only the
 * same user and root get in). The caller holds the workspace's owner lock, so a socket already at the path is stale.
 */
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AgentFsError } from '../base/index.js';
import { type Cancellable, Connection } from './connection.js';
import { assertCompatible, readHello } from './handshake.js';
import type { Hello, Params } from './protocol.js';
import { HELLO_METHOD } from './protocol.js';

const HELLO_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 256;

/** What serves one connected peer. */
export interface PeerHandler {
  call(method: string, params: Params, running: Cancellable): unknown;
  /** The peer is gone: drop what was kept for it. */
  closed(): void;
}

export interface Peer {
  readonly hello: Hello;
  notify(method: string, params: Params): void;
}

export interface PeerOptions {
  readonly hello: Hello;
  /** Called once a peer has said a compatible hello. */
  accept(peer: Peer): PeerHandler;
  /** Methods that are answered before or without a compatible hello (so that any version can be told to stop). */
  readonly anyVersion?: {
    readonly methods: readonly string[];
    call(method: string, params: Params): unknown;
  };
  /** The connection has ended; `wasPeer` where it had said hello. */
  closed?(wasPeer: boolean): void;
  readonly helloTimeoutMs?: number;
}

export interface RpcServerOptions extends Omit<PeerOptions, 'closed'> {
  readonly socketPath: string;
  /** The number of peers changed. */
  onPeers?(count: number): void;
  /** Neither the server nor its connections keep the process alive. */
  readonly background?: boolean;
}

export class RpcServer {
  readonly #options: RpcServerOptions;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  #peers = 0;

  private constructor(options: RpcServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#welcome(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Listens. Throws OWNER_UNREACHABLE where the socket cannot be made. */
  static async listen(options: RpcServerOptions): Promise<RpcServer> {
    const server = new RpcServer(options);
    const { socketPath } = options;
    await rm(socketPath, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', (cause: NodeJS.ErrnoException) => {
        reject(
          new AgentFsError(
            'OWNER_UNREACHABLE',
            `cannot listen on ${socketPath}: ${cause.code ?? cause.message}`,
            {
              operation: 'listen',
              path: socketPath,
              cause,
            },
          ),
        );
      });
      server.#server.listen(socketPath, resolve);
    });
    server.#server.removeAllListeners('error');
    server.#server.on('error', () => {});
    if (options.background === true) server.#server.unref();
    await chmod(socketPath, 0o600);
    return server;
  }

  /** Peers that have said hello. */
  get peers(): number {
    return this.#peers;
  }

  /** Stops listening, removes the socket, lets running answers leave for up to `graceMs`, then closes every connection. */
  async close(graceMs = 1000): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.finish();
    const timer = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, graceMs);
    await closed;
    clearTimeout(timer);
  }

  #welcome(socket: Socket): void {
    if (this.#options.background === true) socket.unref();
    const connection = greetPeer(socket, {
      ...this.#options,
      accept: (peer) => {
        this.#peers += 1;
        this.#options.onPeers?.(this.#peers);
        return this.#options.accept(peer);
      },
      closed: (wasPeer) => {
        this.#connections.delete(connection);
        if (!wasPeer) return;
        this.#peers -= 1;
        this.#options.onPeers?.(this.#peers);
      },
    });
    this.#connections.add(connection);
  }
}

/**
 * Serves one peer on a stream of its own: has it begin with `hello`, then hands its calls to the handler that `accept`
 * makes. Who does not say hello in time loses the connection.
 */
export function greetPeer(stream: Duplex, options: PeerOptions): Connection {
  const { hello, accept, anyVersion, closed, helloTimeoutMs = HELLO_TIMEOUT_MS } = options;
  let handler: PeerHandler | undefined;
  const connection = new Connection(stream, {
    call: (method, params, running) => {
      if (method === HELLO_METHOD) {
        const there = readHello(params);
        assertCompatible(hello, there);
        clearTimeout(timer);
        handler ??= accept({ hello: there, notify: (name, values) => connection.notify(name, values) });
        return hello;
      }
      if (handler !== undefined) return handler.call(method, params, running);
      if (anyVersion?.methods.includes(method) === true) {
        clearTimeout(timer);
        return anyVersion.call(method, params);
      }
      throw new AgentFsError('PROTOCOL_MISMATCH', 'the first call on a connection must be hello', {
        operation: method,
      });
    },
    closed: () => {
      clearTimeout(timer);
      closed?.(handler !== undefined);
      handler?.closed();
    },
  });
  const timer = setTimeout(() => connection.destroy(), helloTimeoutMs);
  timer.unref();
  return connection;
}
