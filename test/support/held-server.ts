/** A server behind a connection that can be held: what is sent arrives nowhere until it is let go. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface HeldServer {
  readonly url: string;
  /** From now on nothing passes; resolves when somebody has sent something into the silence. */
  hold(): Promise<void>;
  release(): void;
}

export async function holdable(t: { teardown(fn: () => void): void }, url: string): Promise<HeldServer> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let held = false;
  let heard = (): void => {};
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.on('data', (data) => {
        if (held) heard();
        else to.write(data);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  t.teardown(() => {
    drop();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: () => {
      held = true;
      return new Promise((resolve) => {
        heard = resolve;
      });
    },
    release: () => {
      held = false;
      // What was swallowed makes these useless.
      drop();
    },
  };
}
