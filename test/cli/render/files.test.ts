import t from 'tap';
import { formatMode, formatNanoseconds, renderLongListing, renderStat } from '#src/cli/render/files.js';
import { makePalette } from '#src/cli/render/palette.js';
import { renderTree } from '#src/cli/render/tree.js';

const FILE = {
  kind: 'file',
  ino: 7,
  mode: 0o100644,
  nlink: 1,
  uid: 1000,
  gid: 100,
  size: 1536,
  atimeNs: 3_000_000_003n,
  mtimeNs: 1_705_314_600_000_000_005n,
  ctimeNs: 2_999_999_999n,
};

t.test('permissions are written as ls(1) does, set-id and sticky bits among them', async (t) => {
  const cases: [string, number, string][] = [
    ['directory', 0o755, 'drwxr-xr-x'],
    ['file', 0o644, '-rw-r--r--'],
    ['file', 0o4755, '-rwsr-xr-x'],
    ['file', 0o2644, '-rw-r-Sr--'],
    ['directory', 0o1777, 'drwxrwxrwt'],
    ['directory', 0o1776, 'drwxrwxrwT'],
    ['symlink', 0o777, 'lrwxrwxrwx'],
    ['fifo', 0, 'p---------'],
  ];
  for (const [kind, mode, text] of cases) t.equal(formatMode(kind, mode), text);
});

t.test('nanoseconds are shown with all nine digits', async (t) => {
  t.equal(formatNanoseconds(1_705_314_600_000_000_005n), '2024-01-15T10:30:00.000000005Z');
  t.equal(formatNanoseconds(-1n), '1969-12-31T23:59:59.999999999Z');
});

t.test('a long listing shows one file a line and is empty for an empty directory', async (t) => {
  t.equal(renderLongListing([]), '');
  const [, line] = renderLongListing([{ ...FILE, name: 'a\nb', mtime: '2024-01-15T10:30:00.000Z' }]).split(
    '\n',
  );
  t.equal(line, '-rw-r--r--      1  1.5 KiB  2024-01-15T10:30:00Z  a\\nb');
});

t.test('stat shows size in bytes and mode in octal', async (t) => {
  const text = renderStat('/x', FILE);
  t.match(text, 'Size: 1536 (1.5 KiB)');
  t.match(text, 'Mode: -rw-r--r-- (0644)');
});

t.test('a tree is drawn with its counts', async (t) => {
  const tree = {
    name: '/',
    kind: 'directory',
    children: [
      { name: 'a', kind: 'directory', children: [{ name: 'b', kind: 'file', size: 1 }] },
      { name: 'c', kind: 'symlink' },
    ],
  };
  t.equal(renderTree(tree, makePalette(false)), '/\n├── a/\n│   └── b\n└── c@\n\n1 directory, 2 files');
});
