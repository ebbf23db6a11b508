/** Include and exclude, on two and three agents of one remote. */
import t, { type Test } from 'tap';
import { type Agent, eventually, fileRemote, openAgent, pair, settle } from './agent.js';

t.setTimeout(240_000);

/** Every path with what is in it. */
function files(agent: Agent): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: string) => {
    for (const name of agent.names(path)) {
      const child = `${path}/${name}`;
      if (agent.isDirectory(agent.inode(child))) {
        found[`${child}/`] = '';
        visit(child);
      } else found[child] = agent.read(child);
    }
  };
  visit('');
  return found;
}

async function quiet(t: Test, ...agents: Agent[]): Promise<void> {
  for (const { engine, errors } of agents) {
    t.same(errors, []);
    t.match(await engine.push(), { pushed: 0, rowsWritten: 0, conflicts: [] });
    t.match(await engine.pull(), { pulled: 0, rowsWritten: 0, conflicts: [] });
    t.match(await engine.status(), { pendingChanges: 0, syncStatus: 'synced' });
  }
}

t.test('Of the example in the documentation Python and Markdown are pushed, nothing else', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  await a.engine.config(undefined, {
    include: ['*.py', '*.md'],
    exclude: ['*.pyc', '__pycache__/', '.git/'],
  });
  for (const directory of ['/src', '/src/__pycache__', '/.git', '/empty', '/data']) a.mkdir(directory);
  a.write('/src/main.py', 'print()');
  a.write('/README.md', '# hello');
  a.write('/src/main.c', 'int main;');
  a.write('/src/__pycache__/main.py', 'no');
  a.write('/.git/HEAD.md', 'no');
  a.write('/data/big.bin', 'no');
  const mine = a.tree();
  await settle(a, b);
  t.same(files(b), { '/README.md': '# hello', '/src/': '', '/src/main.py': 'print()' });
  t.equal(a.tree(), mine, 'nothing here was touched');
  await quiet(t, a, b);
});

t.test('What the remote has and is excluded here never comes, and nobody loses it', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  await b.engine.config(undefined, { exclude: ['*.log', 'build/'] });
  a.write('/a.log', 'log');
  a.mkdir('/build');
  a.write('/build/x', 'x');
  a.write('/kept', 'kept');
  await settle(a, b);
  t.same(files(b), { '/kept': 'kept' });
  b.write('/b.log', 'mine');
  b.mkdir('/build');
  b.write('/build/x', 'another x');
  b.write('/kept', 'again');
  await settle(a, b);
  t.same(files(a), { '/a.log': 'log', '/build/': '', '/build/x': 'x', '/kept': 'again' });
  t.same(files(b), { '/b.log': 'mine', '/build/': '', '/build/x': 'another x', '/kept': 'again' });
  a.write('/build/y', 'y');
  a.remove('/a.log');
  await settle(a, b);
  t.same(files(b), { '/b.log': 'mine', '/build/': '', '/build/x': 'another x', '/kept': 'again' });
  await quiet(t, a, b);
});

t.test('A path that becomes excluded is detached: both sides keep it and go their own ways', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.mkdir('/d');
  a.write('/d/x', 'x');
  a.write('/d/y', 'y');
  await settle(a, b);
  await a.engine.config(undefined, { exclude: ['/d/x'] });
  await settle(a, b);
  t.same(files(a), { '/d/': '', '/d/x': 'x', '/d/y': 'y' });
  t.same(files(b), files(a));
  a.write('/d/x', 'of a');
  b.write('/d/y', 'of b');
  await settle(a, b);
  t.same(files(a), { '/d/': '', '/d/x': 'of a', '/d/y': 'of b' });
  t.same(files(b), { '/d/': '', '/d/x': 'x', '/d/y': 'of b' });
  b.remove('/d/x');
  await settle(a, b);
  t.equal(a.read('/d/x'), 'of a', 'who removes it elsewhere removes it there');
  await quiet(t, a, b);
});

t.test(
  'Re-included, what is equal is no conflict, and what is different is created on both sides',
  async (t) => {
    for (const [policy, winner] of [
      ['local-wins', 'of a'],
      ['remote-wins', 'of b'],
    ] as const) {
      const { a, b } = await pair(t, { url: fileRemote(t) });
      a.write('/same', 'same');
      a.write('/other', 'other');
      await settle(a, b);
      await a.engine.config(undefined, { exclude: ['/same', '/other'], conflictResolution: policy });
      await settle(a, b);
      a.write('/other', 'of a');
      b.write('/other', 'of b');
      await settle(a, b);
      await a.engine.config(undefined, { exclude: [] });
      const report = await a.engine.pull();
      t.same(
        report.conflicts.map(({ path, type, base }) => [path, type, base]),
        [['/other', 'create/create', null]],
      );
      await settle(a, b);
      t.same(files(a), { '/other': winner, '/same': 'same' });
      t.same(files(b), files(a));
      await quiet(t, a, b);
    }
  },
);

t.test('Under manual a re-included difference waits, and everything else flows', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.write('/x', 'x');
  await settle(a, b);
  await a.engine.config(undefined, { exclude: ['/x'], conflictResolution: 'manual' });
  await settle(a, b);
  a.write('/x', 'of a');
  b.write('/x', 'of b');
  a.write('/y', 'y');
  await settle(a, b);
  await a.engine.config(undefined, { exclude: [] });
  a.write('/z', 'z');
  await settle(a, b);
  t.match(await a.engine.status(), { pendingConflicts: 1, syncStatus: 'conflicts' });
  t.same([a.read('/x'), b.read('/x')], ['of a', 'of b']);
  t.equal(b.read('/z'), 'z');
  b.write('/x', 'of a');
  await settle(a, b);
  t.match(await a.engine.status(), { pendingConflicts: 0, syncStatus: 'synced' });
  await quiet(t, a, b);
});

t.test('A move into an excluded place removes the other copy; a move out of it adds one', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  await a.engine.config(undefined, { exclude: ['private/'] });
  a.mkdir('/private');
  a.mkdir('/d');
  a.write('/d/x', 'x');
  a.write('/y', 'y');
  a.write('/private/z', 'z');
  await settle(a, b);
  t.same(files(b), { '/d/': '', '/d/x': 'x', '/y': 'y' });
  a.rename('/y', '/private/y');
  a.rename('/d', '/private/d');
  a.rename('/private/z', '/z');
  await settle(a, b);
  t.same(files(b), { '/z': 'z' });
  t.same(files(a), { '/private/': '', '/private/d/': '', '/private/d/x': 'x', '/private/y': 'y', '/z': 'z' });
  a.write('/private/d/x', 'more');
  a.rename('/private/d', '/e');
  await settle(a, b);
  t.same(files(b), { '/e/': '', '/e/x': 'more', '/z': 'z' });
  await quiet(t, a, b);
});

t.test(
  'What another agent moves to where it is excluded here is gone here, unless it was edited',
  async (t) => {
    const { a, b } = await pair(t, { url: fileRemote(t) });
    await a.engine.config(undefined, { exclude: ['private/'] });
    b.mkdir('/d');
    b.mkdir('/private');
    for (const name of ['x', 'y']) b.write(`/d/${name}`, name);
    await settle(a, b);
    b.rename('/d', '/private/d');
    await b.engine.push();
    a.write('/d/y', 'edited here');
    await settle(a, b);
    t.same(files(a), { '/d/': '', '/d/y': 'edited here' });
    t.same(files(b), {
      '/d/': '',
      '/d/y': 'edited here',
      '/private/': '',
      '/private/d/': '',
      '/private/d/x': 'x',
      '/private/d/y': 'y',
    });
    b.rename('/private/d', '/back');
    await settle(a, b);
    t.same(files(a), { '/back/': '', '/back/x': 'x', '/back/y': 'y', '/d/': '', '/d/y': 'edited here' });
    await quiet(t, a, b);
  },
);

t.test(
  'A file moved to where it is excluded keeps its content when the other side wins its old place',
  async (t) => {
    const { a, b } = await pair(t, { url: fileRemote(t) });
    await a.engine.config(undefined, { exclude: ['private/'] });
    a.mkdir('/private');
    a.write('/x', 'x');
    await settle(a, b);
    a.rename('/x', '/private/x');
    b.write('/x', 'edited there');
    await settle(b, a);
    await settle(a, b);
    t.same(files(a), { '/private/': '', '/private/x': 'x', '/x': 'edited there' });
    a.rename('/private/x', '/x2');
    await settle(a, b);
    t.same(files(b), { '/x': 'edited there', '/x2': 'x' });
    await quiet(t, a, b);
  },
);

t.test('A directory that is deleted elsewhere stays where something excluded is in it', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  await a.engine.config(undefined, { exclude: ['*.o'] });
  a.mkdir('/src');
  a.mkdir('/src/deep');
  a.write('/src/deep/x.c', 'c');
  a.write('/src/deep/x.o', 'o');
  await settle(a, b);
  b.write('/src/deep/y.o', 'of b');
  await settle(a, b);
  b.remove('/src');
  await settle(a, b);
  t.same(files(a), { '/src/': '', '/src/deep/': '', '/src/deep/x.o': 'o' });
  t.same(files(b), {}, 'and does not come back there');
  a.write('/src/deep/x.o', 'o again');
  await settle(a, b);
  t.same(files(b), {});
  a.write('/src/deep/new.c', 'new');
  await settle(a, b);
  t.same(files(b), { '/src/': '', '/src/deep/': '', '/src/deep/new.c': 'new' });
  a.remove('/src');
  b.write('/src/deep/z.o', 'of b');
  await b.engine.push();
  await settle(a, b);
  t.same(files(a), {});
  t.same(files(b), { '/src/': '', '/src/deep/': '', '/src/deep/z.o': 'of b' });
  await quiet(t, a, b);
});

t.test('A renamed directory takes along what is excluded in it, on both sides', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  await a.engine.config(undefined, { exclude: ['/src/gen/', '*.o'] });
  for (const agent of [a, b]) {
    agent.mkdir('/src');
    agent.mkdir('/src/gen');
    agent.write('/src/gen/g', agent === a ? 'of a' : 'of b');
    agent.write('/src/x.o', agent === a ? 'a.o' : 'b.o');
  }
  a.write('/src/x.c', 'c');
  await settle(a, b);
  t.same([a.read('/src/gen/g'), b.read('/src/gen/g')], ['of a', 'of b']);
  b.rename('/src', '/lib');
  await b.engine.push();
  await a.engine.config(undefined, { conflictResolution: 'local-wins' });
  await settle(a, b);
  t.same(files(a), {
    '/lib/': '',
    '/lib/gen/': '',
    '/lib/gen/g': 'of a',
    '/lib/x.c': 'c',
    '/lib/x.o': 'a.o',
  });
  t.same(
    files(b),
    { ...files(a), '/lib/x.o': 'b.o' },
    'the pattern goes by the path: gen is included by now',
  );
  await quiet(t, a, b);
});

t.test('Of a hard link with one name excluded, the other name is synced', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  await a.engine.config(undefined, { exclude: ['*.bak'] });
  a.write('/x', 'x');
  a.link('/x', '/x.bak');
  await settle(a, b);
  t.same(files(b), { '/x': 'x' });
  b.link('/x', '/there.bak');
  b.write('/x', 'x2');
  await settle(a, b);
  t.same(files(a), { '/x': 'x2', '/x.bak': 'x2' });
  a.remove('/x');
  await settle(a, b);
  t.same(files(a), { '/x.bak': 'x2' });
  t.same(files(b), { '/there.bak': 'x2' });
  a.rename('/x.bak', '/y');
  await settle(a, b);
  t.same(files(b), { '/there.bak': 'x2', '/y': 'x2' });
  await quiet(t, a, b);
});

t.test('Nothing is put where the other side has something excluded', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  await a.engine.config(undefined, { exclude: ['out/'] });
  b.mkdir('/out');
  b.write('/out/x', 'x');
  await settle(a, b);
  a.write('/out', 'a file');
  a.write('/other', 'other');
  await settle(a, b);
  t.same(files(a), { '/other': 'other', '/out': 'a file' });
  t.same(files(b), { '/other': 'other', '/out/': '', '/out/x': 'x' });
  t.match(await a.engine.explain(undefined, '/out'), { included: false, rule: null });
  b.remove('/out');
  await settle(a, b);
  t.same(files(b), { '/other': 'other', '/out': 'a file' });
  await quiet(t, a, b);
});

t.test('Filters changed with work pending hold for that work', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.write('/x', 'x');
  await settle(a, b);
  a.write('/x', 'x2');
  a.write('/y', 'y');
  b.write('/z', 'z');
  await b.engine.push();
  await a.engine.config(undefined, { exclude: ['/x', '/z'] });
  t.match(await a.engine.status(), { pendingChanges: 2 }, 'the root and /y');
  await settle(a, b);
  t.same(files(a), { '/x': 'x2', '/y': 'y' });
  t.same(files(b), { '/x': 'x', '/y': 'y', '/z': 'z' });
  await a.engine.config(undefined, { exclude: ['/y'], include: ['*'] });
  await settle(a, b);
  t.same(Object.keys(files(a)), ['/x', '/y', '/z']);
  t.same(files(b), files(a));
  await a.engine.config(undefined, { exclude: [], include: [] });
  await settle(a, b);
  await quiet(t, a, b);
  t.same(a.rows('SELECT * FROM afs_excluded_node'), []);
  t.same(a.rows('SELECT * FROM afs_excluded_entry'), []);
});

t.test('Patterns taken back before everything was compared under them leave nothing out', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.mkdir('/c');
  await settle(a, b);
  a.remove('/c');
  a.symlink('somewhere', '/c');
  await a.engine.config(undefined, { exclude: ['/c'] });
  await a.engine.pull();
  await a.engine.config(undefined, { exclude: [], conflictResolution: 'local-wins' });
  await settle(a, b);
  t.equal(b.vfs.readlink(b.inode('/c')), 'somewhere');
  await quiet(t, a, b);
});

t.test('Each remote and each agent has filters of its own', async (t) => {
  const [primary, backup] = [fileRemote(t), fileRemote(t)];
  const [a, b, c] = [openAgent(t), openAgent(t), openAgent(t)];
  await a.engine.enable({ tursoDb: primary, mode: 'manual', exclude: ['*.tmp'] });
  await a.engine.enable({ tursoDb: backup, mode: 'manual', remote: 'backup', include: ['/docs/'] });
  await b.engine.enable({ tursoDb: primary, mode: 'manual' });
  await c.engine.enable({ tursoDb: backup, mode: 'manual' });
  a.mkdir('/docs');
  a.write('/docs/x', 'x');
  a.write('/docs/x.tmp', 'tmp');
  a.write('/y', 'y');
  for (const remote of ['origin', 'backup']) await a.engine.push({ remote });
  for (const { engine } of [b, c]) await engine.pull();
  t.same(files(b), { '/docs/': '', '/docs/x': 'x', '/y': 'y' });
  t.same(files(c), { '/docs/': '', '/docs/x': 'x', '/docs/x.tmp': 'tmp' });
  b.write('/y', 'y2');
  b.write('/docs/x', 'x2');
  await b.engine.push();
  await a.engine.pull();
  await a.engine.push({ remote: 'backup' });
  await c.engine.pull();
  t.same(files(c), { '/docs/': '', '/docs/x': 'x2', '/docs/x.tmp': 'tmp' });
  for (const remote of ['origin', 'backup']) {
    t.match(await a.engine.push({ remote }), { pushed: 0, rowsWritten: 0 });
    t.match(await a.engine.status(remote), { pendingChanges: 0, syncStatus: 'synced' });
  }
});

t.test('Writes where nothing is synced are neither pending nor told to the remote', async (t) => {
  const a = openAgent(t);
  await a.engine.enable({ tursoDb: fileRemote(t), mode: 'real-time', exclude: ['node_modules/', '*.log'] });
  a.mkdir('/node_modules');
  a.write('/x', 'x');
  a.engine.start();
  await eventually('synced', async () => (await a.engine.status()).syncStatus === 'synced');
  const syncs: unknown[] = [];
  a.engine.on('change', (report) => syncs.push(report));
  for (let i = 0; i < 20; i += 1) {
    a.write(`/node_modules/${i}`, 'much');
    a.write('/some.log', `line ${i}`);
    await a.vfs.sync();
    t.match(await a.engine.status(), { pendingChanges: 0 });
  }
  // A poll may come meanwhile; 20 writes would be 20 syncs.
  t.ok(syncs.length <= 3, `${syncs.length} syncs`);
  a.write('/y', 'y');
  await a.vfs.sync();
  await eventually('pushed', () => syncs.some((report) => (report as { pushed: number }).pushed > 0));
  t.match(await a.engine.status(), { pendingChanges: 0 });
});

t.test('A crowd of empty directories does not come along with what is included', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  await a.engine.config(undefined, { include: ['*.py', 'kept/'] });
  for (let i = 0; i < 50; i += 1) a.mkdir(`/empty${i}`);
  a.mkdir('/kept');
  a.mkdir('/kept/empty');
  a.mkdir('/d');
  a.mkdir('/d/e');
  await settle(a, b);
  t.same(files(b), { '/kept/': '', '/kept/empty/': '' });
  a.write('/d/e/x.py', 'x');
  await settle(a, b);
  t.same(files(b), { '/d/': '', '/d/e/': '', '/d/e/x.py': 'x', '/kept/': '', '/kept/empty/': '' });
  await quiet(t, a, b);
});

t.test('Patterns that mean nothing are refused, and nothing is changed', async (t) => {
  const { a } = await pair(t, { url: fileRemote(t) });
  for (const bad of ['', '  ', '#comment', '!', '/', 'a\nb']) {
    await t.rejects(a.engine.config(undefined, { exclude: [bad] }), { code: 'INVALID_ARGUMENT' });
  }
  await t.rejects(a.engine.config(undefined, { include: '*.py' as never }), { code: 'INVALID_ARGUMENT' });
  t.match(await a.engine.config(undefined), { include: [], exclude: [] });
});
