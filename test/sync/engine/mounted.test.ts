/**
 * A pull under a running mount: programs there see the new state at once, and who has an old file open keeps it whole.
 */
import t, { type Test } from 'tap';
import { openSyncEngine, type SyncEngine } from '#src/sync/index.js';
import { type Mounted, mountFresh } from '../../fuse/mounted.js';
import { eventually, fileRemote } from './agent.js';

t.setTimeout(120_000);
let agents = 0;

interface MountedAgent extends Mounted {
  readonly engine: SyncEngine;
  push(): Promise<unknown>;
  /** Resolves when the kernel knows of all that was pulled. */
  pull(): Promise<unknown>;
  rows(sql: string): unknown[];
}

async function mountedAgent(t: Test, tursoDb: string): Promise<MountedAgent> {
  agents += 1;
  const mounted = await mountFresh(t);
  const engine = openSyncEngine({
    vfs: mounted.vfs,
    workspace: 'shared',
    agent: `${agents.toString(16).padStart(8, '0')}${'cd'.repeat(12)}`,
    newAgentId: async () => 'f'.repeat(32),
    credentials: { token: async () => undefined, store: async () => {}, remove: async () => {} },
  });
  t.teardown(() => engine.stop());
  await engine.enable({ tursoDb, mode: 'manual' });
  return {
    ...mounted,
    engine,
    push: () => engine.push(),
    pull: async () => {
      const report = await engine.pull();
      await mounted.mount.notificationsDrained();
      return report;
    },
    rows: (sql) => {
      mounted.vfs.flush();
      return mounted.vfs.state.store.db.prepare(sql).all();
    },
  };
}

async function two(t: Test): Promise<{ a: MountedAgent; b: MountedAgent }> {
  const url = fileRemote(t);
  return { a: await mountedAgent(t, url), b: await mountedAgent(t, url) };
}

t.test(
  'the kernel shows a pulled state at once: names, sizes, contents, attributes, and what is gone',
  async (t) => {
    const { a, b } = await two(t);
    await a.sh(
      'mkdir -p d/e && echo one > d/f && echo two > d/g && ln d/f d/hard && mkfifo d/p && ln -s f d/l',
    );
    await a.push();
    await b.pull();
    const look =
      'ls -lR --time-style=full-iso . | grep -v ^total; cat d/f d/g; test ! -e d/new && test ! -e top';
    t.equal(await b.sh(look), await a.sh(look));
    await a.sh(`
    echo 'a much longer content' > d/f; chmod 600 d/g; touch -d '2001-02-03 04:05:06.789' d/g; rm d/hard
    echo new > d/new; mv d/e top; mkdir d/e; echo inside > d/e/x; ln -sfn g d/l`);
    await a.push();
    await b.pull();
    const again =
      'ls -lR --time-style=full-iso . | grep -v ^total; cat d/f d/g d/new d/e/x; readlink d/l; test ! -e d/hard';
    t.equal(await b.sh(again), await a.sh(again), 'what was looked up, listed, read or missed before is new');
    await a.sh('mv d/e d/swap; mv d/f d/e; mv d/swap d/f');
    await a.push();
    await b.pull();
    t.equal(
      await b.sh('cat d/e; ls d/f'),
      'a much longer content\nx\n',
      'a file and a directory have changed names',
    );
    await b.sh('echo edited by b > d/e; rm -r d/f top');
    await b.push();
    await a.pull();
    t.equal(await a.sh('cat d/e; ls d'), 'edited by b\ne\ng\nl\nnew\np\n');
    t.same([...a.logged, ...b.logged], []);
  },
);

t.test(
  'who has a file open goes on reading the old content; a new open reads the new one, under one inode',
  async (t) => {
    const { a, b } = await two(t);
    await a.sh('head -c 300000 /dev/zero | tr "\\0" a > f');
    await a.push();
    await b.pull();
    const reader = b.python(`
import time, mmap
old = os.open('f', os.O_RDONLY)
ino = os.fstat(old).st_ino
mapped = mmap.mmap(old, 300000, mmap.MAP_SHARED, mmap.PROT_READ)
assert mapped[0:1] == b'a'
open('ready', 'w').close()
while not os.path.exists('go'): time.sleep(0.01)
assert os.pread(old, 300000, 0) == b'a' * 300000, 'old descriptor'
assert mapped[:] == b'a' * 300000, 'mapping'
assert os.fstat(old).st_size == 300000
new = os.open('f', os.O_RDONLY)
assert os.fstat(new).st_ino == ino == os.stat('f').st_ino, 'inode'
assert os.read(new, 10) == b'new', 'new descriptor'
print('fine')
`);
    await eventually('the reader is ready', () => b.vfs.lookup(b.vfs.inode(1), 'ready') !== undefined);
    await a.sh('printf new > f');
    await a.push();
    await b.pull();
    await b.sh('touch go');
    t.equal(await reader, 'fine\n');
    await b.sh('rm go ready; echo 2 > /proc/sys/vm/drop_caches 2>/dev/null || true; cat f');
    await eventually('the keeper has gone', async () => {
      await b.sh('echo 2 > /proc/sys/vm/drop_caches 2>/dev/null || true');
      return b.rows('SELECT ino FROM fs_inode WHERE nlink = 0').length === 0;
    });
    t.same(b.rows('SELECT ino FROM afs_orphan'), []);
    t.same(b.rows('SELECT ino FROM fs_data WHERE ino NOT IN (SELECT ino FROM fs_inode)'), []);
    t.same(b.vfs.check(), []);
  },
);

for (const how of ['write', 'mmap'] as const) {
  t.test(
    `what is written through an old descriptor (${how}) is a change made here, and is pushed`,
    async (t) => {
      const { a, b } = await two(t);
      await a.sh('printf "content of a" > f');
      await a.push();
      await b.pull();
      const writer = b.python(`
import time, mmap
old = os.open('f', os.O_RDWR)
mapped = mmap.mmap(old, 12)
assert mapped[0:7] == b'content'
open('ready', 'w').close()
while not os.path.exists('go'): time.sleep(0.01)
if '${how}' == 'mmap':
    mapped[0:7] = b'WRITTEN'
    mapped.flush()
else:
    os.pwrite(old, b'WRITTEN', 0)
    os.fsync(old)
print(open('f').read())
`);
      await eventually('the writer is ready', () => b.vfs.lookup(b.vfs.inode(1), 'ready') !== undefined);
      await a.sh('printf "a newer one" > f');
      await a.push();
      await b.pull();
      await b.sh('touch go');
      t.equal(await writer, 'WRITTEN of a\n');
      await b.sh('rm ready go');
      await b.push();
      await a.pull();
      t.equal(await a.sh('cat f'), 'WRITTEN of a', 'the later edit has won, and it was not lost');
      t.equal(await b.sh('cat f'), 'WRITTEN of a');
      t.same(b.vfs.check(), []);
    },
  );
}
