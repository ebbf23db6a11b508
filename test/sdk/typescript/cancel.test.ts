/** Calls that a signal ends: files, and syncs with a server that has fallen silent, in process and over the socket. */
import { randomBytes } from 'node:crypto';
import t from 'tap';
import { AgentFS } from '#src/sdk/typescript/index.js';
import { holdable } from '../../support/held-server.js';
import { startSqld } from '../../support/sqld.js';
import { temporaryDirectory } from '../../workspace/temporary-home.js';
import { openWorkspace } from './open-workspace.js';

t.setTimeout(120_000);

for (const way of ['owner', 'client'] as const) {
  t.test(
    `a push, a pull and a verify end when their signal says so, and the next one goes on (${way})`,
    async (t) => {
      const sqld = await startSqld({ auth: false });
      t.teardown(() => sqld.stop());
      const server = await holdable(t, sqld.url);
      const ws = (await openWorkspace(t))[way];
      await ws.sync.enable({ tursoDb: server.url, mode: 'manual', timeout: 600 });
      await ws.writeFile('/first', 'first');
      await ws.sync.push();
      const content = randomBytes(3_000_000);
      await ws.writeFile('/content', content);

      for (const what of ['push', 'pull', 'verify'] as const) {
        const sent = server.hold();
        const stop = new AbortController();
        const { signal } = stop;
        const call: Promise<unknown> =
          what === 'verify' ? ws.sync.verify('origin', { signal }) : ws.sync[what]({ signal });
        await sent;
        stop.abort();
        await t.rejects(call, { code: 'CANCELLED' }, what);
        // The next one has its turn, although the server is still silent: were the first still waiting, it would wait too.
        const sentAgain = server.hold();
        const after = new AbortController();
        const next = ws.sync.pull({ signal: after.signal });
        await sentAgain;
        after.abort();
        await t.rejects(next, { code: 'CANCELLED' });
        server.release();
        await ws.sync.pull();
        t.match(await ws.sync.status(), { syncStatus: 'pending', pendingChanges: 2 }, 'and nothing is wrong');
      }
      await t.rejects(ws.sync.push({ signal: AbortSignal.abort() }), { code: 'CANCELLED' });

      await ws.sync.push();
      const other = await new AgentFS({ home: temporaryDirectory(t) }).workspace.create('demo');
      t.teardown(() => other.close());
      await other.sync.enable({ tursoDb: sqld.url, mode: 'manual' });
      await other.sync.pull();
      t.ok((await other.readFile('/content')).equals(content), 'all of it arrived');
      t.same((await ws.sync.verify()).problems, []);
    },
  );
}

t.test('reads, writes and streams of files end when their signal says so', async (t) => {
  const { owner, client } = await openWorkspace(t);
  for (const ws of [owner, client]) {
    const data = randomBytes(9_000_000);
    await ws.writeFile('/big', data);
    const signal = AbortSignal.abort();
    await t.rejects(ws.readFile('/big', { signal }), { code: 'CANCELLED' });
    await t.rejects(ws.writeFile('/big', 'x', { signal }), { code: 'CANCELLED' });
    await t.rejects(ws.copyFile('/big', '/copy', { signal }), { code: 'CANCELLED' });
    await t.rejects(ws.rm('/big', { signal }), { code: 'CANCELLED' });
    await t.rejects(ws.fs.readFile('/big', { signal }), { name: 'AbortError', code: 'ABORT_ERR' });

    const reading = new AbortController();
    const stream = ws.createReadStream('/big', { signal: reading.signal });
    await t.rejects(
      async () => {
        for await (const _piece of stream) reading.abort();
      },
      { name: 'AbortError' },
    );
    const writing = new AbortController();
    const target = ws.createWriteStream('/part', { signal: writing.signal });
    await new Promise((resolve) => target.write('x', resolve));
    const ended = new Promise((resolve) => target.once('error', resolve));
    writing.abort();
    t.match(await ended, { name: 'AbortError' });
    t.ok((await ws.readFile('/big')).equals(data), 'nothing was changed');
    t.equal(await ws.exists('/copy'), false);
  }
});

t.test('100 MiB stream in bounded memory', async (t) => {
  const { owner, client } = await openWorkspace(t);
  const MIB = 1024 * 1024;
  const piece = randomBytes(MIB);
  for (const ws of [owner, client]) {
    const target = ws.createWriteStream('/big');
    for (let n = 0; n < 100; n++) {
      piece.writeUInt32BE(n);
      const goesOn = target.write(Buffer.from(piece));
      t.ok(target.writableLength <= 2 * MIB, 'little waits to be written');
      if (!goesOn) await new Promise((resolve) => target.once('drain', resolve));
    }
    await new Promise((resolve) => target.end(() => resolve(undefined)));
    await ws.flush();
    let bytes = 0;
    let last = -1;
    const source = ws.createReadStream('/big');
    for await (const data of source as AsyncIterable<Buffer>) {
      if (bytes % MIB === 0) last = data.readUInt32BE();
      bytes += data.length;
      t.ok(source.readableLength <= 2 * MIB, 'little waits to be read');
    }
    t.equal(bytes, 100 * MIB);
    t.equal(last, 99);
    await ws.rm('/big');
  }
});

t.test('await using closes what it holds', async (t) => {
  const home = temporaryDirectory(t);
  const seen = await (async () => {
    await using afs = new AgentFS({ home });
    const ws = await afs.workspace.create('demo');
    await using file = await ws.openFile('/f', 'w');
    await file.write(0, Buffer.from('x'));
    await using handle = await ws.fs.open('/f');
    return { ws, file, handle };
  })();
  t.equal(seen.handle.fd, -1);
  await t.rejects(seen.file.read(0, 1), { code: 'CLOSED' });
  await t.rejects(seen.ws.readFile('/f'), { code: 'CLOSED' });
});
