/**
 * What developers do all day, as shell scripts: each is timed on a plain ext4, on passthrough_ll over that ext4 and on ours.
 *
 * A script runs in a directory of its own column and round, with `$M` the material (materials.mjs); rows run in this
 * order, since most work on what others left. passthrough_ll holds a descriptor for each inode that the kernel knows, so
 * what nobody needs any more is removed, outside of the time.
 */

/** One byte written in the middle of 500 files: an edit as an editor that writes in place makes it. */
const EDITS = `python3 -c '
import os
names = sorted(os.path.join(d, f) for d, _, fs in os.walk("tree") for f in fs)[:500]
for name in names:
    fd = os.open(name, os.O_WRONLY); os.pwrite(fd, b"x", 100); os.close(fd)'`;

const APPENDS = `python3 -c '
import os
fd = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for _ in range(20000): os.write(fd, b"x" * 99 + b"\\n")
os.close(fd)'`;

const APPENDS_DURABLE = `python3 -c '
import os
fd = os.open("journal", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for _ in range(300): os.write(fd, b"x" * 99 + b"\\n"); os.fsync(fd)
os.close(fd)'`;

function sqlite(mode) {
  return `python3 -c '
import sqlite3
db = sqlite3.connect("${mode}.db", isolation_level=None)
db.execute("pragma journal_mode = ${mode}")
db.execute("create table t(id integer primary key, v text)")
for i in range(200): db.execute("insert into t(v) values (?)", ("v" * 200,))
db.execute("begin")
for i in range(5000): db.execute("insert into t(v) values (?)", ("w" * 200,))
db.execute("commit")
assert db.execute("select count(*) from t").fetchone()[0] == 5200
db.close()'`;
}

const GIT = 'git -c user.name=bench -c user.email=bench@localhost -c gc.auto=0';

/** `{ name, title, script, after? }`: `after` runs outside of the time. */
export const WORKLOADS = [
  { name: 'git-clone', title: 'git clone, 1 000 files', script: `${GIT} clone -q "$M/repository" clone` },
  { name: 'git-status', title: 'git status', script: `${GIT} -C clone status --porcelain` },
  {
    name: 'git-commit',
    title: 'git commit of 100 changed files',
    script: `cd clone; for f in $(git ls-files | head -100); do echo changed >> $f; done; ${GIT} commit -qam changed`,
  },
  {
    name: 'git-grep',
    title: 'git grep',
    script: 'cd clone; git grep -c needle > /dev/null || true',
    after: 'rm -rf clone',
  },
  {
    name: 'npm-ci',
    title: 'npm ci, 5 000 files',
    script:
      'cp "$M/project/package.json" "$M/project/package-lock.json" .; npm ci --offline --silent --no-audit --no-fund --cache "$M/npm-cache"',
    after: 'rm -rf node_modules package.json package-lock.json',
  },
  { name: 'tar-x', title: 'tar x, 5 000 small files', script: 'tar xf "$M/tree.tar"' },
  { name: 'tar-c', title: 'tar c of them', script: 'tar cf - tree | cat > /dev/null' },
  { name: 'grep-r', title: 'grep -r', script: 'grep -r needle tree > /dev/null || true' },
  { name: 'find', title: 'find -size', script: 'find tree -size +1000k' },
  { name: 'du', title: 'du -s', script: 'du -s tree' },
  { name: 'cp-r', title: 'cp -r', script: 'cp -r tree copy' },
  { name: 'mv', title: 'mv of each', script: 'mkdir moved; mv copy/* moved/' },
  { name: 'edits', title: '500 edits of one byte', script: EDITS },
  { name: 'rm-rf', title: 'rm -rf, 10 000 files', script: 'rm -rf tree moved copy' },
  { name: 'appends', title: '20 000 appends of 100 B', script: APPENDS },
  { name: 'appends-fsync', title: '300 x append + fsync', script: APPENDS_DURABLE },
  { name: 'sqlite-wal', title: 'SQLite in WAL mode', script: sqlite('wal') },
  { name: 'sqlite-rollback', title: 'SQLite with rollback journal', script: sqlite('delete') },
  {
    name: 'make-j2',
    title: 'make -j2, 40 C files',
    script: 'cp -r "$M/program" .; make -s -j2 -C program',
    after: 'rm -rf program',
  },
  {
    name: 'dd',
    title: 'dd, 512 MiB',
    script: 'dd if=/dev/zero of=big bs=1M count=512 status=none',
    after: 'rm -f big',
  },
];

export const WORKLOAD_NAMES = WORKLOADS.map(({ name }) => name);

/** What each row works on, transitively. */
const NEEDS = {
  'git-status': ['git-clone'],
  'git-commit': ['git-clone'],
  'git-grep': ['git-clone'],
  'tar-c': ['tar-x'],
  'grep-r': ['tar-x'],
  find: ['tar-x'],
  du: ['tar-x'],
  'cp-r': ['tar-x'],
  mv: ['tar-x', 'cp-r'],
  edits: ['tar-x'],
  'rm-rf': ['tar-x', 'cp-r'],
};

/** The rows to run for the wanted ones, in order, with whether their figure is wanted. */
export function planWorkloads(wanted) {
  const needed = new Set(wanted.flatMap((name) => [...(NEEDS[name] ?? []), name]));
  return WORKLOADS.filter(({ name }) => needed.has(name)).map((row) => ({
    row,
    reported: wanted.includes(row.name),
  }));
}
