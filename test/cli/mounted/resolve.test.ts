/**
 * Conflicts are decided from other processes while the workspace is mounted: by the command, on a terminal and by a
 * program, all over the owner's socket. The mount shows what was decided at once, and what lost comes back.
 */
import t from 'tap';
import type { Conflict, HistoryLog } from '#src/sdk/typescript/index.js';
import { AgentFS, SyncConflictError } from '#src/sdk/typescript/index.js';
import { MountedAgent } from '../../e2e/mounted-agent.js';
import { inConflict } from '../in-conflict.js';
import { Terminal } from '../terminal.js';

t.setTimeout(120_000);

t.test(
  'while a mount owns the workspace, others resolve its conflicts, and the mount shows it',
  async (t) => {
    const { a, b, within } = await inConflict(t, {
      '/by-command': ['here', 'there'],
      '/by-program': ['here', 'there'],
      '/by-terminal': ['here', 'there'],
      '/waits': ['here', 'there'],
    });
    const mounted = new MountedAgent(b);
    const owner = await mounted.mount(t);
    t.teardown(() => mounted.run(['umount', mounted.dir, '--force']));
    // Somebody works in it meanwhile: a look that the kernel remembers, and a file of which nobody knows.
    t.equal(
      await mounted.sh('cat by-command by-program by-terminal waits; echo new > new'),
      'here'.repeat(4),
    );

    t.match(await b.run(['sync', 'resolve', 'w', '/by-command', '--strategy', 'remote']), {
      code: 0,
      stdout: /^Resolved \/by-command: remote\n/,
    });
    t.equal(await mounted.sh('cat by-command'), 'there', 'the command');

    const afs = new AgentFS({ home: b.home });
    await using workspace = await afs.workspace.get('w');
    const error = await workspace.sync.push().catch((thrown: unknown) => thrown);
    t.ok(error instanceof SyncConflictError, 'the conflicts reach a program over the socket');
    const { conflicts } = error as SyncConflictError;
    const paths = conflicts.map(({ path }: Conflict) => path);
    t.same(paths, ['/by-program', '/by-terminal', '/waits']);
    const mine = conflicts.find(({ path }: Conflict) => path === '/by-program');
    if (mine !== undefined) await workspace.sync.resolve(mine, { useRemote: true });
    t.equal(await mounted.sh('cat by-program'), 'there', 'the program');

    const terminal = Terminal.run(t, b, ['sync', 'resolve', 'w', '/by-terminal', '--interactive']);
    await terminal.shows(/Conflict 1 of 1[\s\S]*help\] $/);
    terminal.type('r\r');
    t.equal(await terminal.ends(), 0);
    t.equal(await mounted.sh('cat by-terminal'), 'there', 'the terminal');

    t.equal(await mounted.sh('cat waits; cat new'), 'herenew\n', 'nothing else has changed');
    t.match(await b.json(['sync', 'conflicts', 'w']), { code: 3, document: [{ path: '/waits' }] });

    for (const name of ['by-command', 'by-program', 'by-terminal']) {
      const { document } = await b.json<HistoryLog>(['history', 'w', `/${name}`]);
      const lost = document.versions.find(({ what }) => what === 'lost');
      t.match(lost, { path: `/${name}`, size: 4 });
      t.match(await b.run(['restore', 'w', `/${name}`, '--version', lost?.version ?? '']), { code: 0 });
      t.equal(await mounted.sh(`cat ${name}`), 'here', 'what lost is back in the mount');
    }
    await workspace.sync.resolveAll({ strategy: 'local' });
    await workspace.sync.push();
    t.equal(await mounted.ownerPid(), owner, 'the mount went on all the time');
    await within(a, async (there) => {
      await there.sync.pull();
      for (const name of ['by-command', 'by-program', 'by-terminal', 'waits'])
        t.equal(await there.readFile(`/${name}`, 'utf8'), 'here', name);
      t.equal(await there.readFile('/new', 'utf8'), 'new\n');
    });
  },
);
