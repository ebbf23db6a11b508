/** Group commit: what reaches SQLite, when, in how many rows, and what a failed commit leaves. */
import t from 'tap';
import { codeOf, type ScratchWorkspace, scratch } from './scratch-workspace.js';

/** What one act costs: commits and rows. */
function cost(w: ScratchWorkspace, act: () => void): { commits: number; rows: number } {
  w.vfs.flush();
  const before = w.vfs.statistics();
  act();
  w.vfs.flush();
  const after = w.vfs.statistics();
  return { commits: after.commits - before.commits, rows: after.rowsWritten - before.rowsWritten };
}

t.test(
  'a file that was created, written, chmodded and renamed is one row a table in one transaction',
  (t) => {
    const w = scratch(t);
    const spent = cost(w, () => {
      const file = w.file('name.tmp', 'content');
      w.vfs.write(file, 7, Buffer.from(' and more'));
      w.vfs.setattr(file, { mode: 0o600 });
      w.vfs.rename(w.root, 'name.tmp', { directory: w.root, name: 'name', flags: 0 });
    });
    t.strictSame(spent, { commits: 1, rows: 4 }, 'inode, entry, chunk, and the directory');
    t.end();
  },
);

t.test(
  'what was created and removed between two commits writes nothing but the times of the directory',
  (t) => {
    const w = scratch(t);
    const spent = cost(w, () => {
      for (let i = 0; i < 50; i += 1) {
        const file = w.file('scratch', 'x'.repeat(100_000));
        w.vfs.setxattr(file, 'user.a', { data: Buffer.from('1'), flags: 0 });
        w.vfs.unlink(w.root, 'scratch');
        w.directory('dir');
        w.file('inside', '', w.vfs.lookup(w.root, 'dir')!);
        w.vfs.unlink(w.vfs.lookup(w.root, 'dir')!, 'inside');
        w.vfs.rmdir(w.root, 'dir');
      }
    });
    t.strictSame(spent, { commits: 1, rows: 1 });
    t.strictSame(
      w.rows<{ ino: number }>('SELECT ino FROM fs_inode').map((row) => row.ino),
      [1],
    );
    t.end();
  },
);

t.test('a flush with nothing pending commits nothing', (t) => {
  const w = scratch(t);
  w.file('file');
  w.vfs.flush();
  t.strictSame(
    cost(w, () => undefined),
    { commits: 0, rows: 0 },
  );
  w.vfs.lookup(w.root, 'file');
  w.vfs.lookup(w.root, 'nothing');
  t.strictSame(
    cost(w, () => w.names(w.root)),
    { commits: 0, rows: 0 },
  );
  t.end();
});

t.test('changes reach SQLite by themselves soon after', async (t) => {
  const w = scratch(t);
  w.file('file', 'x');
  const deadline = Date.now() + 5000;
  while (w.vfs.statistics().commits === 0 && Date.now() < deadline)
    await new Promise((r) => setTimeout(r, 5));
  t.equal(w.rows('SELECT * FROM fs_dentry').length, 1);
});

t.test('an operation that is refused leaves nothing to commit', (t) => {
  const w = scratch(t);
  w.file('file', 'x');
  w.directory('dir');
  w.file('inside', '', w.vfs.lookup(w.root, 'dir')!);
  const spent = cost(w, () => {
    const file = w.vfs.lookup(w.root, 'file')!;
    const refused = [
      () => w.file('file'),
      () => w.symlink('link', 'x'.repeat(5000)),
      () => w.vfs.rmdir(w.root, 'dir'),
      () => w.vfs.unlink(w.root, 'dir'),
      () => w.vfs.link(file, w.root, 'dir'),
      () => w.vfs.rename(w.root, 'file', { directory: w.root, name: 'dir', flags: 0 }),
      () => w.vfs.setattr(file, { size: -1, mode: 0 }),
      () => w.vfs.write(file, 2 ** 53, Buffer.from('x')),
    ];
    for (const act of refused) t.not(codeOf(act), 'none');
  });
  t.strictSame(spent, { commits: 0, rows: 0 });
  t.match(w.vfs.lookup(w.root, 'file'), { mode: 0o100644, size: 1, nlink: 1 });
  t.end();
});

t.test(
  'a commit that fails keeps everything, tells the next writer, and goes through when it can',
  async (t) => {
    const w = scratch(t);
    const kept = w.file('kept', 'before');
    w.vfs.flush();
    const { db } = w.vfs.state.store;
    db.exec(
      "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.fs_dentry BEGIN SELECT raise(ABORT, 'refused'); END",
    );
    w.file('file', 'pending');
    w.vfs.write(kept, 0, Buffer.from('AFTER!'));
    t.throws(() => w.vfs.flush(), /refused/);
    t.equal(w.rows('SELECT * FROM fs_dentry').length, 1, 'nothing of the batch is there');
    t.strictSame(
      w.rows<{ data: Buffer }>('SELECT data FROM fs_data').map((row) => row.data.toString()),
      ['before'],
    );
    t.throws(() => w.file('another'), /refused/);
    await t.rejects(w.vfs.sync(), /refused/);
    t.equal(w.content(w.vfs.lookup(w.root, 'file')!).toString(), 'pending', 'readers see it all the same');
    db.exec('DROP TRIGGER refuse');
    w.file('another');
    await w.reopen();
    t.strictSame(w.names(w.root), ['kept', 'file', 'another']);
    t.equal(w.content(w.vfs.lookup(w.root, 'kept')!).toString(), 'AFTER!');
    t.strictSame(w.vfs.check(), []);
  },
);

t.test('sync resolves for every caller only when the disk has it, and syncs nothing twice', async (t) => {
  const w = scratch(t);
  w.file('file', 'x');
  let done = 0;
  const started = w.vfs.statistics().syncs;
  const all = [1, 2, 3].map(async () => {
    await w.vfs.sync();
    done += 1;
  });
  await Promise.resolve();
  await Promise.resolve();
  t.equal(done, 0, 'a caller with nothing new still waits for what an earlier one began');
  await Promise.all(all);
  t.equal(w.vfs.statistics().syncs - started, 1);
  await w.vfs.sync();
  t.equal(w.vfs.statistics().syncs - started, 1, 'nothing new, nothing to sync');
});

t.test('ten thousand files in one directory come back in order after reopening', async (t) => {
  const w = scratch(t);
  const names = Array.from({ length: 10_000 }, (_, i) => `file-${i}`);
  for (const name of names) w.file(name);
  await w.reopen();
  t.strictSame(w.names(w.root), names);
  t.equal(w.vfs.lookup(w.root, 'file-7777')?.size, 0);
});
