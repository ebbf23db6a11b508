/**
 * `agentfs sync` by the command: two agents that meet in a database file, and a remote that is not there.
 */
import t from 'tap';
import type { SyncStatus } from '#src/sdk/typescript/index.js';
import { Agent } from '../agentfs-process.js';
import { twoAgents } from '../two-agents.js';

t.test('what one agent pushes the other pulls, and both say that they are synced', async (t) => {
  const [a, b] = await twoAgents(t);
  await a.run(['fs', 'write', 'w', '/plan.md', 'first the tests']);
  t.match(await a.run(['sync', 'push', 'w']), { code: 0, stdout: /^Pushed \d+ changes/ });
  t.match(await b.run(['sync', 'pull', 'w']), { code: 0, stdout: /^Pulled \d+ changes/ });
  t.equal((await b.run(['fs', 'cat', 'w', '/plan.md'])).stdout, 'first the tests');
  t.match(await a.run(['sync', 'push', 'w']), { code: 0, stdout: /^Nothing to push/ });
  for (const agent of [a, b]) {
    const { stdout } = await agent.run(['sync', 'status', 'w']);
    const lines = stdout.split('\n');
    t.equal(lines[0], 'Workspace: w');
    t.equal(lines[1], 'Mode: manual');
    t.match(lines[2], /^Last sync: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    t.equal(lines[3], 'Pending changes: 0');
    t.equal(lines[4], 'Sync status: synced');
  }
});

t.test('a push with an undecided conflict ends with 3 and a table, and conflicts lists it', async (t) => {
  const [a, b] = await twoAgents(t, '--conflict-resolution', 'manual');
  await a.run(['fs', 'write', 'w', '/f', 'one']);
  await a.run(['sync', 'push', 'w']);
  await b.run(['sync', 'pull', 'w']);
  await b.run(['fs', 'write', 'w', '/f', 'b']);
  t.equal((await b.run(['sync', 'push', 'w'])).code, 0);
  await a.run(['fs', 'write', 'w', '/f', 'from a']);
  const table = /^PATH +CONFLICT.*\n\/f +modify\/modify .*undecided/m;
  t.match(await a.run(['sync', 'push', 'w']), { code: 3, stdout: table, stderr: /\nhint: / });
  t.match(await a.run(['sync', 'conflicts', 'w']), { code: 3, stdout: table });
  t.match((await a.json(['sync', 'push', 'w'])).document, {
    error: { code: 'SYNC_CONFLICT', data: { conflicts: [{ path: '/f', type: 'modify/modify' }] } },
  });
  const { document } = await a.json<SyncStatus>(['sync', 'status', 'w']);
  t.match(document, { syncStatus: 'conflicts', pendingConflicts: 1 });
  t.equal((await a.run(['fs', 'cat', 'w', '/f'])).stdout, 'from a');
});

t.test('config changes what is given and keeps the rest, and prints it all without options', async (t) => {
  const [a] = await twoAgents(t);
  const changed = ['--interval', '60', '--compression', 'false'];
  t.equal((await a.run(['sync', 'config', 'w', ...changed])).code, 0);
  t.match((await a.json(['sync', 'config', 'w'])).document, {
    mode: 'manual',
    interval: 60,
    compression: false,
    timeout: 60,
  });
});

t.test('a remote that cannot be reached ends with 4, and one that is none with 2', async (t) => {
  const agent = await Agent.create(t);
  await agent.run(['workspace', 'create', 'w']);
  const url = 'http://127.0.0.1:2';
  await agent.run(['sync', 'enable', 'w', '--turso-db', url, '--mode', 'manual']);
  t.match(await agent.run(['sync', 'push', 'w']), { code: 4, stderr: /cannot be reached.*\nhint: / });
  t.match((await agent.json(['sync', 'push', 'w'])).document, { error: { code: 'REMOTE_UNREACHABLE' } });
  t.equal((await agent.run(['sync', 'enable', 'w', '--turso-db', 'ftp://x'])).code, 2);
});

t.test('real-time keeps a background process, which pushes by itself; disable and stop end it', async (t) => {
  const [a, b] = await twoAgents(t);
  t.match(await a.run(['sync', 'config', 'w', '--mode', 'real-time']), {
    code: 0,
    stderr: /in the background/,
  });
  t.match((await a.json(['workspace', 'list'])).document, [{ owner: { kind: 'background' } }]);
  await a.run(['fs', 'write', 'w', '/f', 'pushed by itself']);
  const deadline = performance.now() + 20_000;
  let found = '';
  while (found === '' && performance.now() < deadline) {
    await b.run(['sync', 'pull', 'w']);
    found = (await b.run(['fs', 'cat', 'w', '/f'])).stdout;
  }
  t.equal(found, 'pushed by itself');
  t.match(await a.run(['stop', 'w']), { code: 0, stdout: /Stopped process/ });
  t.equal((await a.run(['sync', 'disable', 'w'])).code, 0);
  t.match(await a.run(['sync', 'status', 'w']), { code: 1, stderr: /hint: .*sync enable/ });
});
