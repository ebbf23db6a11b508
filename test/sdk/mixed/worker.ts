/**
 * The worker in TypeScript: for each task of the workspace `queue` it writes a claim, says `ready` and waits for a line before
 * it pushes, so that others have claimed the task, too. It prints the tasks that it did as JSON. Its home is AGENTFS_HOME.
 */
import { createInterface } from 'node:readline';
import { AgentFS } from 'agentfs';

const NAME = 'typescript';

await using afs = new AgentFS();
const queue = await afs.workspace.create('queue');
await queue.sync.enable({
  tursoDb: process.env.TURSO_DATABASE_URL ?? '',
  token: process.env.TURSO_AUTH_TOKEN ?? '',
  mode: 'manual',
  conflictResolution: 'remote-wins',
});
await queue.sync.pull();

const input = createInterface({ input: process.stdin });
const lines = input[Symbol.asyncIterator]();
const done: string[] = [];
for (const task of await queue.readdir('/tasks')) {
  await queue.writeFile(`/claims/${task}`, NAME);
  console.log('ready');
  await lines.next();
  await queue.sync.push();
  await queue.sync.pull();
  // The claim that was pushed first is here now, mine or another's.
  if ((await queue.readFile(`/claims/${task}`, 'utf8')) !== NAME) continue;
  const { number } = JSON.parse(await queue.readFile(`/tasks/${task}`, 'utf8'));
  await queue.writeFile(`/results/${task}`, JSON.stringify({ square: number ** 2, by: NAME }));
  await queue.sync.push();
  done.push(task);
}
input.close();
console.log(JSON.stringify(done));
