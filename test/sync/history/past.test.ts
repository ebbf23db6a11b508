/**
 * Checkpoints, the way back of a whole workspace and of one file, versions and differences, on a real remote.
 */
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import { type Agent, fileRemote, openAgent, pair, settle } from '../engine/agent.js';

t.setTimeout(120_000);

async function begun(t: Test): Promise<Agent> {
  const agent = openAgent(t);
  await agent.engine.enable({ tursoDb: fileRemote(t), mode: 'manual' });
  return agent;
}

t.test('a checkpoint names what is here, pushed first, and another of its name is refused', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.write('/f', 'of a');
  const made = await a.engine.history.createCheckpoint('v1');
  t.match(made, { name: 'v1', agent: a.id });
  t.match(await a.engine.push(), { pushed: 0 }, 'everything was pushed for it');
  b.write('/g', 'of b');
  const second = await b.engine.history.createCheckpoint('v2');
  t.equal(b.read('/f'), 'of a', 'what others had done is part of it');
  t.ok(second.revision > made.revision);
  await t.rejects(b.engine.history.createCheckpoint('v1'), {
    code: 'INVALID_ARGUMENT',
    message: /already/,
    hint: /checkpoint delete/,
  });
  for (const name of ['', '1st', 'a b', 'lost-1', 'a/b', 'x'.repeat(64)])
    await t.rejects(a.engine.history.createCheckpoint(name), { code: 'INVALID_ARGUMENT' }, name);
  t.same(
    (await a.engine.history.checkpoints()).map(({ name, revision }) => [name, revision]),
    [
      ['v2', second.revision],
      ['v1', made.revision],
    ],
  );
  await a.engine.history.deleteCheckpoint('v1');
  await t.rejects(a.engine.history.deleteCheckpoint('v1'), { code: 'INVALID_ARGUMENT' });
  await t.rejects(a.engine.pull({ version: 'v1' }), { code: 'INVALID_ARGUMENT', hint: /checkpoint list/ });
});

t.test('a checkpoint made while everything changes is one state that was, and one row', async (t) => {
  const url = fileRemote(t);
  const { a, b } = await pair(t, { url });
  await a.engine.config(undefined, { mode: 'real-time' });
  for (const directory of ['/now', '/next']) {
    a.mkdir(directory);
    for (const name of ['x', 'y']) a.write(`${directory}/${name}`, '0');
  }
  a.engine.start();
  const states = new Set<string>();
  const NAMES = 5;
  let made = 0;
  const writer = (async () => {
    // What is done between two turns of the event loop is seen by others at once; between them anything may happen.
    for (let i = 1; made < NAMES; i += 1) {
      for (const act of [
        () => a.write('/next/x', `${i}`),
        () => a.write('/next/y', `${i}`.padEnd(i % 7 === 0 ? 20_000 : 1)),
        () => {
          a.rename('/now', '/old');
          a.rename('/next', '/now');
          a.rename('/old', '/next');
        },
        () => (i % 3 === 0 ? a.replace('/last', `${i}`) : a.write('/last', `${i}`)),
      ]) {
        act();
        states.add(a.tree({ times: false }));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  })();
  try {
    for (; made < NAMES; made += 1) await a.engine.history.createCheckpoint(`c${made}`);
  } finally {
    made = NAMES;
    await writer;
  }
  await a.engine.config(undefined, { mode: 'manual' });
  await settle(a);
  t.equal((await a.engine.history.checkpoints()).length, NAMES);
  for (let i = 0; i < NAMES; i += 1) {
    await b.engine.pull({ version: `c${i}`, force: true });
    t.ok(states.has(b.tree({ times: false })), `c${i} is a state that was`);
  }

  const db = new Sqlite(fileURLToPath(url), { readonly: true });
  t.teardown(() => db.close());
  const tables = db
    .prepare<[], { name: string }>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'agentfs_%'",
    )
    .all();
  const rows = () =>
    tables.map(({ name }) => ({
      name,
      ...db.prepare<[], { n: number }>(`SELECT count(*) AS n FROM ${name}`).get(),
    }));
  await settle(a);
  const before = rows();
  await a.engine.history.createCheckpoint('quiet');
  t.same(
    rows(),
    before.map((it) => (it.name === 'agentfs_checkpoints' ? { ...it, n: it.n! + 1 } : it)),
  );
});

t.test('the whole workspace becomes what it was, as a change that is pushed and can be undone', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.mkdir('/d');
  a.mkdir('/d/inner');
  a.write('/d/inner/large', 'x'.repeat(200_000));
  a.write('/d/f', 'first');
  a.write('/gone', 'removed later');
  a.link('/d/f', '/second name');
  a.symlink('/d/f', '/link');
  a.setxattr('/d/f', 'user.x', 'value');
  a.setattr('/d/f', { mode: 0o640 });
  await a.engine.history.createCheckpoint('v1');
  const then = a.tree();
  a.rename('/d', '/renamed');
  a.write('/renamed/inner/large', 'y'.repeat(100_000));
  a.replace('/renamed/f', 'second');
  a.unlink('/gone');
  a.mkdir('/gone');
  a.write('/gone/f', 'a directory has its name');
  a.unlink('/link');
  a.symlink('/elsewhere', '/link');
  a.write('/new', 'made later');
  await settle(a, b);
  const before = a.tree();
  const report = await a.engine.pull({ version: 'v1' });
  t.ok((report.past?.changed ?? 0) > 0);
  t.equal(a.tree(), then, 'names, content, attributes, links and times are those of then');
  t.equal(b.tree(), before, 'nobody else has it before a push');
  await a.engine.push();
  await b.engine.pull();
  t.equal(b.tree(), then);
  t.match(await a.engine.push(), { rowsWritten: 0 });
  await a.engine.pull({ version: String(report.revision) });
  t.equal(a.tree(), before, 'the way back');
  await a.engine.push();
  await b.engine.pull();
  t.equal(b.tree(), before);
});

t.test(
  'a time is found between two commits; before the first and in the future are refused with the range',
  async (t) => {
    const a = await begun(t);
    a.write('/f', 'first');
    await a.engine.push();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const between = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 30));
    a.write('/f', 'second');
    await a.engine.push();
    await a.engine.pull({ at: between });
    t.equal(a.read('/f'), 'first');
    await a.engine.push();
    for (const at of ['2001-01-01', '2001-01-01T10:00:00+05:30', '9000h ago', '2999-01-01T00:00:00Z']) {
      const error = await a.engine.pull({ at }).catch((problem) => problem);
      t.match(
        error,
        { code: 'INVALID_ARGUMENT', hint: /^History goes from .*\(revision 1\) to .*\(revision 3\)/ },
        at,
      );
    }
    for (const at of ['yesterday', '2024-02-30', '2024-01-15T10:30:00', '2024-01-15T25:00:00Z'])
      await t.rejects(a.engine.pull({ at }), { code: 'INVALID_ARGUMENT', hint: /Write it as|Add Z/ }, at);
    await t.rejects(a.engine.pull({ at: between, version: '1' }), { code: 'INVALID_ARGUMENT' });
    await t.rejects(a.engine.pull({ version: '17' }), { code: 'INVALID_ARGUMENT', hint: /History goes/ });
    t.equal(a.read('/f'), 'first');
  },
);

t.test('nothing was ever pushed: there is nothing to go back to', async (t) => {
  const a = await begun(t);
  a.write('/f', 'here');
  await t.rejects(a.engine.pull({ at: '1h ago' }), {
    code: 'INVALID_ARGUMENT',
    message: /nothing was ever pushed/,
  });
  t.equal(a.read('/f'), 'here');
});

t.test(
  'changes that were never pushed stop it; with force they are pushed first, and stay in history',
  async (t) => {
    const { a, b } = await pair(t, { url: fileRemote(t) });
    a.write('/f', 'first');
    await a.engine.history.createCheckpoint('v1');
    a.write('/f', 'second');
    await settle(a, b);
    a.write('/f', 'never pushed');
    a.write('/g', 'never pushed');
    const before = a.tree();
    await t.rejects(a.engine.pull({ version: 'v1' }), {
      code: 'SYNC_BRAKE',
      message: /\/f, \/g/,
      hint: /--force/,
    });
    t.equal(a.tree(), before, 'nothing was changed');
    t.match(await a.engine.pull({ version: 'v1', force: true, dryRun: true }), { past: { revision: 1 } });
    t.equal(a.tree(), before, 'a dry run changes nothing');
    t.match(await a.engine.pull({ version: 'v1', force: true }), { past: { kept: 0 } });
    t.equal(a.read('/f'), 'first');
    t.equal(a.find('/g'), undefined);
    const { versions } = await a.engine.history.log({ path: '/f' });
    t.same(
      versions.map(({ revision, what }) => [revision, what]),
      [
        [3, 'modified'],
        [2, 'modified'],
        [1, 'created'],
      ],
      'a commit has it',
    );
    await a.engine.history.restore('/f', { version: '3' });
    await a.engine.history.restore('/g', { version: '3' });
    t.equal(a.read('/f'), 'never pushed');
    t.equal(a.read('/g'), 'never pushed');
  },
);

t.test('an edit that waits for a person in a conflict is kept by a forced return', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) }, { conflictResolution: 'manual' });
  a.write('/f', 'first');
  await a.engine.history.createCheckpoint('v1');
  await settle(a, b);
  a.write('/f', 'of a');
  b.write('/f', 'of b');
  await a.engine.push();
  await b.engine.pull();
  await t.rejects(b.engine.pull({ version: 'v1' }), { code: 'SYNC_BRAKE' });
  t.match(await b.engine.pull({ version: 'v1', force: true }), { past: { kept: 1 } });
  t.equal(b.read('/f'), 'first');
  const { versions } = await b.engine.history.log({ path: '/f' });
  const [lost] = versions.filter(({ what }) => what === 'lost');
  t.match(lost, { why: 'restore', agent: b.id });
  await b.engine.history.restore('/f', { version: lost?.version ?? '' });
  t.equal(b.read('/f'), 'of b');
});

t.test('one file comes back where it was, whatever has become of it', async (t) => {
  const a = await begun(t);
  a.mkdir('/d');
  a.mkdir('/d/e');
  a.write('/d/e/f', 'first');
  a.setattr('/d/e', { mode: 0o750 });
  await a.engine.push();
  a.write('/d/e/f', 'second');
  a.rename('/d/e/f', '/moved');
  await a.engine.push();
  a.remove('/d');
  await a.engine.push();
  t.match(await a.engine.history.restore('/d/e/f', { version: '1' }), { path: '/d/e/f', revision: 1 });
  t.equal(a.read('/d/e/f'), 'first');
  t.equal(a.inode('/d/e').mode & 0o777, 0o750, 'in directories as they were');
  t.equal(a.read('/moved'), 'second', 'what has moved away stays');
  await a.engine.history.restore('/moved', { version: '1' });
  t.equal(a.read('/moved'), 'first', 'a version of it under another name');
  a.write('/moved', 'never pushed');
  t.match(await a.engine.history.restore('/moved', { version: '2' }), { kept: 1 });
  t.equal(a.read('/moved'), 'second');
  const { versions } = await a.engine.history.log({ path: '/moved' });
  t.match(versions[0], { what: 'lost', why: 'restore', revision: null });
  await a.engine.history.restore('/moved', { version: versions[0]?.version ?? '' });
  t.equal(a.read('/moved'), 'never pushed');
  await t.rejects(a.engine.history.restore('/nowhere', { version: '1' }), { code: 'ENOENT' });
  await t.rejects(a.engine.history.restore('/moved/x', { version: '1' }), { code: 'ENOENT' });
});

t.test('a folder has afterwards what it had then, and nothing else changes', async (t) => {
  const a = await begun(t);
  a.mkdir('/d');
  for (const name of ['kept', 'edited', 'removed']) a.write(`/d/${name}`, name);
  a.write('/outside', 'first');
  await a.engine.push();
  a.write('/d/edited', 'something else');
  a.unlink('/d/removed');
  a.write('/d/new', 'made later');
  a.write('/outside', 'second');
  await a.engine.push();
  await a.engine.history.restore('/d', { version: '1' });
  t.same(a.names('/d'), ['edited', 'kept', 'removed']);
  t.equal(a.read('/d/edited'), 'edited');
  t.equal(a.read('/outside'), 'second');
});

t.test('who has a file open reads on while it is restored', async (t) => {
  const a = await begun(t);
  a.write('/f', 'first');
  await a.engine.push();
  a.write('/f', 'second, and longer');
  await a.engine.push();
  const node = a.vfs.pin(a.inode('/f'));
  await a.engine.history.restore('/f', { version: '1' });
  t.equal(a.read('/f'), 'first');
  t.equal(a.bytes(a.vfs.inodeOfNode(node)).toString(), 'second, and longer');
  a.vfs.unpin(node);
});

t.test('the versions of a file go across renames, saves and deletions', async (t) => {
  const a = await begun(t);
  a.write('/f', '1');
  await a.engine.push();
  a.replace('/f', '2, saved as editors do');
  await a.engine.push();
  a.mkdir('/d');
  a.rename('/f', '/d/g');
  await a.engine.push();
  a.setattr('/d/g', { mode: 0o600 });
  await a.engine.push();
  a.rename('/d', '/e');
  await a.engine.push();
  a.unlink('/e/g');
  await a.engine.push();
  a.write('/e/g', 'another file');
  await a.engine.push();
  const { versions } = await a.engine.history.log({ path: '/e/g' });
  t.same(
    versions.map(({ revision, what, path, from }) => [revision, what, path, from]),
    [
      [7, 'created', '/e/g', undefined],
      [6, 'deleted', '/e/g', undefined],
      [4, 'attributes', '/e/g', undefined],
      [3, 'renamed', '/e/g', '/f'],
      [2, 'modified', '/f', undefined],
      [1, 'created', '/f', undefined],
    ],
  );
  const { commits } = await a.engine.history.log();
  t.same(
    commits.map(({ revision }) => revision),
    [7, 6, 5, 4, 3, 2, 1],
  );
  t.match(commits[1], { removed: 1, added: 0 });
  t.same(
    (await a.engine.history.log({ limit: 2, before: 4 })).commits.map(({ revision }) => revision),
    [3, 2],
  );
  await t.rejects(a.engine.history.log({ path: '/never' }), { code: 'ENOENT' });
});

t.test('differences tell lines of text, and binary content by size and hash', async (t) => {
  const a = await begun(t);
  a.mkdir('/d');
  a.write('/d/text', 'one\ntwo\n');
  a.write('/d/binary', Buffer.from([0, 1, 2]));
  a.write('/d/name', 'moved');
  a.write('/d/mode', 'changed');
  await a.engine.push();
  a.write('/d/text', 'one\n2\n');
  a.write('/d/binary', Buffer.from([0, 1, 3, 4]));
  a.rename('/d/name', '/d/other');
  a.setattr('/d/mode', { mode: 0o600 });
  a.write('/new', 'new\n');
  const { from, to, entries } = await a.engine.history.diff();
  t.match([from, to], [{ revision: 1 }, null]);
  t.match(entries, [
    { path: '/d/binary', what: 'modified', binary: true, before: { size: 3 }, after: { size: 4 } },
    { path: '/d/mode', what: 'attributes', before: { mode: 0o644 }, after: { mode: 0o600 } },
    { path: '/d/other', what: 'renamed', before: { path: '/d/name' } },
    {
      path: '/d/text',
      what: 'modified',
      patch: '--- a/d/text\n+++ b/d/text\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n',
    },
    { path: '/new', what: 'added', before: null },
  ]);
  t.equal(entries.length, 5);
  t.equal((await a.engine.history.diff({ path: '/new' })).entries.length, 1);
  await a.engine.push();
  t.same((await a.engine.history.diff()).entries, []);
  t.equal((await a.engine.history.diff({ from: '2', to: '1' })).entries.length, 5);
});

t.test(
  'what is excluded is not touched by the way back, and neither is the directory around it',
  async (t) => {
    const { a, b } = await pair(t, { url: fileRemote(t) });
    a.write('/kept.log', 'of a, synced by a');
    a.write('/f', 'first');
    await a.engine.history.createCheckpoint('v1');
    await b.engine.config(undefined, { exclude: ['*.log'] });
    await b.engine.pull();
    b.write('/here.log', 'only here');
    b.mkdir('/d');
    b.write('/d/here.log', 'only here');
    b.write('/d/g', 'made later');
    b.write('/f', 'second');
    await b.engine.push();
    await b.engine.pull({ version: 'v1' });
    t.equal(b.read('/f'), 'first');
    t.equal(b.find('/kept.log'), undefined, 'what others sync is not brought here');
    t.equal(b.read('/here.log'), 'only here');
    t.same(b.names('/d'), ['here.log']);
    await b.engine.push();
    await a.engine.pull();
    t.equal(a.read('/kept.log'), 'of a, synced by a', 'and not taken from them');
    t.equal(a.read('/f'), 'first');
  },
);
