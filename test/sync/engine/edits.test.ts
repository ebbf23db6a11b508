/**
 * Edits, moves and removals that one agent made are the other's after a push and a pull, whichever of the two it was.
 */
import t from 'tap';
import { RENAME_EXCHANGE } from '#src/vfs/index.js';
import { fileRemote, pair, settle } from './agent.js';
import { Room } from './room.js';

t.setTimeout(120_000);

/** What is there before each story. */
function begin(a: Room): void {
  a.mkdir('/d');
  a.mkdir('/d/sub');
  a.mkdir('/e');
  for (const name of ['one', 'two', 'three']) a.write(`/d/${name}`, `content of ${name}`);
  a.write('/d/sub/deep', 'deep');
  a.link('/d/one', '/e/one-again');
  a.symlink('one', '/d/link');
}

const STORIES: Readonly<Record<string, (room: Room) => void>> = {
  'a file edited in place': (a) => a.writeAt('/d/one', 3, 'XYZ'),
  'a file cut short, and one grown': (a) => {
    a.setattr('/d/one', { size: 2 });
    a.setattr('/d/two', { size: 100_000 });
  },
  'a file replaced as an editor does': (a) => a.replace('/d/one', 'new content'),
  'attributes alone': (a) => {
    a.setattr('/d/one', { mode: 0o600, uid: 5, gid: 6, mtime: { sec: -1, nsec: 5 } });
    a.setxattr('/d', 'user.x', 'y');
  },
  'a file removed': (a) => a.unlink('/d/two'),
  'one of two names removed': (a) => a.unlink('/d/one'),
  'a file named once more': (a) => a.link('/d/two', '/e/two-again'),
  'a file renamed': (a) => a.rename('/d/two', '/d/zwei'),
  'a file moved into a new directory': (a) => {
    a.mkdir('/new');
    a.rename('/d/two', '/new/two');
  },
  'a file renamed over another': (a) => a.rename('/d/two', '/d/three'),
  'two files that change their names': (a) => a.rename('/d/two', '/d/three', RENAME_EXCHANGE),
  'two directories that change their names': (a) => a.rename('/d', '/e', RENAME_EXCHANGE),
  'names handed on as in log rotation': (a) => {
    a.unlink('/d/three');
    a.rename('/d/two', '/d/three');
    a.rename('/d/one', '/d/two');
    a.write('/d/one', 'fresh');
  },
  'a directory renamed': (a) => a.rename('/d', '/moved'),
  'a directory moved into another': (a) => a.rename('/d', '/e/d'),
  'a directory that changes places with its child': (a) => {
    a.rename('/d/sub', '/sub');
    a.rename('/d', '/sub/d');
  },
  'a directory removed with all in it': (a) => a.remove('/d'),
  'a file in place of a directory': (a) => {
    a.remove('/d');
    a.write('/d', 'a file now');
  },
  'a directory in place of a file': (a) => {
    a.unlink('/d/two');
    a.mkdir('/d/two');
    a.write('/d/two/inside', 'x');
  },
  'a symlink in place of a directory': (a) => {
    a.rename('/d', '/real');
    a.symlink('real', '/d');
  },
  'a directory replaced by an empty one of its name': (a) => {
    a.remove('/d');
    a.mkdir('/d');
  },
  'a tree moved, edited and thinned out': (a) => {
    a.rename('/d', '/e/d');
    a.write('/e/d/sub/deep', 'edited after the move');
    a.unlink('/e/d/two');
    a.rename('/e/d/three', '/three');
    a.mkdir('/e/d/new');
    a.write('/e/d/new/file', 'new');
  },
};

for (const batchSize of [10_000, 1]) {
  t.test(`in commits of ${batchSize}`, async (t) => {
    const { a: maker, b: taker } = await pair(t, { url: fileRemote(t) }, { batchSize });
    // Once the one that made the files changes them, once the one that got them.
    const [a, b] = batchSize === 1 ? [taker, maker] : [maker, taker];
    const stories = Object.entries(STORIES);
    for (const [index, [name, story]] of stories.entries()) {
      await t.test(name, async (t) => {
        // The last one is told at the root, the others each in a directory.
        const at = index === stories.length - 1 ? '' : `/${index}`;
        if (at !== '') maker.mkdir(at);
        begin(new Room(maker, at));
        await maker.engine.push();
        await taker.engine.pull();
        t.equal(taker.tree(), maker.tree());
        story(new Room(a, at));
        const before = a.tree();
        await a.engine.push();
        t.equal(a.tree(), before, 'a push changes nothing here');
        await b.engine.pull();
        t.equal(b.tree(), before);
        b.write(`/mark-${index}`, 'and now the other way');
        await b.engine.push();
        await a.engine.pull();
        t.equal(a.tree(), b.tree());
        t.match(await a.engine.push(), { pushed: 0, rowsWritten: 0 });
        t.match(await b.engine.pull(), { pulled: 0, conflicts: [] });
      });
    }
  });
}

t.test(
  'a directory of 1 000 files is renamed by fewer than 10 rows, and removed by one commit',
  async (t) => {
    const { a, b } = await pair(t, { url: fileRemote(t) });
    a.mkdir('/many');
    for (let i = 0; i < 1000; i += 1) a.write(`/many/${i}`, `${i}`);
    await a.engine.push();
    await b.engine.pull();
    b.rename('/many', '/renamed');
    const report = await b.engine.push();
    t.ok(report.rowsWritten < 10, `${report.rowsWritten} rows`);
    await a.engine.pull();
    t.equal(a.tree(), b.tree());
    a.remove('/renamed');
    await a.engine.push({ force: true });
    await b.engine.pull({ force: true });
    t.same(b.names(''), []);
  },
);

t.test('a file is moved into a directory that the other side has just made', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  a.write('/f', 'f');
  await settle(a, b);
  a.mkdir('/new');
  await a.engine.push();
  b.write('/elsewhere', 'so that both have something to say');
  await b.engine.pull();
  b.rename('/f', '/new/f');
  a.writeAt('/f', 0, 'F');
  await settle(b, a);
  t.equal(b.read('/new/f'), 'F', 'moved there and edited here');
  t.equal(a.tree(), b.tree());
});

t.test('what both made alike in the meantime is one and the same', async (t) => {
  const { a, b } = await pair(t, { url: fileRemote(t) });
  for (const agent of [a, b]) {
    agent.mkdir('/src');
    agent.write('/src/same', 'equal');
    agent.write(`/src/of-${agent.id.slice(0, 8)}`, 'mine');
  }
  await settle(a, b);
  t.equal(a.names('/src').length, 3);
  t.equal(a.tree(), b.tree());
  a.write('/src/same', 'edited');
  await settle(a, b);
  t.equal(b.read('/src/same'), 'edited');
});
