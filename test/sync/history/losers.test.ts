/**
 * Whatever loses a conflict comes back with its bytes: under every policy, for every type that has a loser.
 */
import t, { type Test } from 'tap';
import type { ConflictPolicy } from '#src/sync/core/tree.js';
import { type Agent, fileRemote, freshFolder, openAgent, pair, settle } from '../engine/agent.js';

t.setTimeout(120_000);

const LARGE = Buffer.alloc(300_000, 'a line that lost\n').toString();

/** b loses to a: what b did is never pushed. */
interface Case {
  readonly type: string;
  readonly path: string;
  readonly content: string;
  /** In a directory `at` of its own. */
  a(agent: Agent, at: string): void;
  b(agent: Agent, at: string): void;
}

const CASES: readonly Case[] = [
  {
    type: 'modify/modify',
    path: '/d/f',
    content: 'of b',
    a: (a, at) => a.write(`${at}/d/f`, 'of a'),
    b: (b, at) => b.write(`${at}/d/f`, 'of b'),
  },
  {
    type: 'modify/modify of large files',
    path: '/d/f',
    content: LARGE,
    a: (a, at) => a.write(`${at}/d/f`, `${LARGE} and more`),
    b: (b, at) => b.write(`${at}/d/f`, LARGE),
  },
  {
    type: 'modify/delete',
    path: '/d/f',
    content: 'of b',
    a: (a, at) => a.unlink(`${at}/d/f`),
    b: (b, at) => b.write(`${at}/d/f`, 'of b'),
  },
  {
    type: 'create/create',
    path: '/d/new',
    content: LARGE,
    a: (a, at) => a.write(`${at}/d/new`, 'of a'),
    b: (b, at) => b.write(`${at}/d/new`, LARGE),
  },
  {
    type: 'directory/deleted, of a new file',
    path: '/d/new',
    content: 'of b',
    a: (a, at) => a.remove(`${at}/d`),
    b: (b, at) => b.write(`${at}/d/new`, 'of b'),
  },
  {
    type: 'directory/deleted, of an edited file',
    path: '/d/f',
    content: 'of b',
    a: (a, at) => a.remove(`${at}/d`),
    b: (b, at) => b.write(`${at}/d/f`, 'of b'),
  },
  {
    type: 'type/type, a file against a directory',
    path: '/d/x',
    content: 'of b',
    a: (a, at) => {
      a.mkdir(`${at}/d/x`);
      a.write(`${at}/d/x/inner`, 'of a');
    },
    b: (b, at) => b.write(`${at}/d/x`, 'of b'),
  },
  {
    type: 'type/type, what is in a directory against a file',
    path: '/d/x/inner',
    content: 'of b',
    a: (a, at) => a.write(`${at}/d/x`, 'of a'),
    b: (b, at) => {
      b.mkdir(`${at}/d/x`);
      b.write(`${at}/d/x/inner`, 'of b');
    },
  },
];

async function begun(t: Test, policy: ConflictPolicy): Promise<{ a: Agent; b: Agent }> {
  const { a, b } = await pair(t, { url: fileRemote(t) }, { conflictResolution: policy });
  for (const directory of ['', ...CASES.map((_, index) => `/${index}`)]) {
    if (directory !== '') a.mkdir(directory);
    a.mkdir(`${directory}/d`);
    for (const name of ['f', 'g', 'h']) a.write(`${directory}/d/${name}`, `base ${name}`);
  }
  await settle(a, b);
  return { a, b };
}

/** The versions of a path that lost, the newest first. */
async function lost(agent: Agent, path: string) {
  const { versions } = await agent.engine.history.log({ path });
  return versions.filter((version) => version.what === 'lost');
}

/** undefined where there is no such file. */
function contentOf(agent: Agent, path: string): string | undefined {
  const cut = path.lastIndexOf('/');
  const parent = agent.find(path.slice(0, cut));
  if (parent === undefined || !agent.isDirectory(parent)) return undefined;
  const inode = agent.vfs.lookup(parent, path.slice(cut + 1));
  return inode === undefined || agent.isDirectory(inode) ? undefined : agent.read(path);
}

/** Brings the version of a path that lost back, as `content`. */
async function comesBack(t: Test, agent: Agent, path: string, content: string): Promise<void> {
  const [version] = await lost(agent, path);
  t.ok(version, `${path} has a version that lost`);
  if (version === undefined) return;
  await agent.engine.history.restore(path, { version: version.version });
  t.equal(agent.read(path), content, `${path} has its content again`);
}

t.test('under remote-wins every local loser comes back, wherever and whenever it is asked for', async (t) => {
  const { a, b } = await begun(t, 'remote-wins');
  for (const [index, one] of CASES.entries()) {
    one.a(a, `/${index}`);
    one.b(b, `/${index}`);
  }
  await a.engine.push();
  const { conflicts } = await b.engine.pull();
  const places = CASES.map((one, index) => ({ ...one, at: `/${index}`, path: `/${index}${one.path}` }));
  for (const { at, path, type, content } of places) {
    t.ok(
      conflicts.some((conflict) => conflict.path.startsWith(at)),
      `${type} is a conflict`,
    );
    t.not(contentOf(b, path), content, 'it lost');
    t.match(await lost(b, path), [{ revision: null, agent: b.id }], 'kept here, before any push');
  }
  await b.reopen();
  await b.engine.push();
  t.same(b.rows('SELECT * FROM afs_kept'), [], 'nothing of it is left here after the push');
  t.match(await b.engine.push(), { rowsWritten: 0, conflicts: [] });
  await a.engine.pull();
  t.equal(a.tree(), b.tree());
  for (const { path, content, type } of places) {
    t.match(await lost(a, path), [{ agent: b.id, path }], `${type}: everybody has it`);
    if (path.endsWith('/x/inner')) a.unlink(path.slice(0, -'/inner'.length));
    await comesBack(t, a, path, content);
  }
  await settle(a, b);
  t.equal(a.tree(), b.tree());
  for (const { path, content } of places) t.equal(b.read(path), content, 'what was brought back is synced');
});

t.test('under local-wins every remote loser is a version in history', async (t) => {
  const { a, b } = await begun(t, 'local-wins');
  for (const [index, one] of CASES.entries()) {
    one.b(a, `/${index}`);
    one.a(b, `/${index}`);
  }
  await a.engine.push();
  await b.engine.pull();
  await b.engine.push();
  for (const [index, { path: name, type, content }] of CASES.entries()) {
    const path = `/${index}${name}`;
    const { versions } = await b.engine.history.log({ path });
    const version = versions.find(
      ({ what, agent }) => what !== 'deleted' && agent === a.id && what !== 'lost',
    );
    if (path.endsWith('/x/inner')) b.unlink(path.slice(0, -'/inner'.length));
    await b.engine.history.restore(path, { version: version?.version ?? '' });
    t.equal(b.read(path), content, type);
  }
});

t.test(
  'a version that lost can be brought back before it was ever pushed, and without the remote',
  async (t) => {
    const { a, b } = await begun(t, 'remote-wins');
    a.write('/d/f', 'of a');
    a.write('/d/g', 'of a');
    b.write('/d/f', LARGE);
    b.write('/d/g', 'small');
    await a.engine.push();
    await b.engine.pull();
    await comesBack(t, b, '/d/f', LARGE);
    await comesBack(t, b, '/d/g', 'small');
    await settle(a, b);
    t.equal(a.read('/d/f'), LARGE);
  },
);

t.test('under last-write-wins the earlier edit comes back, wherever it was made', async (t) => {
  const { a, b } = await begun(t, 'last-write-wins');
  b.write('/d/f', 'b, earlier');
  b.vfs.flush();
  await new Promise((resolve) => setTimeout(resolve, 250));
  a.write('/d/f', 'a, later');
  await a.engine.push();
  await b.engine.pull();
  t.equal(b.read('/d/f'), 'a, later');
  await b.engine.push();
  await comesBack(t, b, '/d/f', 'b, earlier');
});

t.test('attributes that lost come back', async (t) => {
  const { a, b } = await begun(t, 'remote-wins');
  a.setattr('/d/f', { mode: 0o600 });
  b.setattr('/d/f', { mode: 0o755 });
  await a.engine.push();
  await b.engine.pull();
  t.equal(b.inode('/d/f').mode & 0o777, 0o600);
  await b.engine.push();
  await comesBack(t, b, '/d/f', 'base f');
  t.equal(b.inode('/d/f').mode & 0o777, 0o755);
});

t.test('a rename that lost leaves the content under the name that won', async (t) => {
  const { a, b } = await begun(t, 'remote-wins');
  a.rename('/d/f', '/d/of a');
  b.rename('/d/f', '/d/of b');
  await a.engine.push();
  await b.engine.pull();
  t.equal(b.read('/d/of a'), 'base f');
  t.same(b.rows('SELECT * FROM afs_kept'), [], 'no bytes were lost');
});

t.test('a symlink that lost comes back', async (t) => {
  const { a, b } = await begun(t, 'remote-wins');
  a.symlink('/of/a', '/link');
  b.symlink('/of/b', '/link');
  await a.engine.push();
  await b.engine.pull();
  await b.engine.push();
  const [version] = await lost(b, '/link');
  await b.engine.history.restore('/link', { version: version?.version ?? '' });
  t.equal(b.vfs.readlink(b.inode('/link')), '/of/b');
});

t.test(
  'what lost while somebody has it open is kept, and a write through that makes it the file again',
  async (t) => {
    const { a, b } = await begun(t, 'remote-wins');
    a.write('/d/f', 'of a');
    b.write('/d/f', 'of b');
    const node = b.vfs.pin(b.inode('/d/f'));
    await a.engine.push();
    await b.engine.pull();
    t.equal(b.read('/d/f'), 'of a');
    t.equal(b.bytes(b.vfs.inodeOfNode(node)).toString(), 'of b', 'who has it open reads on');
    t.equal((await lost(b, '/d/f')).length, 1);
    b.vfs.write(b.vfs.inodeOfNode(node), 0, Buffer.from('OF'));
    t.equal(b.read('/d/f'), 'OF b');
    t.equal((await lost(b, '/d/f')).length, 0, 'it is not lost any more');
    b.vfs.unpin(node);
  },
);

t.test('what lost while somebody has it open outlives them', async (t) => {
  const { a, b } = await begun(t, 'remote-wins');
  a.unlink('/d/f');
  a.write('/d/g', 'of a');
  b.write('/d/f', 'f of b');
  b.write('/d/g', 'g of b');
  const nodes = ['/d/f', '/d/g'].map((path) => b.vfs.pin(b.inode(path)));
  await a.engine.push();
  await b.engine.pull();
  for (const node of nodes) b.vfs.unpin(node);
  await b.engine.push();
  await comesBack(t, b, '/d/f', 'f of b');
  await comesBack(t, b, '/d/g', 'g of b');
});

t.test('what lost with its file stays as it was when the file comes back', async (t) => {
  const url = fileRemote(t);
  const { a, b } = await pair(t, { url }, { conflictResolution: 'remote-wins' });
  const c = openAgent(t);
  await c.engine.enable({ tursoDb: url, mode: 'manual', conflictResolution: 'local-wins' });
  // Made by b, so that the node's id tells b's inode, which by then only keeps what lost.
  b.write('/f', 'base');
  await settle(b, a, c);
  a.unlink('/f');
  await a.engine.push();
  b.write('/f', 'of b');
  await b.engine.pull();
  t.equal(b.find('/f'), undefined);
  c.write('/f', 'of c');
  await settle(c);
  await b.engine.pull();
  t.equal(b.read('/f'), 'of c');
  await b.engine.push();
  await comesBack(t, b, '/f', 'of b');
});

t.test('under manual, resolving by another policy keeps what loses then', async (t) => {
  const { a, b } = await begun(t, 'manual');
  a.write('/d/f', 'of a');
  b.write('/d/f', 'of b');
  await a.engine.push();
  await b.engine.pull();
  t.equal(b.read('/d/f'), 'of b');
  t.same(b.rows('SELECT * FROM afs_kept'), []);
  await b.engine.config(undefined, { conflictResolution: 'remote-wins' });
  await b.engine.pull();
  t.equal(b.read('/d/f'), 'of a');
  await comesBack(t, b, '/d/f', 'of b');
});

t.test('a remote that is disabled leaves what lost to the next one', async (t) => {
  const { a, b } = await begun(t, 'remote-wins');
  a.write('/d/f', 'of a');
  b.write('/d/f', 'of b');
  await a.engine.push();
  await b.engine.pull();
  await b.engine.disable();
  await b.engine.enable({ tursoDb: fileRemote(t), mode: 'manual' });
  await b.engine.push();
  await comesBack(t, b, '/d/f', 'of b');
});

t.test('a third agent that only pulls never sees a version that lost', async (t) => {
  const url = fileRemote(t);
  const { a, b } = await pair(t, { url }, { conflictResolution: 'remote-wins' });
  a.write('/f', 'base');
  await settle(a, b);
  const c = openAgent(t, { database: `${freshFolder(t)}/c.db` });
  await c.engine.enable({ tursoDb: url, mode: 'manual' });
  await c.engine.pull();
  a.write('/f', 'of a');
  b.write('/f', 'of b');
  await a.engine.push();
  await b.engine.pull();
  await b.engine.push();
  await c.engine.pull();
  t.equal(c.tree(), a.tree());
});

t.test(
  "what a merge was made of comes back byte for byte: the version from here, and the remote's",
  async (t) => {
    const [text, here, there, merged] = [
      '1\n2\n3\n4\n',
      'one\n2\n3\n4\n',
      '1\n2\n3\nfour\n',
      'one\n2\n3\nfour\n',
    ];
    for (const save of ['write', 'replace'] as const) {
      const { a, b } = await pair(t, { url: fileRemote(t) }, { conflictResolution: 'manual' });
      a.write('/f', text);
      await settle(a, b);
      a[save]('/f', there);
      await a.engine.push();
      b[save]('/f', here);
      await b.engine.push();
      t.match(await b.engine.resolve(undefined, { strategy: 'merge' }), { refused: [], remaining: [] });
      t.equal(b.read('/f'), merged);
      await b.reopen();
      await settle(a, b);
      for (const agent of [b, a]) {
        t.equal(agent.read('/f'), merged);
        const mine = await lost(agent, '/f');
        t.match(mine, [{ agent: b.id, path: '/f' }], `${save}: everybody has it`);
        if (agent === b) t.equal(mine.length, 1, 'once');
        const { versions } = await agent.engine.history.log({ path: '/f' });
        const theirs = versions.find((it) => it.what === 'modified' && it.agent === a.id);
        for (const [version, content] of [
          [mine[0], here],
          [theirs, there],
        ] as const) {
          await agent.engine.history.restore('/f', { version: version?.version ?? '' });
          t.equal(agent.read('/f'), content, save);
        }
        agent.write('/f', merged);
        await settle(a, b);
      }
      t.equal(a.tree(), b.tree());
      t.same(b.rows('SELECT * FROM afs_kept'), [], 'nothing of it is left here after the push');
    }
  },
);
