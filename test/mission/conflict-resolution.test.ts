/**
 * "Conflict Resolution": the three types under each strategy, and how a program and a person resolve what waits.
 */
import t from 'tap';
import { SyncConflictError } from '#src/sdk/typescript/index.js';
import { Machine } from './machine.js';

t.setTimeout(240_000);

/** Two machines that have `/both`, `/deleted-here` and `/deleted-there` and then change each of them on their own. */
async function conflicting(t: import('tap').Test, policy: string): Promise<readonly [Machine, Machine]> {
  const a = await Machine.create(t);
  const b = await Machine.create(t, a.server);
  for (const machine of [a, b]) {
    await machine.runs(
      t,
      `
agentfs workspace create my-workspace
agentfs sync enable my-workspace --turso-db libsql://mydb-org.turso.io --token $TURSO_TOKEN --mode manual
`,
    );
  }
  await b.runs(
    t,
    `
for name in both deleted-here deleted-there; do echo first | agentfs fs write my-workspace /$name; done
agentfs sync push my-workspace
`,
  );
  await a.runs(t, 'agentfs sync pull my-workspace');
  await a.runs(
    t,
    `
agentfs sync config my-workspace \\
  --conflict-resolution ${policy}
`,
  );
  await b.runs(
    t,
    `
echo 'of b' | agentfs fs write my-workspace /both
echo 'of b' | agentfs fs write my-workspace /deleted-here
agentfs fs rm my-workspace /deleted-there
agentfs sync push my-workspace
sleep 0.02
`,
  );
  await a.runs(
    t,
    `
echo 'of a' | agentfs fs write my-workspace /both
agentfs fs rm my-workspace /deleted-here
echo 'of a' | agentfs fs write my-workspace /deleted-there
`,
  );
  return [a, b];
}

const SHOW = `for name in both deleted-here deleted-there; do
  agentfs fs cat my-workspace /$name 2>/dev/null || echo gone
done`;

async function show(machine: Machine): Promise<string[]> {
  return (await machine.shell(SHOW)).stdout.trim().split('\n');
}

const LOCAL = ['of a', 'gone', 'of a'];
const REMOTE = ['of b', 'of b', 'gone'];

for (const [policy, expected] of [
  // Each change made by a came after b's.
  ['last-write-wins', LOCAL],
  ['local-wins', LOCAL],
  ['remote-wins', REMOTE],
] as const) {
  t.test(`Resolution Strategies: ${policy}`, async (t) => {
    const [a, b] = await conflicting(t, policy);
    await a.runs(t, 'agentfs sync pull my-workspace\nagentfs sync push my-workspace');
    t.same(await show(a), expected);
    await b.runs(t, 'agentfs sync pull my-workspace');
    t.same(await show(b), expected, 'both have the same');
  });
}

t.test('Handling Conflicts in SDK', async (t) => {
  const [a, b] = await conflicting(t, 'manual');
  await using workspace = await a.sdk().workspace.get('my-workspace');
  const seen: string[] = [];
  try {
    await workspace.sync.push();
    t.fail('conflicts were pushed over');
  } catch (error) {
    if (!(error instanceof SyncConflictError)) throw error;
    for (const conflict of error.conflicts) {
      seen.push(`${conflict.path} ${conflict.type}`);
      if (conflict.path === '/both') await workspace.sync.resolve(conflict, { useLocal: true });
      else await workspace.sync.resolve(conflict, { useRemote: true });
    }
  }
  t.same(seen.sort(), ['/both modify/modify', '/deleted-here delete/modify', '/deleted-there modify/delete']);
  await workspace.sync.push();
  await workspace.close();
  t.same(await show(a), ['of a', 'of b', 'gone']);
  await b.runs(t, 'agentfs sync pull my-workspace');
  t.same(await show(b), ['of a', 'of b', 'gone']);
});

t.test('Troubleshooting, Conflict Resolution: view, resolve all with local', async (t) => {
  const [a, b] = await conflicting(t, 'manual');
  const pushed = await a.shell('agentfs sync push my-workspace');
  t.equal(pushed.code, 3);
  const viewed = await a.shell('# View conflicts\nagentfs sync conflicts my-workspace');
  t.equal(viewed.code, 3, 'conflicts are pending');
  for (const name of ['/both', '/deleted-here', '/deleted-there']) t.match(viewed.stdout, name);
  await a.runs(
    t,
    '# Resolve all with local\nagentfs sync resolve my-workspace --strategy local\nagentfs sync push my-workspace',
  );
  await b.runs(t, 'agentfs sync pull my-workspace');
  t.same([await show(a), await show(b)], [LOCAL, LOCAL]);
});

t.test('Troubleshooting, Conflict Resolution: resolve all with remote', async (t) => {
  const [a, b] = await conflicting(t, 'manual');
  t.equal((await a.shell('agentfs sync push my-workspace')).code, 3);
  await a.runs(
    t,
    '# Resolve all with remote\nagentfs sync resolve my-workspace --strategy remote\nagentfs sync push my-workspace',
  );
  await b.runs(t, 'agentfs sync pull my-workspace');
  t.same([await show(a), await show(b)], [REMOTE, REMOTE]);
});

t.test('Troubleshooting, Conflict Resolution: interactive resolution', async (t) => {
  const [a] = await conflicting(t, 'manual');
  t.equal((await a.shell('agentfs sync push my-workspace')).code, 3);
  const asked = await a.shell(
    '# Interactive resolution\nagentfs sync resolve my-workspace --interactive',
    'l\nr\n',
  );
  t.match(`${asked.stdout}${asked.stderr}`, '/both', 'it says what it asks about');
  const left = await a.agent.json<readonly unknown[] | { conflicts: readonly unknown[] }>([
    'sync',
    'conflicts',
    'my-workspace',
  ]);
  t.equal(left.code, 3, 'the end of the input leaves the rest as it was');
  const list = 'conflicts' in left.document ? left.document.conflicts : left.document;
  t.equal(list.length, 1);
});
