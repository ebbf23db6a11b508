/** The check: each sort of damage is planted into a sound workspace, and must be found with a path and a remedy. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import { checkDatabase, type Finding, openDatabase } from '#src/store/index.js';
import { openVfs } from '#src/vfs/index.js';

interface Sample {
  readonly path: string;
  readonly dir: number;
  readonly inner: number;
  readonly file: number;
  readonly linked: number;
  readonly symlink: number;
}

const OWNER = { uid: 0, gid: 0 };

async function makeSample(t: Test): Promise<Sample> {
  const folder = mkdtempSync(join(tmpdir(), 'agentfs-check-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'workspace.db');
  const vfs = openVfs(path, { create: true });
  const root = vfs.inode(1);
  const dir = vfs.create(root, 'dir', { ...OWNER, mode: 0o040755 });
  const inner = vfs.create(dir, 'inner', { ...OWNER, mode: 0o040755 });
  const file = vfs.create(inner, 'file', { ...OWNER, mode: 0o100644 });
  vfs.write(file, 0, Buffer.alloc(200_000, 1));
  vfs.setxattr(file, 'user.a', { data: Buffer.from('1'), flags: 0 });
  const linked = vfs.create(root, 'one', { ...OWNER, mode: 0o100644 });
  vfs.link(linked, dir, 'two');
  const symlink = vfs.create(dir, 'link', { ...OWNER, mode: 0o120777, target: 'x' });
  const orphan = vfs.create(root, 'orphan', { ...OWNER, mode: 0o100644 });
  vfs.rememberNode(orphan);
  vfs.unlink(root, 'orphan');
  await vfs.close();
  const inos = { dir: dir.ino, inner: inner.ino, file: file.ino, linked: linked.ino, symlink: symlink.ino };
  return { path, ...inos };
}

/** What the check finds after `damage`, which is SQL. */
async function findingsAfter(t: Test, damage: (sample: Sample) => string): Promise<[Finding[], Sample]> {
  const sample = await makeSample(t);
  const db = new Sqlite(sample.path);
  t.teardown(() => db.close());
  t.strictSame(checkDatabase(db), [], 'sound before, with an orphan');
  db.exec(damage(sample));
  const findings = checkDatabase(db);
  for (const finding of findings) t.ok(finding.remedy.length > 10, `a remedy for: ${finding.what}`);
  return [findings, sample];
}

t.test('an entry without an inode is found by its path', async (t) => {
  const [findings, s] = await findingsAfter(t, ({ dir }) => {
    return `INSERT INTO fs_dentry(name, parent_ino, ino) VALUES ('ghost', ${dir}, 4242)`;
  });
  t.match(findings, [{ what: /inode 4242, which is not there/, ino: 4242, path: '/dir/ghost' }]);
  t.equal(findings.length, 1);
  t.ok(s.dir);
});

t.test('an entry in what is no directory is found', async (t) => {
  const [findings] = await findingsAfter(
    t,
    ({ linked, file }) => `
      INSERT INTO fs_dentry(name, parent_ino, ino) VALUES ('below', ${linked}, ${file});
      UPDATE fs_inode SET nlink = 2 WHERE ino = ${file}`,
  );
  t.match(findings, [{ what: /is no directory/ }]);
  t.equal(findings.length, 1);
});

t.test('an inode without a name is found, an orphan is not', async (t) => {
  const [findings] = await findingsAfter(
    t,
    () => 'INSERT INTO fs_inode(ino, mode, nlink, atime, mtime, ctime) VALUES (777, 33188, 0, 0, 0, 0)',
  );
  t.match(findings, [{ what: /no name/, ino: 777 }]);
  t.equal(findings.length, 1);
  t.equal(findings[0]!.path, undefined);
});

t.test('wrong link counts of files, directories and the root are found', async (t) => {
  const [findings, s] = await findingsAfter(
    t,
    ({ dir, linked }) => `UPDATE fs_inode SET nlink = 9 WHERE ino IN (1, ${dir}, ${linked})`,
  );
  t.same(
    findings.map(({ ino, path, what }) => [ino, path, what]),
    [
      [s.linked, '/one', 'the file says that it has 9 names, and has 2'],
      [1, '/', 'the directory says that it has 9 links, and has 3'],
      [s.dir, '/dir', 'the directory says that it has 9 links, and has 3'],
    ],
  );
});

t.test('a directory in two places is found', async (t) => {
  const [findings, s] = await findingsAfter(
    t,
    ({ inner }) => `
      INSERT INTO fs_dentry(name, parent_ino, ino) VALUES ('again', 1, ${inner});
      UPDATE fs_inode SET nlink = nlink + 1 WHERE ino = 1`,
  );
  t.match(findings, [{ what: /stands in 2 places/, ino: s.inner }]);
  t.equal(findings.length, 1);
});

t.test('a directory inside itself is found, once a cycle', async (t) => {
  const [findings, s] = await findingsAfter(
    t,
    ({ dir, inner }) => `
      UPDATE fs_dentry SET parent_ino = ${inner} WHERE ino = ${dir};
      UPDATE fs_inode SET nlink = nlink - 1 WHERE ino = 1;
      UPDATE fs_inode SET nlink = nlink + 1 WHERE ino = ${inner}`,
  );
  t.match(findings, [{ what: 'the directory is inside itself' }]);
  t.equal(findings.length, 1);
  t.ok([s.dir, s.inner].includes(findings[0]!.ino!));
});

t.test('chunks past the end, hanging over it, negative and too long are found', async (t) => {
  const [findings, s] = await findingsAfter(
    t,
    ({ file, linked }) => `
      INSERT INTO fs_data VALUES (${file}, 50, x'01');
      INSERT INTO fs_data VALUES (${file}, -1, x'01');
      UPDATE fs_data SET data = zeroblob(65536) WHERE ino = ${file} AND chunk_index = 3;
      UPDATE fs_inode SET size = 100000 WHERE ino = ${linked};
      INSERT INTO fs_data VALUES (${linked}, 0, zeroblob(65537))`,
  );
  t.same(
    findings.map(({ ino, path, what }) => [ino, path, what]).sort(),
    [
      [s.file, '/dir/inner/file', 'chunk -1 lies past the end of the file (200000 bytes)'],
      [s.file, '/dir/inner/file', 'chunk 3 lies past the end of the file (200000 bytes)'],
      [s.file, '/dir/inner/file', 'chunk 50 lies past the end of the file (200000 bytes)'],
      [s.linked, '/one', 'chunk 0 has 65537 bytes: more than a chunk holds'],
    ].sort(),
  );
});

t.test('content, targets and attributes of no inode are found, and a link without a target', async (t) => {
  const [findings, s] = await findingsAfter(
    t,
    ({ symlink }) => `
      INSERT INTO fs_data VALUES (900, 0, x'01');
      INSERT INTO fs_symlink VALUES (901, 'x');
      INSERT INTO afs_xattr VALUES (902, 'user.a', x'01');
      DELETE FROM fs_symlink WHERE ino = ${symlink}`,
  );
  t.match(findings, [
    { what: /fs_data has rows of inode 900/ },
    { what: /fs_symlink has rows of inode 901/ },
    { what: /afs_xattr has rows of inode 902/ },
    { what: /no target/, ino: s.symlink, path: '/dir/link' },
  ]);
  t.equal(findings.length, 4);
});

t.test('two entries of one name are found, where the table of another program allows them', async (t) => {
  const [findings] = await findingsAfter(
    t,
    ({ dir, linked }) => `
      ALTER TABLE fs_dentry RENAME TO old_dentry;
      CREATE TABLE fs_dentry (id INTEGER PRIMARY KEY, name TEXT, parent_ino INTEGER, ino INTEGER);
      INSERT INTO fs_dentry SELECT id, name, parent_ino, ino FROM old_dentry;
      DROP TABLE old_dentry;
      INSERT INTO fs_dentry(name, parent_ino, ino) VALUES ('two', ${dir}, ${linked});
      UPDATE fs_inode SET nlink = 3 WHERE ino = ${linked}`,
  );
  t.match(findings, [{ what: /2 entries of one directory have this name/, path: '/dir/two' }]);
  t.equal(findings.length, 1);
});

t.test('a lost root and a lost table are found', async (t) => {
  const [findings] = await findingsAfter(t, () => 'DELETE FROM fs_inode WHERE ino = 1; DROP TABLE afs_xattr');
  const whats = findings.map((finding) => finding.what).join('\n');
  t.match(whats, /root directory is missing/);
  t.match(whats, /no such table: afs_xattr/);
});

t.test('a thousand findings of one sort are a hundred, and a word that there are more', async (t) => {
  const [findings] = await findingsAfter(
    t,
    () => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
           INSERT INTO fs_symlink SELECT 10000 + i, 'x' FROM n`,
  );
  t.equal(findings.length, 101);
  t.match(findings.at(-1), { what: /more/ });
});

/** A remote that was told everything up to row 5 of the log, and has all that is there. */
const TOLD = `
  INSERT INTO afs_remote(id, name, url, config, incarnation, cursor, pushed_seq, state)
    VALUES (1, 'origin', 'file:x', '{}', 'i', 1, 5, '{}');
  INSERT INTO afs_base_node SELECT 1, ino, randomblob(16), 1, 'a', 0,
    CASE mode & 61440 WHEN 16384 THEN 'directory' WHEN 40960 THEN 'symlink' ELSE 'file' END,
    mode & 4095, uid, gid, rdev, size, mtime, mtime_nsec, '', '' FROM fs_inode WHERE nlink > 0;
  INSERT INTO afs_base_entry SELECT 1, parent_ino, name, ino, 1 FROM fs_dentry;`;
const log = (seq: number, row: { ino: number; parent?: number; name?: string; what: number }) =>
  `INSERT INTO afs_change VALUES (${seq}, 0, 0, ${row.ino}, ${row.parent ?? 0}, '${row.name ?? ''}', ${row.what}, 0, 0);`;

t.test('what a remote was never told of, and the change log does not tell either, is found', async (t) => {
  const cases: readonly (readonly [what: RegExp, path: string, damage: (sample: Sample) => string])[] = [
    [/was made/, '/one', ({ linked }) => `DELETE FROM afs_base_node WHERE ino = ${linked}`],
    [
      /content was changed/,
      '/dir/inner/file',
      ({ file }) => `UPDATE afs_base_node SET size = 7 WHERE ino = ${file}`,
    ],
    [/got this name/, '/dir/two', () => `DELETE FROM afs_base_entry WHERE name = 'two'`],
    [/lost this name/, '/gone', ({ file }) => `INSERT INTO afs_base_entry VALUES (1, 1, 'gone', ${file}, 1)`],
    [/never given out/, '', () => log(9, { ino: 4242, what: 1 })],
  ];
  for (const [what, path, damage] of cases) {
    const [findings] = await findingsAfter(t, (sample) => TOLD + damage(sample));
    t.match(findings, [{ what, ...(path === '' ? {} : { path }) }], String(what));
    t.equal(findings.length, 1, String(what));
  }
});

t.test('what the change log tells, and what filters keep from a remote, is no finding', async (t) => {
  const changed = ({ linked, file, dir }: Sample) => `${TOLD}
    DELETE FROM afs_base_node WHERE ino = ${linked}; ${log(6, { ino: linked, what: 1 })}
    UPDATE afs_base_node SET size = 7 WHERE ino = ${file}; ${log(7, { ino: file, what: 2 })}
    DELETE FROM afs_base_entry WHERE name = 'two'; ${log(8, { ino: linked, parent: dir, name: 'two', what: 8 })}`;
  t.same((await findingsAfter(t, changed))[0], []);
  const before = ({ linked }: Sample) =>
    `${TOLD} DELETE FROM afs_base_node WHERE ino = ${linked}; ${log(4, { ino: linked, what: 1 })}`;
  t.equal((await findingsAfter(t, before))[0].length, 1, 'a row that was pushed tells nothing');
  const filtered = (sample: Sample) =>
    `${before(sample)} UPDATE afs_remote SET config = '{"exclude":["one"]}'`;
  t.same((await findingsAfter(t, filtered))[0], []);
});

t.test('flipped bytes in pages are found, and nothing throws, wherever they are', async (t) => {
  const { path } = await makeSample(t);
  const sound = readFileSync(path);
  let found = 0;
  for (let page = 1; page < sound.length / 16_384; page += 1) {
    const bytes = Buffer.from(sound);
    bytes.fill(0xff, page * 16_384, page * 16_384 + 64);
    writeFileSync(path, bytes);
    const db = openDatabase(path, { readOnly: true });
    if (checkDatabase(db).length > 0) found += 1;
    db.close();
  }
  t.ok(found >= 10, `damage in ${found} of ${sound.length / 16_384 - 1} pages was found`);
});

t.test('the check of a running filesystem sees what is pending', async (t) => {
  const { path } = await makeSample(t);
  const vfs = openVfs(path);
  for (let i = 0; i < 100; i += 1) vfs.create(vfs.inode(1), `file-${i}`, { ...OWNER, mode: 0o100644 });
  vfs.unlink(vfs.inode(1), 'one');
  t.strictSame(vfs.check(), []);
  await vfs.close();
});
