/**
 * Large files that change a little: what goes over the wire is little, and what arrives is what was written.
 *
 * Whatever is done to a file between syncs, the hash that a push gives it is that of its whole content: another agent's
 * pull and a look at everything anew must find nothing to do.
 */
import t, { type Test } from 'tap';
import { hashContent } from '#src/sync/transfer/index.js';
import { noise } from '../remote/trees.js';
import { type Agent, fileRemote, pair } from './agent.js';

t.setTimeout(120_000);
const MIB = 1024 * 1024;

function pushedHash(a: Agent, path: string): string | undefined {
  const { ino } = a.inode(path);
  return a.rows<{ hash: string }>(`SELECT hash FROM afs_base_node WHERE ino = ${ino}`)[0]?.hash;
}

function isAsWhole(t: Test, a: Agent, path: string): void {
  const { content } = hashContent(a.bytes(a.inode(path)));
  t.equal(pushedHash(a, path), content.hash, 'the hash is that of the whole content');
}

t.test('a small edit of a large file sends the chunks around it', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.write('/big', noise(8 * MIB, 3));
  await a.engine.push();
  await b.engine.pull();
  for (const at of [0, 5_000_000, 8 * MIB - 1]) {
    a.writeAt('/big', at, '!');
    const report = await a.engine.push();
    t.ok(report.chunksSent >= 1 && report.chunksSent <= 2, `${report.chunksSent} chunks were sent`);
    isAsWhole(t, a, '/big');
    await b.engine.pull();
    t.equal(b.tree(), a.tree());
    // The one that pulled knows the chunks, too.
    b.writeAt('/big', 2_000_000 + Math.floor(at / 10), '?');
    t.ok((await b.engine.push()).chunksSent <= 2);
    isAsWhole(t, b, '/big');
    await a.engine.pull();
    t.equal(b.tree(), a.tree());
  }
});

t.test('a large file that is saved anew under its name sends what is new in it', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  const bytes = Buffer.from(noise(4 * MIB, 4));
  a.write('/big', bytes);
  await a.engine.push();
  a.write('/big~', Buffer.concat([bytes.subarray(0, MIB), Buffer.from('inserted'), bytes.subarray(MIB)]));
  a.rename('/big~', '/big');
  const report = await a.engine.push();
  t.ok(report.chunksSent <= 3, `${report.chunksSent} chunks were sent`);
  isAsWhole(t, a, '/big');
  await b.engine.pull();
  t.equal(b.tree(), a.tree());
});

t.test('a push that the remote did not take leaves nothing out of the next one', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) }, { conflictResolution: 'local-wins' });
  a.write('/big', noise(3 * MIB, 5));
  await a.engine.push();
  await b.engine.pull();
  for (let round = 0; round < 3; round += 1) {
    a.writeAt('/big', 100 + round, 'a');
    b.writeAt('/big', 2 * MIB + round, 'b');
    await a.engine.push();
    // B's is planned on what A has replaced meanwhile: it is decided anew.
    await b.engine.push();
    isAsWhole(t, b, '/big');
    await a.engine.pull();
    t.equal(b.tree(), a.tree());
  }
});

/** A generator of numbers from a seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

function edit(a: Agent, path: string, random: () => number): void {
  const inode = a.inode(path);
  const at = Math.floor(random() * (inode.size + 1));
  const piece = noise(1 + Math.floor(random() ** 4 * 500_000), Math.floor(random() * 1000));
  const kind = Math.floor(random() * 7);
  if (kind <= 2) a.vfs.outside(() => a.vfs.write(inode, at, piece));
  else if (kind === 3) a.setattr(path, { size: at });
  else if (kind === 4) a.setattr(path, { size: inode.size + piece.length });
  else if (kind === 5) a.vfs.outside(() => a.vfs.write(inode, inode.size + piece.length, piece));
  else {
    const bytes = a.bytes(inode);
    a.write(path, Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]));
  }
  if (random() < 0.5) a.vfs.flush();
}

t.test('random edits of large files on two agents, pushed and pulled at random', async (t) => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  t.comment(`SEED=${seed}`);
  const random = numbers(seed);
  const { a, b } = await pair(t, { url: fileRemote(t) }, { conflictResolution: 'last-write-wins' });
  for (const name of ['/x', '/y']) a.write(name, noise(2 * MIB + Math.floor(random() * MIB), 9));
  await a.engine.push();
  await b.engine.pull();
  for (let step = 0; step < 60; step += 1) {
    const agent = random() < 0.5 ? a : b;
    const path = random() < 0.5 ? '/x' : '/y';
    const what = random();
    if (what < 0.55) edit(agent, path, random);
    else if (what < 0.75) {
      await agent.engine.pull();
      await agent.engine.push();
      for (const name of ['/x', '/y']) if (agent.find(name)!.size >= MIB) isAsWhole(t, agent, name);
    } else await agent.engine.pull();
  }
  for (const agent of [a, b, a, b]) {
    await agent.engine.pull();
    await agent.engine.push();
  }
  t.equal(a.tree(), b.tree());
  for (const agent of [a, b]) for (const name of ['/x', '/y']) isAsWhole(t, agent, name);
});
