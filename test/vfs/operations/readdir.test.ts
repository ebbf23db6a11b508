/** readdir: cookies are stable, and what is there throughout is seen exactly once, whatever happens meanwhile. */
import t from 'tap';
import { type Attributes, RENAME_EXCHANGE } from '#src/vfs/index.js';
import { codeOf, type ScratchWorkspace, scratch } from '../scratch-workspace.js';

/** Reads in pieces of `size`, as the kernel does, with something done between two. */
function readInPieces(
  w: ScratchWorkspace,
  directory: Attributes,
  options: { size: number; between: (piece: number) => void },
): string[] {
  const seen: string[] = [];
  for (let cookie = 0, piece = 0; ; piece += 1) {
    let taken = 0;
    w.vfs.readdir(directory, cookie, (entry) => {
      if (taken === options.size) return false;
      taken += 1;
      t.ok(entry.cookie > cookie && entry.cookie > 2, 'cookies only grow');
      cookie = entry.cookie;
      seen.push(entry.name);
      return true;
    });
    if (taken === 0) return seen;
    options.between(piece);
  }
}

function fill(w: ScratchWorkspace, count: number): string[] {
  const names = Array.from({ length: count }, (_, i) => `entry-${i}`);
  for (const name of names) w.file(name);
  return names;
}

t.test(
  'readdir gives names, kinds and inode numbers in the order of making, and nothing twice',
  async (t) => {
    const w = scratch(t);
    const dir = w.directory('dir');
    const file = w.file('file');
    w.symlink('link', 'x');
    await w.reopen();
    const seen: unknown[] = [];
    w.vfs.readdir(w.root, 0, ({ name, ino, type }) => seen.push([name, ino, type]) > 0);
    t.strictSame(seen, [
      ['dir', dir.ino, 0o040000],
      ['file', file.ino, 0o100000],
      ['link', file.ino + 1, 0o120000],
    ]);
    t.equal(
      codeOf(() => w.vfs.readdir(w.vfs.inode(file.ino), 0, () => true)),
      'ENOTDIR',
    );
  },
);

t.test('a listing goes on from a cookie after a commit, and after reopening', async (t) => {
  const w = scratch(t);
  const names = fill(w, 20);
  const cookies: number[] = [];
  w.vfs.readdir(w.root, 0, (entry) => cookies.push(entry.cookie) > 0);
  w.vfs.flush();
  const after: string[] = [];
  w.vfs.readdir(w.root, cookies[9]!, (entry) => after.push(entry.name) > 0);
  t.strictSame(after, names.slice(10));
  await w.reopen();
  const again: number[] = [];
  w.vfs.readdir(w.root, 0, (entry) => again.push(entry.cookie) > 0);
  t.strictSame(again, cookies);
});

t.test('removing what was read, as rm -r does, misses nothing', (t) => {
  const w = scratch(t);
  const names = fill(w, 200);
  const removed: string[] = [];
  const left = new Set(names);
  const seen = readInPieces(w, w.root, {
    size: 7,
    between: () => {
      for (const name of w.names(w.root).slice(0, 5)) {
        w.vfs.unlink(w.root, name);
        removed.push(name);
        left.delete(name);
      }
      w.vfs.flush();
    },
  });
  t.strictSame(seen, names.slice(0, seen.length), 'in order, each once');
  t.equal(seen.length, 200);
  t.strictSame([...left], w.names(w.root));
  t.end();
});

t.test(
  'what is there throughout is seen exactly once while names come, go, are replaced and exchanged',
  (t) => {
    const w = scratch(t);
    const names = fill(w, 120);
    const seen = readInPieces(w, w.root, {
      size: 6,
      between: (piece) => {
        if (piece >= 20) return;
        w.file(`new-${piece}`);
        w.file('.tmp', String(piece));
        w.vfs.rename(w.root, '.tmp', { directory: w.root, name: `entry-${piece}`, flags: 0 });
        w.vfs.rename(w.root, `entry-${piece}`, {
          directory: w.root,
          name: `entry-${119 - piece}`,
          flags: RENAME_EXCHANGE,
        });
        if (piece % 3 === 0) w.vfs.flush();
      },
    });
    const counts = new Map<string, number>();
    for (const name of seen) counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const name of names)
      if (counts.get(name) !== 1) t.fail(`${name} was seen ${counts.get(name)} times`);
    t.ok(
      [...counts.values()].every((count) => count === 1),
      'nothing is seen twice',
    );
    t.end();
  },
);

t.test('a directory that falls out of memory between two pieces goes on where it was', async (t) => {
  const w = scratch(t);
  const names = fill(w, 150);
  const other = w.directory('other');
  for (let i = 0; i < 150; i += 1) w.file(`x-${i}`, '', other);
  await w.reopen();
  const seen = readInPieces(w, w.root, {
    size: 10,
    between: () => void w.names(w.vfs.lookup(w.root, 'other')!),
  });
  t.strictSame(seen, [...names, 'other']);
});

t.test('an entry made while a listing runs has a cookie above all that were there', (t) => {
  const w = scratch(t);
  fill(w, 3);
  const seen: string[] = [];
  w.vfs.readdir(w.root, 0, (entry) => {
    if (seen.length < 3) w.file(`made-${seen.length}`);
    seen.push(entry.name);
    return true;
  });
  t.strictSame(seen.slice(0, 3), ['entry-0', 'entry-1', 'entry-2']);
  t.equal(new Set(seen).size, seen.length);
  t.end();
});

t.test('a removed directory that is still open lists nothing, also after the commit', (t) => {
  const w = scratch(t);
  const dir = w.directory('dir');
  w.file('x', '', dir);
  w.vfs.flush();
  w.vfs.rememberNode(dir);
  w.vfs.unlink(dir, 'x');
  w.vfs.rmdir(w.root, 'dir');
  t.strictSame(w.names(dir), []);
  w.vfs.flush();
  t.strictSame(w.names(dir), []);
  t.end();
});
