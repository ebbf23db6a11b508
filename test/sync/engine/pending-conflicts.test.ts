/**
 * A conflict that waits for a person, over many rounds: both sides of it are kept, so nothing is read twice, and whatever
 * happens to either side meanwhile is found. (That it costs nothing is asserted for every type in policies.test.)
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import type { NodeVersion } from '#src/sync/core/index.js';
import { Applier } from '#src/sync/local/apply.js';
import { type Agent, eventually, fileRemote, freshFolder, openAgent, pair, settle } from './agent.js';

t.setTimeout(240_000);

/** Later by any clock. */
const tick = () => new Promise((resolve) => setTimeout(resolve, 5));
const LARGE = 'a line of a large file\n'.repeat(100_000);
const ROWS = 'SELECT 1 FROM afs_unsettled_node UNION ALL SELECT 1 FROM afs_unsettled_entry';
const PLACES = 'SELECT 1 FROM afs_unsettled_change';

interface Sides {
  readonly a: Agent;
  readonly b: Agent;
}

/** Both edited these files, `a` first; `b` knows of it, and has synced some more since. */
async function waiting(
  t: Test,
  paths: readonly string[],
  config: Parameters<typeof pair>[2] = {},
): Promise<Sides> {
  const { a, b } = await pair(t, { url: fileRemote(t) }, { conflictResolution: 'manual', ...config });
  for (const path of paths) a.write(path, `base of ${path}`);
  await settle(a, b);
  for (const path of paths) a.write(path, `${path} of a`);
  await a.engine.push();
  await tick();
  for (const path of paths) b.write(path, `${path} of b`);
  await rounds(b);
  return { a, b };
}

async function rounds(agent: Agent): Promise<void> {
  await agent.engine.pull();
  await agent.engine.push();
  await agent.engine.pull();
}

/** Nothing waits any more, and nothing is kept of what did. */
async function ends(t: Test, { a, b }: Sides): Promise<void> {
  await rounds(b);
  await a.engine.pull();
  t.match(await b.engine.status(), { syncStatus: 'synced', pendingConflicts: 0, pendingChanges: 0 });
  t.same([b.rows(ROWS), b.rows(PLACES)], [[], []], 'nothing is kept any more');
  t.equal(a.tree(), b.tree());
}

t.test('what is in conflict is counted once, and an edit of it announces no commit', async (t) => {
  for (const exclude of [[], ['*.tmp']]) {
    const sides = await waiting(t, ['/f'], { exclude });
    const { a, b } = sides;
    t.match(await b.engine.status(), { pendingChanges: 0, pendingConflicts: 1, syncStatus: 'conflicts' });
    const noted = b.rows('SELECT seq FROM afs_sent_commit');
    const [before] = await b.engine.conflicts();
    b.write('/f', 'b has thought again');
    t.match(await b.engine.status(), { pendingChanges: 0, pendingConflicts: 1 });
    t.match(await b.engine.push(), { roundTrips: 1, rowsWritten: 0 });
    const [after] = await b.engine.conflicts();
    t.match(after, { path: '/f', local: { size: 'b has thought again'.length } });
    t.not(after?.id, before?.id);
    t.same(b.rows('SELECT seq FROM afs_sent_commit'), noted);
    b.write('/g', 'something else');
    t.match(await b.engine.status(), { pendingChanges: 2, pendingConflicts: 1 }, 'it and the root');
    await b.engine.push();
    t.match(await b.engine.status(), { pendingChanges: 0, pendingConflicts: 1 });
    t.ok(b.rows('SELECT 1 FROM afs_change').length <= 1, 'the log is trimmed');
    t.match(await b.engine.resolve(['/f'], { strategy: 'local' }), { refused: [], remaining: [] });
    await ends(t, sides);
    t.equal(a.read('/f'), 'b has thought again');
  }
});

t.test('what either side does to it meanwhile is found, and a decision on what it was refused', async (t) => {
  const theirs = ['/again', '/removed', '/moved', '/back'];
  const ours = ['/deleted here', '/moved here', '/back here', '/replaced here'];
  const sides = await waiting(t, [...theirs, ...ours]);
  const { a, b } = sides;
  /** Makes a file of one agent what it is at the other. */
  const giveIn = (path: string, from: Agent, to: Agent) => {
    to.write(path, from.read(path));
    const { mtimeSec: sec, mtimeNsec: nsec } = from.inode(path);
    to.setattr(path, { mtime: { sec, nsec } });
  };
  const listed = await b.engine.conflicts();
  a.write('/again', 'a has thought again');
  a.unlink('/removed');
  a.rename('/moved', '/elsewhere');
  giveIn('/back', b, a);
  await a.engine.push();
  t.match(await b.engine.verify(), { ok: true, different: 0, missing: 0, pendingHere: 7 });
  const report = await b.engine.resolve(
    listed.filter(({ path }) => theirs.includes(path)),
    { strategy: 'remote' },
  );
  t.same(report.refused.map(({ path, reason }) => `${path} ${reason}`).sort(), [
    '/again changed',
    '/back gone',
    '/moved changed',
    '/removed changed',
  ]);
  b.unlink('/deleted here');
  b.mkdir('/d');
  b.rename('/moved here', '/d/moved');
  giveIn('/back here', a, b);
  b.replace('/replaced here', 'saved anew');
  await rounds(b);
  t.same(
    (await b.engine.conflicts()).map(({ path, type }) => `${type} ${path}`),
    [
      'modify/modify /again',
      'modify/modify /d/moved',
      'delete/modify /deleted here',
      'modify/modify /moved',
      'modify/delete /removed',
      'modify/modify /replaced here',
    ],
  );
  t.equal(b.read('/again'), '/again of b');
  t.match(await b.engine.resolve(['/again', '/moved', '/removed'], { strategy: 'remote' }), { refused: [] });
  t.match(await b.engine.resolve(undefined, { strategy: 'local' }), { refused: [], remaining: [] });
  await ends(t, sides);
  t.same([a.read('/again'), a.read('/elsewhere')], ['a has thought again', '/moved of a']);
  t.same([a.read('/d/moved'), a.read('/replaced here')], ['/moved here of b', 'saved anew']);
  t.same([a.find('/removed'), a.find('/deleted here')], [undefined, undefined]);
});

t.test('edits, moves and removals keep their times over the rounds in which they wait', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) }, { conflictResolution: 'manual' });
  const paths = ['/edit', '/late edit', '/removal', '/late removal', '/move', '/late move'];
  for (const path of paths) a.write(path, 'base');
  await settle(a, b);
  const act = (agent: Agent, late: string) => {
    agent.write(`/${late}edit`, `edited by ${agent.id}`);
    if (agent === a) agent.write(`/${late}removal`, 'edited');
    else agent.unlink(`/${late}removal`);
    agent.rename(`/${late}move`, `/moved ${late}by ${agent === a ? 'a' : 'b'}`);
    agent.vfs.flush();
  };
  act(b, '');
  await tick();
  act(a, '');
  act(a, 'late ');
  await a.engine.push();
  await tick();
  act(b, 'late ');
  await rounds(b);
  t.equal((await b.engine.conflicts()).length, paths.length);
  await tick();
  await b.reopen();
  await rounds(b);
  await b.engine.config(undefined, { conflictResolution: 'last-write-wins' });
  await b.engine.push();
  await ends(t, { a, b });
  t.same([b.read('/edit'), b.read('/late edit')], [`edited by ${a.id}`, `edited by ${b.id}`]);
  t.same([b.read('/removal'), b.find('/late removal')], ['edited', undefined]);
  t.same(
    b.names('').filter((name) => name.startsWith('moved')),
    ['moved by a', 'moved late by b'],
  );
});

t.test('contents of every kind are there when the remote side is taken after several rounds', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) }, { conflictResolution: 'manual' });
  await settle(a, b);
  for (const agent of [a, b]) {
    agent.write('/large', `${LARGE}${agent.id}`);
    agent.write('/small', agent.id);
    agent.write('/empty', agent === a ? '' : 'something');
    agent.symlink(agent.id, '/link');
    agent.mkdir(agent === a ? '/type' : '/d');
    agent.write(agent === a ? '/type/in it' : '/type', 'x');
    await agent.engine.push();
  }
  await rounds(b);
  t.equal((await b.engine.conflicts()).length, 5);
  await b.reopen();
  t.match(await b.engine.resolve(undefined, { strategy: 'remote' }), { refused: [], remaining: [] });
  t.equal(b.read('/large'), `${LARGE}${a.id}`);
  t.equal(b.read('/type/in it'), 'x');
  await ends(t, { a, b });
});

t.test('what is excluded waits no longer, and waits again when it is included again', async (t) => {
  const sides = await waiting(t, ['/x', '/y']);
  const { a, b } = sides;
  await b.engine.config(undefined, { exclude: ['/x'] });
  await rounds(b);
  t.match(await b.engine.conflicts(), [{ path: '/y' }]);
  t.equal(b.rows(ROWS).length, 1);
  a.write('/x', 'a goes on');
  await a.engine.push();
  await rounds(b);
  t.match(await b.engine.status(), { pendingChanges: 0, pendingConflicts: 1 });
  for (const exclude of [['/z'], []]) {
    await b.engine.config(undefined, { exclude });
    await rounds(b);
    t.match(await b.engine.conflicts(), [{ path: '/x', remote: { size: 9 } }, { path: '/y' }]);
    t.match(await b.engine.push(), { roundTrips: 1, rowsWritten: 0 });
  }
  t.equal(b.read('/x'), '/x of b');
  t.match(await b.engine.resolve(['/x'], { strategy: 'remote' }), { refused: [] });
  t.match(await b.engine.resolve(['/y'], { strategy: 'local' }), { refused: [], remaining: [] });
  t.equal(b.read('/x'), 'a goes on');
  await ends(t, sides);
});

t.test('a reset finds it anew, without an ancestor; disabling forgets it', async (t) => {
  const sides = await waiting(t, ['/f']);
  const { b } = sides;
  const { url } = await b.engine.status();
  await b.engine.reset();
  t.same([b.rows(ROWS), b.rows(PLACES)], [[], []]);
  await rounds(b);
  t.match(await b.engine.conflicts(), [{ path: '/f', type: 'create/create', base: null }]);
  t.match(await b.engine.push(), { roundTrips: 1, rowsWritten: 0 });
  t.match(await b.engine.status(), { pendingChanges: 0 });
  await b.engine.disable();
  t.same([b.rows(ROWS), b.rows(PLACES)], [[], []]);
  await b.engine.enable({ tursoDb: url, mode: 'manual', conflictResolution: 'remote-wins' });
  await ends(t, sides);
  t.equal(b.read('/f'), '/f of a');
});

t.test('a copy of the database has all of it', async (t) => {
  const { a, b } = await waiting(t, ['/f', '/g']);
  await b.close();
  const database = join(freshFolder(t), 'workspace.db');
  cpSync(b.database, database);
  const copy = openAgent(t, { database, agent: b.id });
  t.match(await copy.engine.push(), {
    roundTrips: 1,
    rowsWritten: 0,
    conflicts: [{ path: '/f' }, { path: '/g' }],
  });
  t.match(await copy.engine.resolve(['/f'], { strategy: 'remote' }), { refused: [] });
  t.match(await copy.engine.resolve(['/g'], { strategy: 'both' }), { refused: [], remaining: [] });
  await ends(t, { a, b: copy });
});

t.test('a remote that has forgotten what it removed is read whole, and it waits all the same', async (t) => {
  const sides = await waiting(t, ['/edited', '/removed']);
  const { a, b } = sides;
  a.unlink('/removed');
  a.write('/edited', 'again');
  await a.engine.push();
  const db = new Sqlite(fileURLToPath((await a.engine.status()).url));
  t.teardown(() => db.close());
  db.exec('UPDATE agentfs_commits SET committed_at_ms = committed_at_ms - 2 * 86400000');
  await a.engine.config(undefined, { keep: '1d' });
  t.ok((await a.engine.history.prune()).horizon > (await b.engine.status()).revision);
  await rounds(b);
  t.match(await b.engine.conflicts(), [
    { path: '/edited', type: 'modify/modify' },
    { path: '/removed', type: 'modify/delete' },
  ]);
  await b.engine.resolve(undefined, { strategy: 'local' });
  await ends(t, sides);
  t.equal(a.read('/removed'), '/removed of b');
});

t.test('a round that took it over and died leaves no memory of what was here', async (t) => {
  const sides = await waiting(t, ['/f']);
  const { a, b } = sides;
  const [row] = b.rows<{ conflict: string }>('SELECT conflict FROM afs_conflict');
  const { node: id, remote: version } = JSON.parse(row!.conflict) as { node: string; remote: NodeVersion };
  const applier = new Applier(b.vfs, 1, { trustPrivileges: false });
  applier.begin();
  applier.finish({ remote: 1, isAhead: true }, 0);
  const content = { kind: 'bytes', bytes: Buffer.from('/f of a') } as const;
  const node = { id, ino: b.inode('/f').ino };
  await applier.apply([
    { type: 'node', node, version, content, places: [{ parentIno: 1, name: 'f' }], record: true },
  ]);
  applier.end();
  t.match(await b.engine.push(), { pushed: 0, conflicts: [] }, 'it is what the remote has');
  await ends(t, sides);
  t.equal(a.read('/f'), '/f of a');
});

t.test('in real time it is followed without being looked for', async (t) => {
  const { a, b } = await waiting(t, ['/f']);
  b.engine.start();
  await b.engine.config(undefined, { mode: 'real-time' });
  a.write('/f', 'a has thought again');
  await a.engine.push();
  const isTold = async () => (await b.engine.conflicts())[0]?.remote?.size === 'a has thought again'.length;
  await t.resolves(eventually('the new state is listed', isTold));
});
