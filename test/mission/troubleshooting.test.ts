/**
 * "Troubleshooting": what a person does when a sync fails, and what is said then.
 */
import t from 'tap';
import { Machine } from './machine.js';

t.setTimeout(120_000);

async function enabled(t: import('tap').Test): Promise<Machine> {
  const machine = await Machine.create(t);
  await machine.runs(
    t,
    `
agentfs workspace create my-workspace
echo text | agentfs fs write my-workspace /file
agentfs sync enable my-workspace --turso-db libsql://mydb-org.turso.io --token $TURSO_TOKEN --mode manual
agentfs sync push my-workspace
`,
  );
  return machine;
}

t.test('Sync Failures', async (t) => {
  const machine = await enabled(t);
  const printed = await machine.runs(
    t,
    `
# Check network connectivity
curl -sS -I https://mydb-org.turso.io/health

# Verify token
agentfs sync verify my-workspace

# Reset sync state
agentfs sync reset my-workspace
`,
  );
  t.match(printed, /^HTTP\/1\.1 200/);
  t.equal(await machine.runs(t, 'agentfs fs cat my-workspace /file'), 'text\n', 'reset keeps what is here');
  await machine.runs(t, 'agentfs sync pull my-workspace\nagentfs sync push my-workspace');
  const { document } = await machine.agent.json<{ pendingConflicts: number; syncStatus: string }>([
    'sync',
    'status',
    'my-workspace',
  ]);
  t.same([document.pendingConflicts, document.syncStatus], [0, 'synced'], 'equal files are no conflict');
});

t.test('Sync Failures: a token that is wrong', async (t) => {
  const machine = await enabled(t);
  const { code, stderr } = await machine.shell(
    'agentfs sync config my-workspace --token wrong\nagentfs sync verify my-workspace',
  );
  t.equal(code, 5);
  t.match(stderr, /token/);
});

t.test('Large File Issues', async (t) => {
  const machine = await enabled(t);
  await machine.runs(
    t,
    `
# Increase timeout for large files
agentfs sync config my-workspace --timeout 300

# Use compression
agentfs sync config my-workspace --compression true
`,
  );
  const { document } = await machine.agent.json<{ timeout: number; compression: boolean }>([
    'sync',
    'config',
    'my-workspace',
  ]);
  t.same([document.timeout, document.compression], [300, true]);
});
