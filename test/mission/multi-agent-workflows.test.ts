/**
 * "Multi-Agent Workflows": agents in processes of their own, each with its own home, on one database.
 */
import t from 'tap';
import { runAgent } from './agent-process.js';
import { Machine } from './machine.js';

t.setTimeout(180_000);

t.test('Shared Workspace', async (t) => {
  const a = await Machine.create(t);
  const b = await Machine.create(t, a.server);
  // Agent A creates and syncs workspace
  await runAgent(
    a,
    `
const workspaceA = await afs.workspace.create('shared-task');
await workspaceA.sync.enable({ tursoDb: DB_URL, token: TOKEN });
await workspaceA.mkdir('/task');
await workspaceA.writeFile('/task/plan.md', 'step 1 by A\\n');
await workspaceA.sync.push();
await workspaceA.close();
`,
  );
  // Agent B pulls and continues
  await runAgent(
    b,
    `
const workspaceB = await afs.workspace.create('shared-task');
await workspaceB.sync.enable({ tursoDb: DB_URL, token: TOKEN });
await workspaceB.sync.pull();
const plan = await workspaceB.readFile('/task/plan.md');
await workspaceB.writeFile('/task/plan.md', plan + 'step 2 by B\\n');
await workspaceB.sync.push();
await workspaceB.close();
`,
  );
  const read = await runAgent(
    a,
    `
const workspaceA = await afs.workspace.create('shared-task');
await workspaceA.sync.pull();
console.log(String(await workspaceA.readFile('/task/plan.md')));
await workspaceA.close();
`,
  );
  t.equal(read.trim(), 'step 1 by A\nstep 2 by B');
});

t.test('Work Distribution', async (t) => {
  const master = await Machine.create(t);
  const workers = await Promise.all([1, 2, 3].map(() => Machine.create(t, master.server)));
  // Master agent distributes work
  await runAgent(
    master,
    `
const workItems = [
  { id: 1, file: '/src/module1.py' },
  { id: 2, file: '/src/module2.py' },
  { id: 3, file: '/src/module3.py' },
];
for (const item of workItems) {
  // Create workspace for each task
  const ws = await afs.workspace.create(\`task-\${item.id}\`);
  await ws.sync.enable({ tursoDb: DB_URL, token: TOKEN });

  // Copy task info
  await ws.writeFile('/task.json', JSON.stringify(item));
  await ws.sync.push();
  await ws.close();
}
`,
  );
  // Worker agents pick up tasks, all at once
  await Promise.all(
    workers.map((worker, index) =>
      runAgent(
        worker,
        `
const ws = await afs.workspace.create('task-${index + 1}');
await ws.sync.enable({ tursoDb: DB_URL, token: TOKEN });
await ws.sync.pull();
const task = JSON.parse(await ws.readFile('/task.json'));
await ws.writeFile('/result.json', JSON.stringify({ done: task.file }));
await ws.sync.push();
await ws.close();
`,
      ),
    ),
  );
  // Collect results
  const collected = await runAgent(
    master,
    `
for (const id of [1, 2, 3]) {
  const ws = await afs.workspace.get(\`task-\${id}\`);
  await ws.sync.pull();
  const result = await ws.readFile('/result.json');
  console.log(String(result));
  await ws.close();
}
`,
  );
  t.same(
    collected
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { done: string }).done),
    ['/src/module1.py', '/src/module2.py', '/src/module3.py'],
  );
});
