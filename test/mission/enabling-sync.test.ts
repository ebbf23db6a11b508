/**
 * "Enabling Sync": by the command line, and by the SDK.
 */
import t from 'tap';
import { Machine } from './machine.js';

t.setTimeout(120_000);

t.test('CLI Setup', async (t) => {
  const machine = await Machine.create(t);
  await machine.runs(
    t,
    'agentfs workspace create my-workspace\necho hello | agentfs fs write my-workspace /hello.txt',
  );
  await machine.runs(
    t,
    `
# Enable sync for workspace
agentfs sync enable my-workspace \\
  --turso-db libsql://mydb-org.turso.io \\
  --token $TURSO_TOKEN

# Configure sync mode
agentfs sync config my-workspace --mode real-time

# Manual sync
agentfs sync push my-workspace
agentfs sync pull my-workspace
`,
  );
  const other = await Machine.create(t, machine.server);
  await other.runs(
    t,
    `
agentfs workspace create my-workspace
agentfs sync enable my-workspace --turso-db libsql://mydb-org.turso.io --token $TURSO_TOKEN --mode manual
agentfs sync pull my-workspace
`,
  );
  t.equal(await other.runs(t, 'agentfs fs cat my-workspace /hello.txt'), 'hello\n');
});

t.test('SDK Setup: TypeScript', async (t) => {
  const machine = await Machine.create(t);
  const afs = machine.sdk();
  await using workspace = await afs.workspace.create('my-workspace');
  await workspace.sync.enable({
    tursoDb: machine.database,
    token: machine.token,
  });
  t.equal((await workspace.sync.status()).mode, 'real-time');
});
