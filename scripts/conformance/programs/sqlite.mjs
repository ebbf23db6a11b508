/**
 * SQLite, two processes that write and one that reads, with a write-ahead log (shared memory) and with a rollback journal (locks).
 */
const LIMIT_MS = 300_000;

/** Each transaction moves the counter and adds a row: a reader always sees as many rows as the counter says. */
const PROGRAM = `
import sqlite3, subprocess, sys
mode, count, role = sys.argv[1], int(sys.argv[2]), sys.argv[3]
def connect():
    db = sqlite3.connect("test.db", timeout=60, isolation_level=None)
    assert db.execute("PRAGMA journal_mode=" + mode).fetchone()[0] == mode
    return db
if role == "all":
    db = connect()
    db.execute("CREATE TABLE counter (n)")
    db.execute("CREATE TABLE log (who, n, filler)")
    db.execute("INSERT INTO counter VALUES (0)")
    children = [subprocess.Popen([sys.executable, sys.argv[0], mode, str(count), who]) for who in ("a", "b", "reader")]
    assert [child.wait() for child in children] == [0, 0, 0]
    assert db.execute("SELECT n FROM counter").fetchone() == (2 * count,)
    assert db.execute("SELECT who, count(*), max(n) FROM log GROUP BY who").fetchall() == [("a", count, count - 1), ("b", count, count - 1)]
    db.execute("VACUUM")
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
elif role == "reader":
    db = connect()
    seen = 0
    while seen < 2 * count:
        counter, rows = db.execute("SELECT (SELECT n FROM counter), (SELECT count(*) FROM log)").fetchone()
        assert counter == rows and counter >= seen, (counter, rows, seen)
        seen = counter
else:
    db = connect()
    for n in range(count):
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE counter SET n = n + 1")
        db.execute("INSERT INTO log VALUES (?, ?, ?)", (role, n, "x" * (n % 3000)))
        db.execute("COMMIT")
`;

export const sqlite = {
  name: 'sqlite',
  title: 'SQLite with a write-ahead log and with a rollback journal, three processes',
  needs: ['python3'],
  brief: true,
  async check(trial) {
    const count = trial.quick ? 60 : 1000;
    for (const [mode, what] of [
      ['wal', 'a write-ahead log'],
      ['delete', 'a rollback journal'],
      ['truncate', 'a truncated journal'],
    ]) {
      if (trial.quick && mode === 'truncate') continue;
      await trial.case(`two writers and a reader agree, with ${what}`, () =>
        trial.sh(
          `mkdir ${mode}; cd ${mode}; cat > program.py <<'END'${PROGRAM}END\npython3 program.py ${mode} ${count} all; ls`,
          {
            timeoutMs: LIMIT_MS,
          },
        ),
      );
    }
  },
};
