/**
 * What the applier refuses: whatever somebody here did since the round began is for the next round to decide.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock, systemTimers } from '#src/base/index.js';
import { type NodeVersion, ROOT_NODE } from '#src/sync/core/index.js';
import { Applier } from '#src/sync/local/apply.js';
import { openVfs, S_IFDIR, S_IFREG, type Vfs } from '#src/vfs/index.js';

const VERSION: NodeVersion = {
  kind: 'file',
  mode: 0o600,
  uid: 0,
  gid: 0,
  rdev: 0,
  size: 0,
  mtimeSec: 1,
  mtimeNsec: 0,
  hash: '',
  xattrs: '',
  revision: 2,
  agent: 'other',
  editedAtMs: 1,
};

/** A fresh workspace, removed when the test ends; `reopen` opens it as the next start does. */
function freshWorkspace(t: Test): { readonly vfs: Vfs; readonly reopen: () => Promise<Vfs> } {
  const folder = mkdtempSync(join(tmpdir(), 'agentfs-apply-'));
  const path = join(folder, 'workspace.db');
  const vfs = openVfs(path, { create: true });
  let open = vfs;
  t.teardown(async () => {
    await open.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const reopen = async () => {
    await open.close();
    open = openVfs(path);
    return open;
  };
  return { vfs, reopen };
}

t.test('a file that somebody here has just removed is not made anew for a new version of it', async (t) => {
  const { vfs } = freshWorkspace(t);
  const root = vfs.inode(1);
  const { ino } = vfs.create(root, 'x', { mode: S_IFREG | 0o644, uid: 0, gid: 0 });
  const applier = new Applier(vfs, 1, { trustPrivileges: false });
  applier.begin();
  vfs.unlink(root, 'x');
  const refused = await applier.apply([
    {
      type: 'node',
      node: { id: 'a'.repeat(32), ino },
      version: VERSION,
      content: { kind: 'bytes', bytes: new Uint8Array(0) },
      places: [{ parentIno: 1, name: 'x' }],
      record: true,
    },
  ]);
  applier.end();
  t.equal(refused, 1);
});

t.test('a directory that lost its name in one commit is swept where the next one never came', async (t) => {
  const { vfs, reopen } = freshWorkspace(t);
  vfs.create(vfs.inode(1), 'd', { mode: S_IFDIR | 0o755, uid: 0, gid: 0 });
  const importer = vfs.importer(1);
  importer.begin();
  importer.run(() => importer.unlink(1, 'd'));
  const after = await reopen();
  t.same(after.check(), []);
  t.equal(after.countInodes(), 1);
});

t.test(
  'a directory whose place another took is swept with its last entry, should nothing come after',
  async (t) => {
    const { vfs, reopen } = freshWorkspace(t);
    const directory = { mode: S_IFDIR | 0o755, uid: 0, gid: 0 };
    const outer = vfs.create(vfs.inode(1), 'd', directory);
    const inner = vfs.create(outer, 'in', directory);
    const importer = vfs.importer(1);
    importer.begin();
    importer.run(() => {
      importer.link(1, 'd', { ino: inner.ino, displaced: 'goes' });
      importer.unlink(outer.ino, 'in');
    });
    const after = await reopen();
    t.same(after.check(), []);
    t.equal(after.countInodes(), 2);
  },
);

t.test('a directory that moves never has two names between two slices', async (t) => {
  const { vfs } = freshWorkspace(t);
  const root = vfs.inode(1);
  const made = { mode: S_IFREG | 0o644, uid: 0, gid: 0 };
  const directory = vfs.create(root, 'old', { ...made, mode: S_IFDIR | 0o755 });
  const [file, other] = [vfs.create(root, 'file', made), vfs.create(root, 'other', made)];
  const namesOf = (ino: number) => {
    const names: string[] = [];
    vfs.readdir(root, 0, (entry) => (entry.ino === ino ? names.push(entry.name) : 1) > 0);
    return names;
  };
  // Every look at the clock is a slice of its own.
  let nowMs = 0;
  const clock = { ...systemClock, monotonicMs: () => (nowMs += 10) };
  const seen: string[] = [];
  const turn = async () => void seen.push(namesOf(directory.ino).join());
  const applier = new Applier(vfs, 1, { trustPrivileges: false, clock, timers: { ...systemTimers, turn } });
  applier.begin();
  const [d, f, o] = [directory, file, other].map(({ ino }, i) => ({ id: `${i + 1}`.repeat(32), ino }));
  const place = { parent: { id: ROOT_NODE, ino: 1 }, removes: false, revision: 2, record: true } as const;
  const edit = { version: VERSION, content: { kind: 'keep' }, places: [], record: true } as const;
  const refused = await applier.apply([
    {
      type: 'entry',
      ...place,
      name: 'new',
      node: d!,
      displaces: undefined,
      from: [{ parentIno: 1, name: 'old' }],
    },
    { type: 'node', ...edit, node: o! },
    {
      type: 'entry',
      ...place,
      name: 'old',
      node: f!,
      displaces: d!.id,
      from: [{ parentIno: 1, name: 'file' }],
    },
    { type: 'entry', ...place, name: 'file', node: null, displaces: f!.id, from: [] },
    { type: 'node', ...edit, node: o! },
  ]);
  applier.end();
  t.equal(refused, 0);
  t.same(namesOf(directory.ino), ['new']);
  t.notSame(seen, [], 'it was in more than one slice');
  t.same(
    seen.filter((names) => names.includes(',')),
    [],
  );
});

t.test('a directory does not go into one that somebody here has moved into it meanwhile', async (t) => {
  const { vfs } = freshWorkspace(t);
  const root = vfs.inode(1);
  const made = { mode: S_IFDIR | 0o755, uid: 0, gid: 0 };
  const [a, b] = [vfs.create(root, 'a', made), vfs.create(root, 'b', made)];
  const deep = vfs.create(a, 'deep', made);
  const file = vfs.create(root, 'file', { ...made, mode: S_IFREG | 0o644 });
  const applier = new Applier(vfs, 1, { trustPrivileges: false });
  applier.begin();
  vfs.rename(root, 'b', { directory: deep, name: 'b', flags: 0 });
  const [nodeA, nodeB, nodeF] = [a, b, file].map(({ ino }, i) => ({ id: `${i + 1}`.repeat(32), ino }));
  const place = { type: 'entry', removes: false, revision: 2, record: true } as const;
  const top = { ...place, parent: { id: ROOT_NODE, ino: 1 } };
  const from = (name: string) => [{ parentIno: 1, name }];
  const refused = await applier.apply([
    { ...top, name: 'a', node: nodeF!, displaces: nodeA!.id, from: from('file') },
    { ...top, name: 'file', node: null, displaces: nodeF!.id, from: [] },
    { ...place, parent: nodeB!, name: 'in', node: nodeA!, displaces: undefined, from: from('a') },
  ]);
  applier.end();
  t.equal(refused, 3, 'nor does what was to take its place');
  t.same(vfs.check(), []);
  const importer = vfs.importer(1);
  t.same([importer.entry(1, 'a'), importer.entry(1, 'file')], [a.ino, file.ino]);
  t.same(
    [b, deep, a].map(({ ino }) => importer.directoryAbove(ino)),
    [deep.ino, a.ino, 1],
  );
});

t.test('a directory and one in it change places, since nobody here is in the way', async (t) => {
  const { vfs } = freshWorkspace(t);
  const made = { mode: S_IFDIR | 0o755, uid: 0, gid: 0 };
  const outer = vfs.create(vfs.inode(1), 'd', made);
  const inner = vfs.create(outer, 'c', made);
  const applier = new Applier(vfs, 1, { trustPrivileges: false });
  applier.begin();
  const [nodeOuter, nodeInner] = [outer, inner].map(({ ino }, i) => ({ id: `${i + 1}`.repeat(32), ino }));
  const place = { type: 'entry', removes: false, revision: 2, record: true } as const;
  const top = { ...place, parent: { id: ROOT_NODE, ino: 1 } };
  const fromInner = [{ parentIno: outer.ino, name: 'c' }];
  const refused = await applier.apply([
    { ...top, name: 'd', node: nodeInner!, displaces: nodeOuter!.id, from: fromInner },
    { ...place, parent: nodeOuter!, name: 'c', node: null, displaces: nodeInner!.id, from: [] },
    {
      ...place,
      parent: nodeInner!,
      name: 'c',
      node: nodeOuter!,
      displaces: undefined,
      from: [{ parentIno: 1, name: 'd' }],
    },
  ]);
  applier.end();
  t.equal(refused, 0);
  t.same(vfs.check(), []);
  const importer = vfs.importer(1);
  t.same(
    [inner, outer].map(({ ino }) => importer.directoryAbove(ino)),
    [1, inner.ino],
  );
});

t.test('the base loses a file with its last name, not a slice later', async (t) => {
  const { vfs } = freshWorkspace(t);
  const { syncState, state } = vfs;
  const { store } = state;
  const remote = syncState.addRemote('origin', 'file:/nowhere', '{}');
  const made = { mode: S_IFREG | 0o644, uid: 0, gid: 0 };
  const [taken, gone, other] = ['taken', 'gone', 'other'].map((name, i) => {
    const { ino } = vfs.create(vfs.inode(1), name, made);
    const node = `${i + 1}`.repeat(32);
    vfs.flush();
    syncState.putNode(remote, { ...VERSION, ino, node });
    syncState.putEntry(remote, { parentIno: 1, name, ino, revision: 2 }, { parent: ROOT_NODE, node });
    return { id: node, ino };
  });
  // Every look at the clock is a slice of its own, and what there is between two slices is what a crash leaves.
  let nowMs = 0;
  const clock = { ...systemClock, monotonicMs: () => (nowMs += 10) };
  const unnamed: string[][] = [];
  const nameless = store.db
    .prepare<[], string>(
      'SELECT lower(hex(node)) FROM afs_base_node n WHERE ino NOT IN (SELECT ino FROM afs_base_entry WHERE remote = n.remote)',
    )
    .pluck();
  const turn = async () => {
    vfs.flush();
    unnamed.push(nameless.all());
  };
  const applier = new Applier(vfs, remote, {
    trustPrivileges: false,
    clock,
    timers: { ...systemTimers, turn },
  });
  applier.begin();
  const place = { parent: { id: ROOT_NODE, ino: 1 }, removes: true, revision: 3, record: true } as const;
  const from = [{ parentIno: 1, name: 'other' }];
  t.equal(
    await applier.apply([
      { type: 'entry', ...place, name: 'taken', node: other!, displaces: taken!.id, from },
      { type: 'entry', ...place, name: 'other', node: null, removes: false, displaces: other!.id, from: [] },
      { type: 'entry', ...place, name: 'gone', node: null, displaces: gone!.id, from: [] },
      { type: 'remove', node: taken!, record: true },
      { type: 'remove', node: gone!, record: true },
    ]),
    0,
  );
  applier.end();
  t.ok(unnamed.length > 1, 'there was more than one slice');
  for (const nodes of unnamed) t.same(nodes, []);
  vfs.flush();
  t.same(store.db.prepare('SELECT name FROM afs_base_entry').pluck().all(), ['taken']);
});

t.test('what goes from the base and keeps its name here is told to the log: it is new from now on', (t) => {
  const { vfs } = freshWorkspace(t);
  const { syncState, state } = vfs;
  const remote = syncState.addRemote('origin', 'file:/nowhere', '{}');
  const node = '1'.repeat(32);
  const { ino } = vfs.create(vfs.inode(1), 'kept', { mode: S_IFREG | 0o644, uid: 0, gid: 0 });
  vfs.flush();
  syncState.putNode(remote, { ...VERSION, ino, node });
  for (const name of ['kept', 'given up'])
    syncState.putEntry(remote, { parentIno: 1, name, ino, revision: 2 }, { parent: ROOT_NODE, node });
  const { db } = state.store;
  const last = db.prepare('SELECT max(seq) FROM afs_change').pluck().get();
  syncState.deleteNode(remote, node);
  const told = db.prepare('SELECT origin, ino, parent_ino, name FROM afs_change WHERE seq > ?').raw();
  t.same(told.all(last), [[0, ino, 1, 'kept']]);
  t.same(db.prepare('SELECT name FROM afs_base_entry').all(), []);
  t.end();
});
