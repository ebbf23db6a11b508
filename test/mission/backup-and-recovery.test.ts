/**
 * "Backup and Recovery": backups on their own, any moment again, and a replica in another region.
 */
import t from 'tap';
import { Machine } from './machine.js';

t.setTimeout(180_000);

t.test('Automated Backups', async (t) => {
  const machine = await Machine.create(t);
  await machine.runs(
    t,
    'agentfs workspace create my-workspace\necho precious | agentfs fs write my-workspace /file',
  );
  await machine.runs(
    t,
    `
# Configure automatic sync as backup
agentfs sync enable my-workspace \\
  --turso-db libsql://backup-org.turso.io \\
  --token $BACKUP_TOKEN \\
  --mode periodic \\
  --interval 3600  # Hourly backup
`,
  );
  const { document } = await machine.agent.json<{ mode: string; interval: number }>([
    'sync',
    'status',
    'my-workspace',
  ]);
  t.same([document.mode, document.interval], ['periodic', 3600]);
});

t.test('Point-in-Time Recovery', async (t) => {
  const machine = await Machine.create(t);
  await using workspace = await machine.sdk().workspace.create('my-workspace');
  await workspace.sync.enable({ tursoDb: machine.database, token: machine.token, mode: 'manual' });
  await workspace.writeFile('/report.md', 'first');
  await workspace.sync.push();
  await workspace.checkpoints.create('checkpoint-v1');
  await workspace.writeFile('/report.md', 'second');
  await workspace.writeFile('/new.md', 'new');
  await workspace.sync.push();
  const afterSecond = new Date(Date.now() + 5).toISOString();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await workspace.rm('/report.md');
  await workspace.sync.push();
  // Sync to specific point in time
  await workspace.sync.pull({ at: afterSecond });
  t.equal(String(await workspace.readFile('/report.md')), 'second');
  t.ok(await workspace.exists('/new.md'));
  await workspace.sync.push();
  // Or restore from specific version
  await workspace.sync.pull({ version: 'checkpoint-v1' });
  t.equal(String(await workspace.readFile('/report.md')), 'first');
  t.notOk(await workspace.exists('/new.md'));
});

t.test('Cross-Region Sync: the address of a primary is an address as any other', async (t) => {
  const machine = await Machine.create(t);
  await machine.runs(t, 'agentfs workspace create my-workspace');
  await machine.runs(
    t,
    `
export AGENTFS_TOKEN=$TURSO_TOKEN
# AgentFS syncs to primary, replicated to EU
agentfs sync enable my-workspace \\
  --turso-db libsql://primary-db-org.turso.io
`,
  );
});
