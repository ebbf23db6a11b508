/**
 * What the modes mean for processes and mounts: who goes on syncing, who ends, and what an unmount sends.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Agent, eventually } from '../agentfs-process.js';

t.setTimeout(120_000);

async function twoAgents(t: Test, ...options: string[]): Promise<{ a: Agent; b: Agent; dir: string }> {
  const [a, b] = [await Agent.create(t), await Agent.create(t)];
  const tursoDb = `file:${join(a.home, 'remote.db')}`;
  for (const [agent, more] of [
    [a, options],
    [b, ['--mode', 'manual']],
  ] as const) {
    await agent.run(['workspace', 'create', 'w']);
    t.match(await agent.run(['sync', 'enable', 'w', '--turso-db', tursoDb, ...more]), { code: 0 });
  }
  const dir = join(a.scratch, 'mnt');
  mkdirSync(dir, { recursive: true });
  return { a, b, dir };
}

async function hasOwner(agent: Agent): Promise<boolean> {
  const { document } = await agent.json<{ owner?: { kind: string } }[]>(['workspace', 'list']);
  return document[0]?.owner?.kind === 'background';
}

async function pulled(agent: Agent): Promise<string> {
  t.match(await agent.run(['sync', 'pull', 'w']), { code: 0 });
  return (await agent.run(['fs', 'ls', 'w'])).stdout;
}

t.test('Real-time and periodic keep a process in the background, manual lets it go', async (t) => {
  const { a, b } = await twoAgents(t);
  t.ok(await hasOwner(a), 'real-time is the default, and enable starts it');
  t.notOk(await hasOwner(b), 'manual needs none');
  t.match(await a.run(['sync', 'config', 'w', '--mode', 'periodic', '--interval', '60']), {
    code: 0,
    stderr: '',
  });
  t.ok(await hasOwner(a), 'it goes on');
  await a.run(['fs', 'write', 'w', '/before', 'x']);
  t.match(await a.run(['sync', 'config', 'w', '--mode', 'manual']), { code: 0 });
  await eventually(async () => !(await hasOwner(a)));
  t.equal(await pulled(b), '', 'what waited for the interval is not sent on the way out');
  await a.run(['fs', 'write', 'w', '/after', 'x']);
  const again = await a.run(['sync', 'config', 'w', '--mode', 'periodic']);
  t.match(again, { code: 0, stderr: /goes on syncing w in the background/ });
  await eventually(async () => (await pulled(b)) === 'after\nbefore\n');
  t.match(await a.json(['sync', 'status', 'w']), { document: { mode: 'periodic', interval: 60 } });
  await a.run(['stop', 'w']);
});

t.test('In manual mode an unmount sends nothing', async (t) => {
  const { a, b, dir } = await twoAgents(t, '--mode', 'manual');
  t.match(await a.run(['mount', 'w', dir]), { code: 0 });
  writeFileSync(join(dir, 'f'), 'x');
  t.match(await a.run(['umount', dir]), { code: 0 });
  await eventually(async () => !(await hasOwner(a)));
  t.equal(await pulled(b), '');
  t.match((await a.json(['sync', 'status', 'w'])).document, { syncStatus: 'pending' });
  t.match(await a.run(['sync', 'push', 'w']), { code: 0 });
  t.equal(await pulled(b), 'f\n');
});

t.test('In periodic mode what a mount left goes with the end of the owner, at the latest', async (t) => {
  const { a, b, dir } = await twoAgents(t, '--mode', 'periodic', '--interval', '3600');
  t.match(await a.run(['mount', 'w', dir]), { code: 0 });
  await eventually(
    async () =>
      (await a.json<{ syncStatus: string }>(['sync', 'status', 'w'])).document.syncStatus === 'synced',
  );
  writeFileSync(join(dir, 'f'), 'x');
  t.match(await a.run(['umount', dir]), { code: 0 });
  t.ok(await hasOwner(a), 'the schedule goes on without the mount');
  t.match(await a.run(['stop', 'w']), { code: 0 });
  t.equal(await pulled(b), 'f\n');
});
