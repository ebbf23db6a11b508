/**
 * What a round asks of the base once for each changed file costs the same however large the base is. It went through all
 * entries of a remote: the planner prefers the primary key of a table WITHOUT ROWID, of which only the first column fits.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openDatabase, StoreReader } from '#src/store/index.js';

t.test('the entries of an inode are found without walking the base', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'agentfs-base-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'workspace.db');
  const db = openDatabase(path, { create: true });
  const insert = db.prepare('INSERT INTO afs_base_entry VALUES (1, 1, ?, ?, 1)');
  db.transaction(() => {
    for (let ino = 2; ino < 50_000; ino += 1) insert.run(`f${ino}`, ino);
  })();
  db.close();
  const reader = new StoreReader(path);
  t.teardown(() => reader.close());
  const timeOf = (count: number) => {
    const begun = performance.now();
    let found = 0;
    for (let ino = 2; ino < 2 + count; ino += 1) found += reader.baseEntriesOf(1, ino).length;
    t.equal(found, count);
    return (performance.now() - begun) / count;
  };
  timeOf(10);
  // A walk of 50 000 entries takes some milliseconds, a search some microseconds.
  t.ok(timeOf(100) < 1, 'well below a millisecond each');
  t.end();
});
