/**
 * A second remote as a backup, and the way back when the machine is gone.
 *
 *     TURSO_DATABASE_URL=libsql://mydb-org.turso.io BACKUP_URL=file:/mnt/backup/agents.db TURSO_AUTH_TOKEN=… node backup.js
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentFS } from 'agentfs';

const { TURSO_DATABASE_URL = '', BACKUP_URL = '', TURSO_AUTH_TOKEN = '' } = process.env;
const machine = await mkdtemp(join(tmpdir(), 'machine-'));

{
  await using afs = new AgentFS({ home: machine });
  const ws = await afs.workspace.create('project');
  await ws.sync.enable({ tursoDb: TURSO_DATABASE_URL, token: TURSO_AUTH_TOKEN, mode: 'manual' });
  // Every hour, without what can be made again. A background owner keeps to it: await ws.startOwner().
  await ws.sync.enable({
    remote: 'backup',
    tursoDb: BACKUP_URL,
    mode: 'periodic',
    interval: 3600,
    exclude: ['node_modules/'],
  });

  await ws.mkdir('/node_modules');
  await ws.writeFile('/node_modules/big.js', 'made again by npm');
  await ws.writeFile('/report.md', 'three weeks of work');
  await ws.sync.push({ remote: 'backup' });
  const { problems } = await ws.sync.verify('backup');
  console.log(`backed up; problems: ${problems.length}`);
}

// The machine burns down.
await rm(machine, { recursive: true });

// Another one takes what the backup has.
await using afs = new AgentFS({ home: await mkdtemp(join(tmpdir(), 'machine-')) });
const ws = await afs.workspace.create('project');
await ws.sync.enable({ remote: 'backup', tursoDb: BACKUP_URL, mode: 'manual' });
await ws.sync.pull({ remote: 'backup' });
console.log(`restored: ${await ws.readdir('/')}: ${await ws.readFile('/report.md', 'utf8')}`);
