/**
 * An owner that is going to be killed: opens a workspace, says so, and syncs until it is done or dead.
 *
 * Arguments: database, agent id, the way (`pull`, `push` or both). The workspace has its remote already.
 */
import { openSyncEngine } from '#src/sync/index.js';
import { openVfs } from '#src/vfs/index.js';

const [database, agent, ...ways] = process.argv.slice(2);
if (database === undefined || agent === undefined) throw new Error('usage: doomed-owner DATABASE AGENT WAY…');
const vfs = openVfs(database);
const engine = openSyncEngine({
  vfs,
  workspace: 'shared',
  agent,
  newAgentId: async () => 'f'.repeat(32),
  credentials: { token: async () => undefined, store: async () => {}, remove: async () => {} },
});
engine.on('progress', ({ phase, done }) => process.stdout.write(`${phase} ${done}\n`));
process.stdout.write('begins\n');
for (const way of ways) await (way === 'push' ? engine.push({ force: true }) : engine.pull({ force: true }));
process.stdout.write('done\n');
await engine.stop();
await vfs.close();
