/**
 * The owner is killed in the middle of a sync, again and again: the next one finds a sound workspace, converges, and
 * takes nothing for a conflict that is none.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { RENAME_EXCHANGE } from '#src/vfs/index.js';
import { type Agent, fileRemote, pair, settle } from './agent.js';

t.setTimeout(180_000);

/** Runs a sync of the agent in another process and kills that. Returns whether it was done before. */
async function doomed(agent: Agent, ways: readonly string[], afterMs: number): Promise<boolean> {
  const script = join(import.meta.dirname, 'doomed-owner.js');
  const child = spawn(process.execPath, [script, agent.database, agent.id, ...ways], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on('data', (data) => {
    output += data;
    timer ??= setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  return output.includes('done');
}

/** Kills a sync later and later, until one is done. */
async function syncAgainstDeath(t: Test, agent: Agent, ways: readonly string[]): Promise<void> {
  let killed = 0;
  for (let afterMs = 60; ; afterMs = afterMs * 1.7) {
    await agent.close();
    const done = await doomed(agent, ways, afterMs);
    agent.open();
    t.same(agent.vfs.integrityCheck(), []);
    if (done) break;
    killed += 1;
  }
  t.ok(killed > 2, `killed ${killed} times`);
}

function fill(a: Agent, files: number): void {
  for (const d of ['/a', '/b', '/c']) a.mkdir(d);
  for (let i = 0; i < files; i += 1) a.write(`/${'abc'[i % 3]}/${i}`, `content of ${i}`);
  for (let i = 0; i < 3; i += 1) a.write(`/large-${i}`, randomBytes(3 << 20));
  a.symlink('a', '/link');
  a.link('/a/0', '/c/linked');
}

function rework(a: Agent, files: number): void {
  a.rename('/a', '/b', RENAME_EXCHANGE);
  for (let i = 0; i < files; i += 7) a.replace(`/${'bac'[i % 3]}/${i}`, `replaced ${i}`);
  for (let i = 1; i < files; i += 7) a.writeAt(`/${'bac'[i % 3]}/${i}`, 0, 'EDITED');
  for (let i = 2; i < files; i += 7) a.unlink(`/${'bac'[i % 3]}/${i}`);
  for (let i = 3; i + 3 < files; i += 21)
    a.rename(`/${'bac'[i % 3]}/${i}`, `/${'bac'[i % 3]}/${i + 3}`, RENAME_EXCHANGE);
  a.remove('/c');
  a.write('/c', 'a file now');
  for (let i = 0; i < 2; i += 1) a.writeAt(`/large-${i}`, 1 << 20, 'patched');
  a.mkdir('/new');
  a.rename('/b', '/new/b');
}

t.test('killed while it pulls', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) }, { conflictResolution: 'manual' });
  const files = 1500;
  fill(a, files);
  await a.engine.push();
  b.write('/mine', 'of b, not pushed yet');
  await syncAgainstDeath(t, b, ['pull']);
  t.equal(b.read('/mine'), 'of b, not pushed yet');
  t.match(await b.engine.pull(), { conflicts: [] });
  b.unlink('/mine');
  await settle(b, a);
  t.equal(b.tree(), a.tree());

  rework(a, files);
  b.write('/new-of-b', 'made while a reworked all');
  await a.engine.push({ force: true });
  await syncAgainstDeath(t, b, ['pull']);
  t.equal(b.read('/new-of-b'), 'made while a reworked all');
  t.match(await b.engine.pull(), { conflicts: [] });
  await settle(b, a);
  t.equal(b.tree(), a.tree());
  t.match(await b.engine.push(), { pushed: 0, rowsWritten: 0 });
});

t.test('killed while it pushes', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) }, { conflictResolution: 'manual', batchSize: 200 });
  fill(a, 1500);
  a.vfs.flush();
  await syncAgainstDeath(t, a, ['push']);
  t.match(await a.engine.push(), { pushed: 0, rowsWritten: 0, conflicts: [] });
  await b.engine.pull();
  t.equal(b.tree(), a.tree());
  rework(b, 1500);
  b.vfs.flush();
  await syncAgainstDeath(t, b, ['pull', 'push']);
  t.match(await b.engine.push(), { pushed: 0, rowsWritten: 0, conflicts: [] });
  await a.engine.pull({ force: true });
  t.equal(b.tree(), a.tree());
});
