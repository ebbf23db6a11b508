/**
 * Everything a workspace can hold, pushed by one agent and pulled by another: the two are equal, and stay so for free.
 */
import { randomBytes } from 'node:crypto';
import t from 'tap';
import { S_IFIFO, S_IFREG } from '#src/vfs/index.js';
import { startSqld } from '../../support/sqld.js';
import { type Agent, fileRemote, pair } from './agent.js';

const KIB = 1024;
const sqld = await startSqld();
t.teardown(() => sqld.stop());
t.setTimeout(120_000);

function fill(a: Agent): void {
  for (const size of [0, 1, 16 * KIB, 16 * KIB + 1, 5 * KIB * KIB])
    a.write(`/file-${size}`, randomBytes(size));
  a.write('/sparse', '');
  a.setattr('/sparse', { size: 10 * KIB * KIB });
  a.writeAt('/sparse', 7 * KIB * KIB, 'island');
  a.mkdir('/empty');
  a.mkdir('/d');
  a.mkdir('/e');
  a.write('/d/linked', 'several names');
  a.link('/d/linked', '/e/other name');
  a.link('/d/linked', '/third');
  a.symlink('../nowhere/é', '/d/symlink');
  a.mknod('/d/fifo', S_IFIFO | 0o640);
  for (const name of ['user.a', 'user.with space', 'user.ünïcode', 'user.x=y', 'user.new\nline'])
    a.setxattr('/d/linked', name, randomBytes(20));
  a.setxattr('/empty', 'user.nothing', '');
  const names = [
    'a\nb',
    ' ',
    '-rf',
    '\u{1f600}',
    'é',
    'e\u0301',
    '\\',
    '\'"',
    'ﾃ',
    'x'.repeat(255),
    '\u0001',
    '%00',
  ];
  for (const name of names) a.write(`/d/${name}`, name);
  let deep = '';
  for (let i = 0; i < 60; i += 1) {
    deep += `/deep-${i}`;
    a.mkdir(deep);
  }
  a.write(`${deep}/bottom`, 'here');
  a.setattr('/file-1', { mode: 0o400, uid: 0, gid: 7 });
  a.setattr('/d', { mode: 0o3751 });
  a.setattr('/file-0', { mtime: { sec: -86_400 * 365 * 20, nsec: 999_999_999 } });
  a.setattr('/e', { mtime: { sec: 1, nsec: 1 } });
  a.setattr('', { mtime: { sec: 1_600_000_000, nsec: 123_456_789 }, mode: 0o750 });
}

for (const kind of ['file', 'sqld'] as const) {
  t.test(`through ${kind}, what one agent pushed is what another pulls, whatever it is`, async (t) => {
    const remote = kind === 'file' ? { url: fileRemote(t) } : { url: sqld.url, token: await sqld.token() };
    const { a, b } = await pair(t, remote);
    fill(a);
    if (kind === 'sqld') a.write('/large', randomBytes(64 * KIB * KIB));
    const pushed = await a.engine.push();
    t.ok(pushed.rowsWritten > 0);
    await b.engine.pull();
    t.equal(b.tree(), a.tree());
    for (const { engine } of [a, b]) {
      for (const report of [await engine.push(), await engine.pull()]) {
        t.match(report, { pushed: 0, pulled: 0, rowsWritten: 0, roundTrips: 1, conflicts: [] });
      }
      t.match(await engine.status(), { pendingChanges: 0, syncStatus: 'synced' });
    }
    t.equal(b.tree(), a.tree(), 'and nothing moved');
    await b.reopen();
    t.equal(b.tree(), a.tree(), 'also after a restart');
    t.match(await b.engine.push(), { pushed: 0, rowsWritten: 0 });
  });
}

t.test(
  'set-user-id bits and device nodes of a remote are dropped here, and stay on the remote',
  async (t) => {
    const { a, b } = await pair(t, { url: fileRemote(t) });
    a.write('/su', 'program');
    a.setattr('/su', { mode: 0o6755 });
    a.mknod('/device', 0o020666);
    await a.engine.push();
    await b.engine.pull();
    t.equal(b.inode('/su').mode, S_IFREG | 0o755);
    t.equal(b.inode('/device').mode, S_IFREG | 0o666, 'no device');
    b.setxattr('/su', 'user.note', 'changes no content');
    b.setattr('/device', { mtime: { sec: 5, nsec: 5 } });
    await b.engine.push();
    await a.engine.pull();
    t.equal(a.inode('/su').mode, S_IFREG | 0o6755, 'they were not taken away');
    t.equal(a.inode('/device').mode, 0o020666);
    b.writeAt('/su', 0, 'PROGRAM');
    await b.engine.push();
    await a.engine.pull();
    t.equal(a.read('/su'), 'PROGRAM');
    t.equal(a.inode('/su').mode, S_IFREG | 0o755, 'as any write clears them');
    t.match(await a.engine.push(), { pushed: 0 }, 'and that is no change to push');
    a.setattr('/su', { mode: 0o4711 });
    await a.engine.push();
    a.setattr('/su', { mode: 0o711 });
    t.match(await a.engine.push(), { pushed: 1 }, 'taking them away is one');
  },
);

t.test('a dry run says what would be done, by path, and does nothing', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.mkdir('/d');
  for (const name of ['changed', 'moved', 'removed', 'touched']) a.write(`/d/${name}`, name);
  await a.engine.push();
  await b.engine.pull();
  a.write('/d/changed', 'longer than it was');
  a.rename('/d/moved', '/moved');
  a.unlink('/d/removed');
  a.setattr('/d/touched', { mode: 0o600 });
  a.write('/new', 'new');
  const expected = [
    { action: 'change', path: '/d/changed', size: 18 },
    { action: 'remove', path: '/d/removed' },
    { action: 'attributes', path: '/d/touched' },
    { action: 'move', path: '/moved', from: '/d/moved' },
    { action: 'create', path: '/new', size: 3 },
  ];
  const before = b.tree();
  const ofFiles = ({ plan }: { plan?: readonly { path: string }[] }) =>
    plan?.filter(({ path }) => path !== '/d');
  t.match(ofFiles(await a.engine.push({ dryRun: true })), expected);
  t.match(await b.engine.pull(), { pulled: 0 }, 'nothing was pushed');
  await a.engine.push();
  t.match(ofFiles(await b.engine.pull({ dryRun: true })), expected);
  t.equal(b.tree(), before, 'nothing was pulled');
});
