/**
 * Checkpoints, history, diff, restore and pulls of the past by the command, on a remote that is a file.
 */
import { join } from 'node:path';
import t from 'tap';
import { Agent } from './agentfs-process.js';

t.setTimeout(120_000);

t.test('a workspace goes back to a checkpoint, and a file to a version', async (t) => {
  const agent = await Agent.create(t);
  const run = (...args: string[]) => agent.run(args);
  await run('workspace', 'create', 'w');
  await run(
    'sync',
    'enable',
    'w',
    '--turso-db',
    `file:${join(agent.scratch, '..', 'remote.db')}`,
    '--mode',
    'manual',
  );
  await run('fs', 'write', 'w', '/f', 'one\n');
  t.match(await run('checkpoint', 'create', 'w', 'v1'), { code: 0, stdout: 'Checkpoint v1 is revision 1\n' });
  await run('fs', 'write', 'w', '/f', 'two\n');
  t.match(await run('diff', 'w'), {
    code: 0,
    stdout: 'modified /f\n--- a/f\n+++ b/f\n@@ -1,1 +1,1 @@\n-one\n+two\n',
  });
  t.match(await run('sync', 'pull', 'w', '--version', 'v1'), {
    code: 6,
    stderr: /never pushed: \/f\nhint: Push them first, or use --force/,
  });
  const { document } = await agent.json(['sync', 'pull', 'w', '--version', 'v1', '--force']);
  t.match(document, { past: { revision: 1, changed: 1, kept: 0 }, revision: 2 });
  t.match(await run('fs', 'cat', 'w', '/f'), { stdout: 'one\n' });
  t.match((await run('history', 'w', '/f')).stdout, /^VERSION .*\n +2 .* modified\n +1 .* created\n$/);
  t.match((await run('history', 'w')).stdout, /^REVISION .*\n +2 .* 1 changed\n +1 .* 2 added \(v1\)\n$/);
  t.match(await run('restore', 'w', '/f', '--version', '2'), {
    code: 0,
    stdout: /^Restored \/f as of .*Z \(revision 2\); 1 version that was never pushed is in history\n$/,
  });
  t.match(
    (await run('history', 'w', '/f')).stdout,
    /lost-[0-9a-f]{12} .* replaced by a restore, not pushed yet/,
  );
  t.match(await run('sync', 'pull', 'w', '--at', '2001-01-01'), {
    code: 2,
    stderr: /no history of 2001-01-01.*\nhint: History goes from .* to /,
  });
  t.match((await agent.json(['restore', 'w', '/g', '--version', '1'])).document, {
    error: { code: 'ENOENT' },
  });
  t.match(await run('sync', 'config', 'w', '--keep', '30d'), { code: 0, stdout: /^Keep: 30d$/m });
  t.match(await run('checkpoint', 'delete', 'w', 'v1'), { code: 0, stdout: 'Deleted checkpoint v1\n' });
});
