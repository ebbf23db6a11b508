/**
 * What a first pull makes past the live objects is there for everybody, and never takes a name that somebody made.
 */
import t from 'tap';
import type { NodeVersion } from '#src/sync/core/index.js';
import { ROOT_NODE } from '#src/sync/core/index.js';
import { Applier } from '#src/sync/local/apply.js';
import type { NewNodeStep } from '#src/sync/steps.js';
import { S_IFMT, S_IFREG } from '#src/vfs/index.js';
import { scratch } from '../../vfs/scratch-workspace.js';

const REMOTE = 1;
const id = (name: string) => Buffer.from(name).toString('hex').padEnd(32, '0');

function step(
  parent: string,
  name: string,
  more: Partial<NewNodeStep> & { kind?: NodeVersion['kind'] } = {},
) {
  const { kind = 'file', ...rest } = more;
  const bytes = kind === 'file' ? Buffer.from(`content of ${name}`) : undefined;
  const version: NodeVersion = {
    ...{ kind, mode: kind === 'file' ? 0o4750 : 0o755, uid: 7, gid: 8, rdev: 5, size: bytes?.length ?? 0 },
    ...{ mtimeSec: -5, mtimeNsec: 9, hash: 'h', xattrs: '', revision: 3, agent: 'other', editedAtMs: 1 },
  };
  const place = { parent: parent === '' ? ROOT_NODE : id(parent), name, revision: 3 };
  return { id: id(name), version, bytes, target: undefined, ...place, ...rest } satisfies NewNodeStep;
}

function begun(t: Parameters<typeof scratch>[0]) {
  const workspace = scratch(t);
  workspace.vfs.syncState.addRemote('origin', 'file:x', '{}');
  const applier = new Applier(workspace.vfs, REMOTE, { trustPrivileges: false });
  applier.begin();
  return { workspace, applier };
}

t.test('nodes come whole: content, attributes, link counts, base', async (t) => {
  const { workspace, applier } = begun(t);
  const large = Buffer.alloc(200_000, 3);
  const steps = [
    step('', 'd', { kind: 'directory' }),
    step('d', 'e', { kind: 'directory' }),
    step('d', 'f'),
    step('e', 'large', { bytes: large }),
    step('e', 'link', { kind: 'symlink', target: '../d/f' }),
    step('', 'device', { kind: 'character' }),
  ];
  t.equal(await applier.insert(steps), 0);
  applier.end();
  const { vfs, root } = workspace;
  const d = vfs.lookup(root, 'd')!;
  const e = vfs.lookup(d, 'e')!;
  const f = vfs.lookup(d, 'f')!;
  t.equal(workspace.content(f).toString(), 'content of f');
  t.same(workspace.content(vfs.lookup(e, 'large')!), large);
  t.equal(vfs.readlink(vfs.lookup(e, 'link')!), '../d/f');
  t.same([root.nlink, d.nlink, e.nlink, f.nlink], [3, 3, 2, 1]);
  t.same([f.mode, f.uid, f.gid, f.mtimeSec, f.mtimeNsec], [S_IFREG | 0o750, 7, 8, -5, 9]);
  const device = vfs.lookup(root, 'device')!;
  t.same([device.mode & S_IFMT, device.rdev], [S_IFREG, 0], 'a device of a remote is a file');
  t.equal(workspace.rows('SELECT * FROM afs_base_node').length, steps.length);
  t.equal(workspace.rows('SELECT * FROM afs_base_entry').length, steps.length);
  t.equal(workspace.rows('SELECT * FROM afs_change WHERE what <> 0').length, 0, 'a pull is no news');
  t.same(vfs.check(), []);
  await workspace.reopen();
  t.same(workspace.vfs.check(), []);
  t.same(workspace.names(workspace.root), ['d', 'device']);
});

t.test('whoever has a directory open sees what comes, and mounts are told', async (t) => {
  const { workspace, applier } = begun(t);
  const told: string[] = [];
  const { vfs } = workspace;
  vfs.observe({ entryChanged: (_node, name) => void told.push(name), nodeChanged: () => {} });
  t.same(workspace.names(workspace.root), []);
  await applier.insert([step('', 'd', { kind: 'directory' }), step('', 'f')]);
  t.same(workspace.names(workspace.root), ['d', 'f']);
  t.same(told, ['d', 'f']);
  const d = vfs.lookup(workspace.root, 'd')!;
  t.equal(vfs.lookup(d, 'g'), undefined);
  t.same(workspace.names(d), []);
  await applier.insert([step('d', 'g'), step('d', 'h', { kind: 'directory' })]);
  t.ok(vfs.lookup(d, 'g'));
  t.same(workspace.names(d), ['g', 'h']);
  t.same([workspace.root.nlink, d.nlink], [3, 3]);
  t.same(vfs.check(), []);
});

t.test('a name that somebody made meanwhile is refused, with all below it', async (t) => {
  const { workspace, applier } = begun(t);
  workspace.file('f', 'mine');
  workspace.directory('d');
  const refused = await applier.insert([
    step('', 'f'),
    step('', 'd', { kind: 'directory' }),
    step('d', 'g'),
    step('', 'h', { kind: 'directory' }),
  ]);
  t.equal(refused, 3);
  const h = workspace.vfs.lookup(workspace.root, 'h')!;
  workspace.file('i', 'mine', h);
  workspace.vfs.rmdir(workspace.root, 'd');
  t.equal(await applier.insert([step('h', 'i'), step('h', 'j')]), 1);
  workspace.vfs.unlink(h, 'i');
  workspace.vfs.unlink(h, 'j');
  workspace.vfs.rmdir(workspace.root, 'h');
  t.equal(await applier.insert([step('h', 'k')]), 1, 'its directory is gone again');
  t.equal(workspace.content(workspace.vfs.lookup(workspace.root, 'f')!).toString(), 'mine');
  t.same(workspace.vfs.check(), []);
});

t.test('what is asked for at once is made in order, and not behind what failed', async (t) => {
  const { workspace, applier } = begun(t);
  const files = (from: number) => Array.from({ length: 300 }, (_, i) => step('d', `f${from + i}`));
  const all = [[step('', 'd', { kind: 'directory' })], files(0), files(300)];
  t.same(await Promise.all(all.map((steps) => applier.insert(steps))), [0, 0, 0]);
  const d = workspace.vfs.lookup(workspace.root, 'd')!;
  t.equal(workspace.names(d).length, 600);
  const { db } = workspace.vfs.state.store;
  db.exec(
    "CREATE TRIGGER broken BEFORE INSERT ON fs_dentry WHEN new.name = 'e' BEGIN SELECT RAISE(ABORT, 'broken'); END",
  );
  const failing = [applier.insert([step('', 'e', { kind: 'directory' })]), applier.insert([step('', 'g')])];
  t.same(
    (await Promise.allSettled(failing)).map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  t.same(workspace.names(workspace.root), ['d']);
  const late = applier.insert(files(600));
  applier.end();
  await t.rejects(late, { code: 'CLOSED' });
  t.same(workspace.vfs.check(), []);
});

t.test('a commit that fails leaves nothing of a slice, in memory or in SQLite', async (t) => {
  const { workspace, applier } = begun(t);
  const { db } = workspace.vfs.state.store;
  t.same(workspace.names(workspace.root), []);
  db.exec("CREATE TRIGGER broken BEFORE INSERT ON afs_base_entry BEGIN SELECT RAISE(ABORT, 'broken'); END");
  await t.rejects(applier.insert([step('', 'd', { kind: 'directory' }), step('d', 'f')]), { code: 'EIO' });
  t.same(workspace.names(workspace.root), []);
  t.equal(workspace.root.nlink, 2);
  db.exec('DROP TRIGGER broken');
  applier.begin();
  t.equal(await applier.insert([step('', 'd', { kind: 'directory' }), step('d', 'f')]), 0);
  t.same(workspace.names(workspace.root), ['d']);
  t.same(workspace.vfs.check(), []);
});
