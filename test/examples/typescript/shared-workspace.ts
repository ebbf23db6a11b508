/**
 * Two agents work on one plan: each has a home of its own, here on one machine, else on two. They meet in a database:
 *
 *     TURSO_DATABASE_URL=libsql://mydb-org.turso.io TURSO_AUTH_TOKEN=… node shared-workspace.js
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentFS, SyncConflictError } from 'agentfs';

const remote = { tursoDb: process.env.TURSO_DATABASE_URL ?? '', token: process.env.TURSO_AUTH_TOKEN ?? '' };
const homes = await mkdtemp(join(tmpdir(), 'agents-'));

await using ana = new AgentFS({ home: join(homes, 'ana') });
await using ben = new AgentFS({ home: join(homes, 'ben') });

// Ana begins. `manual`: what goes to the others, and when, is hers to say; the default is real-time.
const hers = await ana.workspace.create('plan');
await hers.sync.enable({ ...remote, mode: 'manual', conflictResolution: 'manual' });
await hers.writeFile('/plan.md', '# Plan\n\n1. Tests\n2. Code\n');
await hers.sync.push();

// Ben creates the workspace too, under the same name: it is the same one.
const his = await ben.workspace.create('plan');
await his.sync.enable({ ...remote, mode: 'manual', conflictResolution: 'manual' });
await his.sync.pull();
console.log(`Ben reads: ${(await his.readFile('/plan.md', 'utf8')).split('\n')[0]}`);

// Both change the same file, and Ben is first.
await his.writeFile('/plan.md', '# Plan\n\n1. Tests\n2. Code\n3. Docs (Ben)\n');
await his.sync.push();
await hers.writeFile('/plan.md', '# Plan (Ana)\n\n1. Tests\n2. Code\n');
try {
  await hers.sync.push();
} catch (error) {
  if (!(error instanceof SyncConflictError)) throw error;
  for (const conflict of error.conflicts) {
    console.log(`Ana has a conflict: ${conflict.type} of ${conflict.path}`);
    // Their edits do not overlap. Others: local, remote, both.
    await hers.sync.resolve(conflict, { strategy: 'merge' });
  }
}

await his.sync.pull();
console.log(await his.readFile('/plan.md', 'utf8'));
