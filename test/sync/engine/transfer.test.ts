/**
 * What goes over the wire between an agent and a real server, counted: what is there already is not sent again.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import t from 'tap';
import { startSqld } from '../../support/sqld.js';
import { noise } from '../remote/trees.js';
import { eventually, openAgent } from './agent.js';

t.setTimeout(120_000);
const MIB = 1024 * 1024;
const sqld = await startSqld({ auth: false });
t.teardown(() => sqld.stop());
let tests = 0;

/** Two agents in a workspace of their own. */
async function agents(t: Parameters<typeof openAgent>[0]) {
  tests += 1;
  const workspace = `t${tests}`;
  const [a, b] = [openAgent(t, { workspace }), openAgent(t, { workspace })];
  for (const { engine } of [a, b]) await engine.enable({ tursoDb: sqld.url, mode: 'manual' });
  return { a, b };
}

t.test('a pulled edit of a large file fetches what is new, whoever has the file open', async (t) => {
  const { a, b } = await agents(t);
  a.write('/big', noise(6 * MIB, 21));
  await a.engine.push();
  await b.engine.pull();
  const edits: readonly (() => void)[] = [
    () => a.writeAt('/big', 3 * MIB, 'changed'),
    () => {
      const now = a.bytes(a.inode('/big'));
      a.write('/big', Buffer.concat([now.subarray(0, 1000), Buffer.from('more'), now.subarray(1000)]));
    },
    () => a.setattr('/big', { size: 5 * MIB + 17 }),
    () => a.writeAt('/big', 5 * MIB + 17, 'appended'),
  ];
  for (const open of [false, true]) {
    // The kernel has looked it up: what it may have open must stay as it is.
    if (open) b.vfs.state.nodes.remember(b.vfs.state.nodes.nodeOf(b.inode('/big').ino));
    for (const edit of edits) {
      edit();
      await a.engine.push();
      const report = await b.engine.pull();
      t.ok(report.bytesReceived < MIB, `${report.bytesReceived} bytes came`);
      t.equal(b.tree(), a.tree());
    }
  }
});

t.test('files of some chunks are fetched together', async (t) => {
  const { a, b } = await agents(t);
  for (let i = 0; i < 150; i += 1) a.write(`/f${i}`, noise(20_000 + 500 * i, i + 1));
  await a.engine.push();
  const report = await b.engine.pull();
  t.equal(b.tree(), a.tree());
  t.ok(report.roundTrips <= 12, `${report.roundTrips} round trips`);
});

t.test('what another workspace of the database has is not sent again', async (t) => {
  const [{ a }, { a: other }] = [await agents(t), await agents(t)];
  for (const agent of [a, other]) {
    for (let i = 0; i < 100; i += 1) agent.write(`/f${i}`, noise(30_000 + i, i + 50));
    agent.write('/big', noise(2 * MIB, 77));
  }
  const first = await a.engine.push();
  t.ok(first.chunksSent >= 101);
  const second = await other.engine.push();
  t.equal(second.chunksSent, 0);
  t.ok(second.bytesSent < 100_000, `${second.bytesSent} bytes were sent`);
});

t.test('a push that was killed half-way sends what is missing, and no chunk twice', async (t) => {
  const a = openAgent(t);
  await a.engine.enable({ tursoDb: sqld.url, mode: 'manual' });
  await a.engine.push();
  a.write('/big', noise(48 * MIB, 99));
  await a.close();
  const client = createClient({ url: sqld.url });
  t.teardown(() => client.close());
  const stored = async () =>
    Number((await client.execute('SELECT count(*) FROM agentfs_chunks')).rows[0]?.[0]);
  const before = await stored();
  const script = join(import.meta.dirname, 'doomed-owner.js');
  const child = spawn(process.execPath, [script, a.database, a.id, 'push'], { stdio: 'ignore' });
  const gone = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  await eventually('some chunks are there', async () => (await stored()) > before + 40);
  child.kill('SIGKILL');
  t.equal(await gone, 'SIGKILL', 'it was killed in the middle');
  // What the server had already been given may still be on its way in.
  let there = await stored();
  await eventually('the server is at rest', async () => {
    const last = there;
    await new Promise((resolve) => setTimeout(resolve, 100));
    there = await stored();
    return there === last;
  });
  a.open();
  const report = await a.engine.push();
  const total = (await stored()) - before;
  t.ok(there - before < total, `${there - before} of ${total} chunks were there`);
  t.equal(report.chunksSent, total - (there - before));
  t.equal(report.chunksReused, there - before);
});
