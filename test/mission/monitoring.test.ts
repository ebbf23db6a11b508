/**
 * "Monitoring": what is printed is what the documentation prints, line by line.
 */
import t from 'tap';
import { eventually } from '../cli/agentfs-process.js';
import { Machine } from './machine.js';

t.setTimeout(120_000);

async function synced(t: import('tap').Test): Promise<Machine> {
  const machine = await Machine.create(t);
  await machine.runs(
    t,
    `
agentfs workspace create my-workspace
echo text | agentfs fs write my-workspace /file
agentfs sync enable my-workspace --turso-db libsql://mydb-org.turso.io --token $TURSO_TOKEN
agentfs sync push my-workspace
`,
  );
  // In real time it looks once more by itself, for what came before it listened.
  await eventually(async () => {
    const { stdout } = await machine.shell('agentfs sync status my-workspace --json');
    return (JSON.parse(stdout) as { syncStatus: string }).syncStatus === 'synced' ? true : undefined;
  }, 20_000);
  return machine;
}

t.test('Sync Status', async (t) => {
  const machine = await synced(t);
  const lines = (await machine.runs(t, '# Check sync status\nagentfs sync status my-workspace\n')).split(
    '\n',
  );
  t.equal(lines[0], 'Workspace: my-workspace');
  t.equal(lines[1], 'Mode: real-time');
  t.match(lines[2], /^Last sync: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  t.equal(lines[3], 'Pending changes: 0');
  t.equal(lines[4], 'Sync status: synced');
});

t.test('SDK Status', async (t) => {
  const machine = await synced(t);
  await using workspace = await machine.sdk().workspace.get('my-workspace');
  const status = await workspace.sync.status();
  t.match(status.lastSync, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  t.equal(status.pendingChanges, 0);
  t.equal(status.pendingConflicts, 0);
});

t.test('Metrics', async (t) => {
  const machine = await synced(t);
  const lines = (await machine.runs(t, '# Get sync metrics\nagentfs sync metrics my-workspace\n')).split(
    '\n',
  );
  t.match(lines[0], /^Sync operations: [1-9][\d,]*$/);
  t.match(lines[1], /^Data synced: \d[\d.,]* (B|KB|MB|GB)$/);
  t.match(lines[2], /^Average latency: \d[\d,]*ms$/);
  t.equal(lines[3], 'Conflicts resolved: 0');
});
