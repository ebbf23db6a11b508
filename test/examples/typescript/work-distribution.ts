/**
 * A master distributes work, and workers take it: who pushes a claim first has it, since the others' claims lose against what
 * the remote has. Workers may be processes on any machine; here they are three homes.
 *
 *     TURSO_DATABASE_URL=libsql://mydb-org.turso.io TURSO_AUTH_TOKEN=… node work-distribution.js
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentFS, type Workspace } from 'agentfs';

const remote = {
  tursoDb: process.env.TURSO_DATABASE_URL ?? '',
  token: process.env.TURSO_AUTH_TOKEN ?? '',
  mode: 'manual',
  conflictResolution: 'remote-wins',
} as const;
const homes = await mkdtemp(join(tmpdir(), 'agents-'));

async function member(name: string): Promise<Workspace> {
  const workspace = await new AgentFS({ home: join(homes, name) }).workspace.create('queue');
  await workspace.sync.enable(remote);
  await workspace.sync.pull();
  return workspace;
}

/** Works until nothing is left to claim; returns how much it did. */
async function worker(name: string): Promise<number> {
  await using queue = await member(name);
  let done = 0;
  for (const task of await queue.readdir('/tasks')) {
    await queue.sync.pull();
    if (await queue.exists(`/claims/${task}`)) continue;
    await queue.writeFile(`/claims/${task}`, name);
    await queue.sync.push();
    await queue.sync.pull();
    // The claim that was pushed first is here now, mine or another's.
    if ((await queue.readFile(`/claims/${task}`, 'utf8')) !== name) continue;
    const { number } = JSON.parse(await queue.readFile(`/tasks/${task}`, 'utf8'));
    await queue.writeFile(`/results/${task}`, JSON.stringify({ square: number ** 2, by: name }));
    await queue.sync.push();
    done += 1;
  }
  return done;
}

await using master = await member('master');
for (const directory of ['/tasks', '/claims', '/results']) await master.mkdir(directory);
for (let number = 1; number <= 6; number++)
  await master.writeFile(`/tasks/${number}.json`, JSON.stringify({ number }));
await master.sync.push();

const done = await Promise.all(['one', 'two', 'three'].map(worker));
console.log(`tasks done: ${done.reduce((sum, count) => sum + count)}`);

await master.sync.pull();
for (const task of (await master.readdir('/results')).sort()) {
  const { square } = JSON.parse(await master.readFile(`/results/${task}`, 'utf8'));
  console.log(`${task}: ${square}`);
}
