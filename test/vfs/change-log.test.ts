/** The change log: a row for each thing that changed, in the same commit, with where it came from. */
import t from 'tap';
import { codeOf, type ScratchWorkspace, scratch } from './scratch-workspace.js';

const ATTRIBUTES = 1;
const CONTENT = 2;
const XATTRS = 4;
const ENTRY = 8;

interface Row {
  readonly origin: number;
  readonly ino: number;
  readonly parent_ino: number;
  readonly name: string;
  readonly what: number;
  readonly range_from: number;
  readonly range_to: number;
}

/** What the log says about one act, without the times of directories. */
function logged(w: ScratchWorkspace, act: () => void): unknown[] {
  w.vfs.flush();
  const { db } = w.vfs.state.store;
  const last = db
    .prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM afs_change')
    .get()!.seq;
  act();
  w.vfs.flush();
  return db
    .prepare<[number], Row>('SELECT * FROM afs_change WHERE seq > ? ORDER BY seq')
    .all(last)
    .map((row) =>
      row.what === ENTRY
        ? { parent: row.parent_ino, name: row.name, ino: row.ino }
        : { ino: row.ino, what: row.what, from: row.range_from, to: row.range_to },
    );
}

function logging(t: Parameters<typeof scratch>[0]): ScratchWorkspace {
  const w = scratch(t);
  w.vfs.syncState.addRemote('origin', 'file:x', '{}');
  w.vfs.keepLog(2);
  return w;
}

const times = (ino: number) => ({ ino, what: ATTRIBUTES, from: 0, to: 0 });

t.test(
  'without a remote nothing is logged; with one the log begins, and goes on after reopening',
  async (t) => {
    const w = scratch(t);
    t.strictSame(
      logged(w, () => w.file('a', 'x')),
      [],
    );
    w.vfs.syncState.addRemote('origin', 'file:x', '{}');
    w.vfs.keepLog(2);
    t.equal(logged(w, () => w.file('b')).length, 3);
    await w.reopen();
    t.equal(logged(w, () => w.file('c')).length, 3);
    w.vfs.keepLog(0);
    t.strictSame(
      logged(w, () => w.file('d')),
      [],
    );
  },
);

t.test('creating, linking, renaming and removing log entries and inodes', (t) => {
  const w = logging(t);
  let ino = 0;
  t.strictSame(
    logged(w, () => {
      ino = w.file('a', 'text').ino;
    }),
    [{ parent: 1, name: 'a', ino }, { ino, what: ATTRIBUTES | CONTENT, from: 0, to: 4 }, times(1)],
  );
  const file = w.vfs.inode(ino);
  t.strictSame(
    logged(w, () => w.vfs.link(file, w.root, 'b')),
    [{ parent: 1, name: 'b', ino }, times(ino), times(1)],
  );
  t.strictSame(
    logged(w, () => w.vfs.rename(w.root, 'a', { directory: w.root, name: 'c', flags: 0 })),
    [{ parent: 1, name: 'a', ino: 0 }, { parent: 1, name: 'c', ino }, times(ino), times(1)],
  );
  t.strictSame(
    logged(w, () => w.vfs.unlink(w.root, 'b')),
    [{ parent: 1, name: 'b', ino: 0 }, times(1), times(ino)],
  );
  t.strictSame(
    logged(w, () => w.vfs.unlink(w.root, 'c')),
    [{ parent: 1, name: 'c', ino: 0 }, times(ino), times(1)],
    'the entry does not say who went with it: the inode has a row of its own',
  );
  t.end();
});

t.test('a directory of many files is renamed by two entries', (t) => {
  const w = logging(t);
  const dir = w.directory('dir');
  for (let i = 0; i < 50; i += 1) w.file(`file-${i}`, '', dir);
  t.strictSame(
    logged(w, () => w.vfs.rename(w.root, 'dir', { directory: w.root, name: 'moved', flags: 0 })),
    [
      { parent: 1, name: 'dir', ino: 0 },
      { parent: 1, name: 'moved', ino: dir.ino },
      times(dir.ino),
      times(1),
    ],
  );
  t.end();
});

t.test(
  'attributes, content and extended attributes have their bits, content its range since the last commit',
  (t) => {
    const w = logging(t);
    const file = w.file('a', 'x'.repeat(1000));
    const { ino } = file;
    t.strictSame(
      logged(w, () => {
        w.vfs.write(file, 500, Buffer.from('abc'));
        w.vfs.write(file, 100, Buffer.from('abc'));
      }),
      [{ ino, what: ATTRIBUTES | CONTENT, from: 100, to: 503 }],
    );
    t.strictSame(
      logged(w, () => w.vfs.setattr(file, { mode: 0o600 })),
      [times(ino)],
      'no range from before',
    );
    t.strictSame(
      logged(w, () => w.vfs.setattr(file, { size: 10 })),
      [{ ino, what: ATTRIBUTES | CONTENT, from: 10, to: 1000 }],
    );
    t.strictSame(
      logged(w, () => w.vfs.setxattr(file, 'user.a', { data: Buffer.from('1'), flags: 0 })),
      [{ ino, what: XATTRS, from: 0, to: 0 }],
    );
    t.end();
  },
);

t.test('what was made and removed again leaves no trace in the log', (t) => {
  const w = logging(t);
  t.strictSame(
    logged(w, () => {
      w.file('a', 'x');
      w.vfs.unlink(w.root, 'a');
    }),
    [times(1)],
  );
  t.end();
});

t.test('a refused operation logs nothing', (t) => {
  const w = logging(t);
  w.directory('a');
  t.strictSame(
    logged(w, () =>
      t.equal(
        codeOf(() => w.file('a')),
        'EEXIST',
      ),
    ),
    [],
  );
  t.end();
});

t.test('changes of a pull carry its remote, and never share a commit with others', (t) => {
  const w = logging(t);
  w.vfs.flush();
  const commits = w.vfs.statistics().commits;
  w.file('mine');
  w.vfs.state.pending.withOrigin(7, () => w.file('theirs'));
  w.file('mine too');
  w.vfs.flush();
  t.equal(w.vfs.statistics().commits - commits, 3);
  t.strictSame(w.rows("SELECT origin, name FROM afs_change WHERE name <> '' ORDER BY seq"), [
    { origin: 0, name: 'mine' },
    { origin: 7, name: 'theirs' },
    { origin: 0, name: 'mine too' },
  ]);
  t.end();
});

t.test('what stands beside the files in a commit is there with them or not at all', (t) => {
  const w = logging(t);
  const { pending, store } = w.vfs.state;
  const before = w.rows('SELECT * FROM afs_change').length;
  let stop = true;
  w.file('a');
  pending.also(() => {
    store.db.exec("INSERT INTO kv_store(key, value) VALUES ('beside', '1')");
    if (stop) throw new Error('stop');
  });
  t.throws(() => w.vfs.flush(), /stop/);
  t.strictSame(w.rows('SELECT * FROM kv_store'), []);
  t.strictSame(w.rows('SELECT * FROM fs_dentry'), []);
  t.equal(w.rows('SELECT * FROM afs_change').length, before);
  stop = false;
  w.vfs.flush();
  t.equal(w.rows('SELECT * FROM kv_store').length, 1);
  t.equal(w.rows('SELECT * FROM fs_dentry').length, 1);
  t.equal(w.rows('SELECT * FROM afs_change').length, before + 3);
  t.end();
});
