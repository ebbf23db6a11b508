/**
 * A child's work: SQLite on the mount. `write FILE LOG MODE SEED` commits transactions and tells LOG the number of each after its
 * commit has returned; `check FILE` prints what is there.
 *
 * A transaction n adds rows and keeps a sum over all of them beside, so that half of one would show.
 */
import { appendFileSync } from 'node:fs';
import process from 'node:process';
import Sqlite from 'better-sqlite3';
import { bytesOf, Random } from './random.mjs';

const [task, file, log, mode, seed] = process.argv.slice(2);
const db = new Sqlite(file, { timeout: 10_000 });

if (task === 'check') {
  const integrity = db.pragma('integrity_check').map((row) => row.integrity_check);
  const last = db.prepare('SELECT n, rows, bytes FROM sum').get();
  const rows = db.prepare('SELECT count(*) AS rows, coalesce(sum(length(data)), 0) AS bytes FROM item').get();
  const newest = db
    .prepare('SELECT count(*) AS rows, max(total) AS total FROM item WHERE n = ?')
    .get(last?.n ?? 0);
  process.stdout.write(JSON.stringify({ integrity, last, rows, newest }));
} else {
  // EXTRA: in DELETE mode FULL does not sync the directory after the journal is gone, so a commit may be undone by a crash.
  db.pragma('synchronous = EXTRA');
  db.pragma(`journal_mode = ${mode}`);
  db.exec(`CREATE TABLE IF NOT EXISTS item(n INTEGER, part INTEGER, total INTEGER, data BLOB);
    CREATE INDEX IF NOT EXISTS item_by_n ON item(n);
    CREATE TABLE IF NOT EXISTS sum(id INTEGER PRIMARY KEY CHECK (id = 1), n INTEGER, rows INTEGER, bytes INTEGER);
    INSERT OR IGNORE INTO sum VALUES (1, 0, 0, 0)`);
  const random = new Random(seed);
  const insert = db.prepare('INSERT INTO item VALUES (?, ?, ?, ?)');
  const forget = db.prepare('DELETE FROM item WHERE n <= ?');
  const sum = db.prepare(
    'UPDATE sum SET n = ?, rows = (SELECT count(*) FROM item), bytes = (SELECT coalesce(sum(length(data)), 0) FROM item)',
  );
  process.stdout.write('ready\n');
  let n = db.prepare('SELECT n FROM sum').get().n;
  for (;;) {
    n += 1;
    const parts = random.between(1, 30);
    const large = random.chance(0.05);
    db.transaction(() => {
      for (let part = 1; part <= parts; part += 1) {
        insert.run(n, part, parts, bytesOf(n * 64 + part, random.between(1, large ? 20_000 : 500)));
      }
      if (n % 20 === 0) forget.run(n - 60);
      sum.run(n);
    })();
    appendFileSync(log, `${n}\n`);
    if (random.chance(0.01)) db.exec('VACUUM');
  }
}
