/**
 * Back to what was: one file, by its versions, and the whole workspace, by a checkpoint. Each return is a change made now,
 * so that it can be taken back as well.
 *
 *     TURSO_DATABASE_URL=libsql://mydb-org.turso.io TURSO_AUTH_TOKEN=… node point-in-time-recovery.js
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentFS } from 'agentfs';

await using afs = new AgentFS({ home: await mkdtemp(join(tmpdir(), 'agent-')) });
const ws = await afs.workspace.create('book');
await ws.sync.enable({
  tursoDb: process.env.TURSO_DATABASE_URL ?? '',
  token: process.env.TURSO_AUTH_TOKEN ?? '',
  mode: 'manual',
});

await ws.writeFile('/chapter-1.md', 'first draft');
await ws.writeFile('/chapter-2.md', 'an idea');
// Pushes what is pending, and gives that state a name.
await ws.checkpoints.create('draft');

await ws.writeFile('/chapter-1.md', 'worse');
await ws.sync.push();
await ws.rm('/chapter-2.md');
await ws.sync.push();

// One file: its versions, the newest first. `restore` takes one of them, a checkpoint or a time.
const { versions } = await ws.history('/chapter-1.md');
console.log(`versions: ${versions.map(({ what }) => what).join(', ')}`);
await ws.restore('/chapter-1.md', { version: versions.at(-1)!.version });
console.log(`chapter 1: ${await ws.readFile('/chapter-1.md', 'utf8')}`);
await ws.sync.push();

// The whole workspace, first only told: `pull({ at: '2024-01-15T10:30:00Z' })` goes by a time.
const { past } = await ws.sync.pull({ version: 'draft', dryRun: true });
console.log(`returning to the draft changes ${past?.changed} files and names`);
await ws.sync.pull({ version: 'draft' });
console.log(`files: ${(await ws.readdir('/')).join(', ')}`);
await ws.sync.push();
