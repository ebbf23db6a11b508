/**
 * A commit that fails in the middle of what a pull does, at each commit in turn: the file has its old content or the
 * new, never a mixture or a hole, also when the failed batch goes through later, and nothing of it counts as an edit here.
 */
import t, { type Test } from 'tap';
import { AgentFsError } from '#src/base/index.js';
import { S_IFREG } from '#src/vfs/index.js';
import { ScratchWorkspace } from './scratch-workspace.js';

const OLD = Buffer.alloc(200_000, 'old ');
const NEW = Buffer.alloc(300_000, 'new! ');
const COMMITS_MAX = 30;
const REMOTE = 1;

/** Lets `commits` commits through, then fails every one until `heal`. */
function failAfter(w: ScratchWorkspace, commits: number): { heal(): void; failed(): boolean } {
  const { store } = w.vfs.state;
  const write = store.write.bind(store);
  let left = commits;
  let failed = false;
  store.write = (batch) => {
    if (left > 0) {
      left -= 1;
      write(batch);
      return;
    }
    failed = true;
    throw new AgentFsError('ENOSPC', 'the disk under the workspace is full');
  };
  return {
    heal: () => {
      store.write = write;
    },
    failed: () => failed,
  };
}

function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof AgentFsError && error.code === 'ENOSPC') return false;
    throw error;
  }
}

async function pullWithFailure(t: Test, commits: number, known: boolean): Promise<boolean> {
  const w = new ScratchWorkspace();
  t.teardown(() => w.remove());
  w.vfs.keepLog(2);
  const { ino } = w.file('file', OLD);
  if (known) w.vfs.lookup(w.root, 'file');
  w.vfs.flush();
  const edits = (): unknown[] => w.rows('SELECT * FROM afs_change WHERE origin = 0');
  const before = edits().length;
  const importer = w.vfs.importer(REMOTE);
  importer.begin();
  const fault = failAfter(w, commits);
  let stage: number | undefined;
  const attributes = {
    mode: S_IFREG | 0o600,
    uid: 1,
    gid: 1,
    rdev: 0,
    mtimeSec: 5,
    mtimeNsec: 6,
    xattrs: new Map(),
  };
  const done = attempt(() => {
    stage = importer.run(() => importer.stage());
    for (let at = 0; at < NEW.length; at += 100_000) {
      const piece = NEW.subarray(at, at + 100_000);
      importer.run(() => importer.fill(stage!, at, piece));
    }
    importer.run(() => {
      importer.publish(ino, stage!, { places: [{ parentIno: 1, name: 'file' }] });
      importer.setAttributes(ino, attributes);
      const made = importer.create(attributes, undefined);
      importer.fill(made, 0, NEW);
      importer.link(1, 'made', { ino: made, displaced: 'stays' });
    });
  });
  const failed = fault.failed();
  const whole = (name: string): Buffer[] => (name === 'file' ? [OLD, NEW] : [NEW]);
  const check = (when: string): void => {
    for (const name of ['file', 'made']) {
      const inode = w.vfs.lookup(w.root, name);
      if (inode === undefined) {
        if (name === 'file') t.fail(`${when}: the file is gone`);
        continue;
      }
      const content = w.content(inode);
      t.ok(
        whole(name).some((one) => one.equals(content)),
        `${when}: ${name} is whole, ${content.length} bytes`,
      );
    }
  };
  t.equal(done, !failed);
  check('while the disk is full');
  importer.end();
  // As the end of a round does: what was staged and not published goes.
  attempt(() => {
    if (!done && stage !== undefined) importer.run(() => importer.unstage(stage!));
  });
  check('after the round');
  fault.heal();
  w.vfs.flush();
  check('when there is room');
  t.equal(edits().length, before, 'nothing of a pull is an edit of somebody here');
  w.vfs.write(w.vfs.lookup(w.root, 'file')!, 0, Buffer.from('mine'));
  await w.reopen();
  const file = w.content(w.vfs.lookup(w.root, 'file')!);
  t.equal(file.subarray(0, 4).toString(), 'mine');
  t.ok(
    [OLD, NEW].some((one) => one.subarray(4).equals(file.subarray(4))),
    'after opening it again',
  );
  t.strictSame(w.vfs.check(), []);
  return failed;
}

t.test(
  'what a pull made and could not commit, and somebody here removed since, is told as removed',
  async (t) => {
    const w = new ScratchWorkspace();
    t.teardown(() => w.remove());
    w.vfs.keepLog(1);
    const importer = w.vfs.importer(REMOTE);
    importer.begin();
    const fault = failAfter(w, 0);
    const attributes = { mode: S_IFREG | 0o600, uid: 1, gid: 1, rdev: 0, mtimeSec: 5, mtimeNsec: 6 };
    let ino = 0;
    const done = attempt(() =>
      importer.run(() => {
        ino = importer.create({ ...attributes, xattrs: new Map() }, undefined);
        importer.link(1, 'made', { ino, displaced: 'stays' });
      }),
    );
    importer.end();
    t.notOk(done);
    w.vfs.unlink(w.root, 'made');
    fault.heal();
    w.vfs.flush();
    const told = w.rows(
      'SELECT ino, parent_ino AS parentIno, name, origin FROM afs_change ORDER BY parent_ino DESC',
    );
    t.match(
      told.filter((row) => (row as { name: string }).name === 'made' || (row as { ino: number }).ino === ino),
      [
        { ino: 0, parentIno: 1, name: 'made', origin: 0 },
        { ino, origin: 0 },
      ],
    );
    t.strictSame(w.vfs.check(), []);
  },
);

for (const known of [false, true]) {
  t.test(`a commit that fails in a pull leaves files whole${known ? ', open ones too' : ''}`, async (t) => {
    let commits = 0;
    while (commits < COMMITS_MAX) {
      let failed = false;
      await t.test(`after ${commits} commits`, async (t) => {
        failed = await pullWithFailure(t, commits, known);
      });
      if (!failed) break;
      commits += 1;
    }
    t.ok(commits > 3 && commits < COMMITS_MAX, `${commits} commits`);
  });
}
