/** Include and exclude on the command line. */
import { join } from 'node:path';
import t from 'tap';
import { Agent } from './agentfs-process.js';

t.test('Filters are set, shown, explained and taken back', async (t) => {
  const agent = await Agent.create(t);
  const tursoDb = `file:${join(agent.home, 'remote.db')}`;
  await agent.run(['workspace', 'create', 'w']);
  const enable = [
    'sync',
    'enable',
    'w',
    '--turso-db',
    tursoDb,
    '--mode',
    'manual',
    '--exclude',
    '*.pyc',
    '.git/',
  ];
  t.match(await agent.run(enable), { code: 0 });
  for (const name of ['main.py', 'main.pyc'])
    await agent.run(['fs', 'write', 'w', `/${name}`], { input: name });
  t.match(await agent.run(['sync', 'push', 'w']), { code: 0 });

  const set = ['--include', '*.py', '*.md', '--exclude', '*.pyc', '__pycache__/', '.git/'];
  const shown = await agent.run(['sync', 'config', 'w', ...set]);
  t.match(
    shown.stdout,
    'Include: *.py *.md\nExclude: *.pyc __pycache__/ .git/\nPrecedence: exclude beats include',
  );
  const json = await agent.run(['sync', 'config', 'w', '--json']);
  t.match(JSON.parse(json.stdout), {
    include: ['*.py', '*.md'],
    exclude: ['*.pyc', '__pycache__/', '.git/'],
  });

  const why = await agent.run(['sync', 'config', 'w', '--explain', 'src/__pycache__/x.py']);
  t.equal(
    why.stdout,
    '/src/__pycache__/x.py: not synced\n' +
      "The exclude pattern '__pycache__/' matches /src/__pycache__/, so it is not synced.\n",
  );
  const explained = await agent.run(['sync', 'config', 'w', '--explain', '/main.py', '--json']);
  t.match(JSON.parse(explained.stdout), {
    path: '/main.py',
    included: true,
    rule: { list: 'include', pattern: '*.py', matches: '/main.py' },
  });

  const cleared = await agent.run(['sync', 'config', 'w', '--no-include', '--no-exclude']);
  t.match(cleared.stdout, 'Include: everything\nExclude: nothing\n');
  t.match(await agent.run(['sync', 'push', 'w', '--json']), { code: 0 });
  const tree = await agent.run(['sync', 'status', 'w', '--json']);
  t.match(JSON.parse(tree.stdout), { pendingChanges: 0, syncStatus: 'synced' });
});

t.test(
  'A pattern that means nothing and a workspace after the patterns are refused with a remedy',
  async (t) => {
    const agent = await Agent.create(t);
    await agent.run(['workspace', 'create', 'w']);
    await agent.run([
      'sync',
      'enable',
      'w',
      '--turso-db',
      `file:${join(agent.home, 'remote.db')}`,
      '--mode',
      'manual',
    ]);
    t.match(await agent.run(['sync', 'config', 'w', '--exclude', '#x']), {
      code: 2,
      stderr: /means nothing: "#x"/,
    });
    t.match(await agent.run(['sync', 'config', '--exclude', '*.o', 'w']), {
      code: 2,
      stderr: /give the workspace before it/,
    });
  },
);

t.test('Each remote has settings of its own', async (t) => {
  const agent = await Agent.create(t);
  await agent.run(['workspace', 'create', 'w']);
  for (const name of ['origin', 'backup']) {
    const tursoDb = `file:${join(agent.home, `${name}.db`)}`;
    await agent.run(['sync', 'enable', 'w', '--turso-db', tursoDb, '--remote', name, '--mode', 'manual']);
  }
  await agent.run(['sync', 'config', 'w', '--remote', 'backup', '--exclude', '*.tmp']);
  const backup = await agent.run(['sync', 'config', 'w', '--remote', 'backup', '--json']);
  t.same(JSON.parse(backup.stdout).exclude, ['*.tmp']);
  const origin = await agent.run(['sync', 'config', 'w', '--json']);
  t.same(JSON.parse(origin.stdout).exclude, []);
});
