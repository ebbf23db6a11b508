import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { isOwnerAbsent, RpcClient } from '#src/rpc/index.js';

/** Listens, and goes away as soon as somebody waits to be accepted. */
const LEAVING = `
import select, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(5)
print("listening", flush=True)
select.select([server], [], [])
server.close()
`;

t.test(
  'an owner that stops listening while a client stands in its queue is absent, not in error',
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'agentfs-rpc-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    const socketPath = join(folder, 'socket');
    const server = spawn('python3', ['-c', LEAVING, socketPath], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.teardown(() => server.kill('SIGKILL'));
    await once(server.stdout, 'data');
    const hello = { protocol: 1, version: '0', pid: process.pid, role: 'client' as const };
    const connecting = RpcClient.connect({ socketPath, hello }).then(
      (client) => client.close(),
      (error: unknown) => error,
    );
    // This thread sleeps between its connect(2) and hearing of it, as a busy machine lets it.
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    for (let turn = 0; turn < 5; turn++) {
      Atomics.wait(sleeper, 0, 0, 60);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const error = await connecting;
    const gone = error instanceof Error && 'code' in error && error.code === 'OWNER_GONE';
    t.ok(gone || isOwnerAbsent(error), String(error));
  },
);
