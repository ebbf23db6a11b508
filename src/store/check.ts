/**
 * Says what is wrong inside a workspace database, for `agentfs doctor --check`. Reads only; repairs nothing.
 *
 * SQLite's own check comes first. Then what SQLite cannot know: every entry means an inode, every inode has its entries
 * (or is an orphan), link counts are the entries there are, directories are a tree, content lies inside its file, and
 * the change log tells every remote of all that it lacks.
 * What one program may not have finished is no damage: orphans stand in afs_orphan and are swept at the next opening.
 */
import Sqlite, { type Database } from 'better-sqlite3';
import { findLogGaps } from './check-change-log.js';

const { SqliteError } = Sqlite;

/** How many findings of one sort are told, before it is said that there are more. */
const FINDINGS_OF_A_SORT = 100;

export interface Finding {
  /** One sentence: what is wrong. */
  readonly what: string;
  readonly ino?: number;
  /** Where in the workspace, as far as that can be told. */
  readonly path?: string;
  /** What to do. */
  readonly remedy: string;
}

interface Entry {
  readonly parentIno: number;
  readonly name: string;
}

interface Suspect {
  readonly ino: number;
  readonly parentIno?: number | null;
  readonly name?: string | null;
  readonly found?: number | string | null;
  readonly expected?: number | string | null;
}

/** A query whose every row is a finding. */
interface Rule {
  readonly sql: string;
  readonly what: (row: Suspect) => string;
  readonly remedy: string;
}

const RESTORE = 'Create a new workspace and pull from the remote, or copy what can be read into a new one.';
const REMOVE_NAME = 'Remove this name; its file is lost here, but may still be on the remote.';
const LOOK_AGAIN =
  'Compare everything anew: agentfs sync reset <workspace>, then agentfs sync push <workspace>.';
const COPY = 'Copy the file to a new name and remove the old one.';

const RULES: readonly Rule[] = [
  {
    sql: 'SELECT 1 AS ino WHERE NOT EXISTS (SELECT 1 FROM fs_inode WHERE ino = 1 AND (mode & 61440) = 16384)',
    what: () => 'the root directory is missing',
    remedy: RESTORE,
  },
  {
    sql: `SELECT d.ino, d.parent_ino AS parentIno, d.name FROM fs_dentry d
          WHERE NOT EXISTS (SELECT 1 FROM fs_inode i WHERE i.ino = d.ino)`,
    what: (row) => `an entry means inode ${row.ino}, which is not there`,
    remedy: REMOVE_NAME,
  },
  {
    sql: `SELECT d.ino, d.parent_ino AS parentIno, d.name FROM fs_dentry d
          WHERE NOT EXISTS (SELECT 1 FROM fs_inode i WHERE i.ino = d.parent_ino AND (i.mode & 61440) = 16384)`,
    what: (row) => `an entry stands in inode ${row.parentIno}, which is no directory`,
    remedy: RESTORE,
  },
  {
    sql: `SELECT ino, parent_ino AS parentIno, name, count(*) AS found FROM fs_dentry NOT INDEXED
          GROUP BY parent_ino, name HAVING count(*) > 1`,
    what: (row) => `${row.found} entries of one directory have this name`,
    remedy: 'Rename it until every one of them has a name of its own.',
  },
  {
    sql: `SELECT ino FROM fs_inode WHERE ino <> 1 AND ino NOT IN (SELECT ino FROM fs_dentry)
          AND ino NOT IN (SELECT ino FROM afs_orphan) AND ino NOT IN (SELECT ino FROM afs_kept)`,
    what: () => 'an inode has no name, and is not waiting to be removed',
    remedy:
      'Its content takes space and cannot be reached: copy the files to a new workspace to be rid of it.',
  },
  {
    sql: `SELECT i.ino, i.nlink AS found, count(d.ino) AS expected FROM fs_inode i
          LEFT JOIN fs_dentry d ON d.ino = i.ino WHERE (i.mode & 61440) <> 16384
          GROUP BY i.ino HAVING i.nlink <> count(d.ino)`,
    what: (row) => `the file says that it has ${row.found} names, and has ${row.expected}`,
    remedy: COPY,
  },
  {
    sql: `SELECT i.ino, i.nlink AS found, 2 + coalesce(c.subdirectories, 0) AS expected FROM fs_inode i
          LEFT JOIN (SELECT d.parent_ino, count(*) AS subdirectories FROM fs_dentry d
            JOIN fs_inode s ON s.ino = d.ino AND (s.mode & 61440) = 16384 GROUP BY d.parent_ino) c ON c.parent_ino = i.ino
          WHERE (i.mode & 61440) = 16384 AND i.ino NOT IN (SELECT ino FROM afs_orphan)
            AND i.nlink <> 2 + coalesce(c.subdirectories, 0)`,
    what: (row) => `the directory says that it has ${row.found} links, and has ${row.expected}`,
    remedy: 'Move what is in it to a new directory and remove the old one.',
  },
  {
    sql: `SELECT d.ino, count(*) AS found FROM fs_dentry d JOIN fs_inode i ON i.ino = d.ino AND (i.mode & 61440) = 16384
          GROUP BY d.ino HAVING count(*) > 1`,
    what: (row) => `the directory stands in ${row.found} places`,
    remedy: 'Copy it to a new name, then remove its other names.',
  },
  {
    sql: `SELECT c.ino, c.chunk_index AS found, i.size AS expected FROM fs_data c JOIN fs_inode i ON i.ino = c.ino
          WHERE c.chunk_index < 0 OR c.chunk_index * $chunkSize >= i.size
            OR (length(c.data) <= $chunkSize AND c.chunk_index * $chunkSize + length(c.data) > i.size)`,
    what: (row) => `chunk ${row.found} lies past the end of the file (${row.expected} bytes)`,
    remedy: COPY,
  },
  {
    sql: 'SELECT ino, chunk_index AS found, length(data) AS expected FROM fs_data WHERE length(data) > $chunkSize',
    what: (row) => `chunk ${row.found} has ${row.expected} bytes: more than a chunk holds`,
    remedy: COPY,
  },
  ...['fs_data', 'fs_symlink', 'afs_xattr'].map((table) => ({
    sql: `SELECT DISTINCT ino FROM ${table} WHERE ino NOT IN (SELECT ino FROM fs_inode)`,
    what: (row: Suspect) => `${table} has rows of inode ${row.ino}, which is not there`,
    remedy: 'They only take space: copy the files to a new workspace to be rid of them.',
  })),
  {
    sql: `SELECT ino FROM fs_inode WHERE (mode & 61440) = 40960 AND ino NOT IN (SELECT ino FROM fs_symlink)`,
    what: () => 'the symbolic link has no target',
    remedy: 'Remove it and make it again.',
  },
];

/** `[]` where all is well. Works on any connection to the database; an open transaction is seen through it. */
export function checkDatabase(db: Database): Finding[] {
  const findings = checkSqlite(db);
  const paths = new Paths(db);
  for (const rule of RULES) findings.push(...applyRule(db, rule, paths));
  findings.push(...attempt(() => findCycles(paths)));
  findings.push(...attempt(() => logFindings(db, paths)));
  return findings;
}

function checkSqlite(db: Database): Finding[] {
  return attempt(() =>
    db
      .prepare<[], { integrity_check: string }>('PRAGMA integrity_check')
      .all()
      .filter((row) => row.integrity_check !== 'ok')
      .map((row) => ({ what: `SQLite: ${row.integrity_check}`, remedy: RESTORE })),
  );
}

/** A damaged page or a lost table ends a query with an error: that is a finding too. */
function attempt(check: () => Finding[]): Finding[] {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof SqliteError) || /syntax error/.test(error.message)) throw error;
    return [{ what: `a part of the database cannot be read: ${error.message}`, remedy: RESTORE }];
  }
}

function applyRule(db: Database, rule: Rule, paths: Paths): Finding[] {
  return attempt(() => {
    const named = rule.sql.includes('$chunkSize') ? [{ chunkSize: chunkSizeOf(db) }] : [];
    const rows = db.prepare<unknown[], Suspect>(`${rule.sql} LIMIT ${FINDINGS_OF_A_SORT + 1}`).all(...named);
    const findings = rows.slice(0, FINDINGS_OF_A_SORT).map((row) => {
      const path =
        row.name == null || row.parentIno == null
          ? paths.of(row.ino)
          : paths.join({ parentIno: row.parentIno, name: row.name });
      return {
        what: rule.what(row),
        ino: row.ino,
        ...(path === undefined ? {} : { path }),
        remedy: rule.remedy,
      };
    });
    if (rows.length <= FINDINGS_OF_A_SORT) return findings;
    return [...findings, { what: 'there are more findings of the last sort', remedy: rule.remedy }];
  });
}

function logFindings(db: Database, paths: Paths): Finding[] {
  return findLogGaps(db, FINDINGS_OF_A_SORT).map(({ ino, parentIno, name, what }) => {
    const path = parentIno === null || name === null ? paths.of(ino) : paths.join({ parentIno, name });
    return { what, ino, ...(path === undefined ? {} : { path }), remedy: LOOK_AGAIN };
  });
}

function chunkSizeOf(db: Database): number {
  const row = db.prepare<[], { value: string }>("SELECT value FROM fs_config WHERE key = 'chunk_size'").get();
  return Number(row?.value ?? 4096);
}

/** Directories from which no way leads up to the root, one finding a cycle. */
function findCycles(paths: Paths): Finding[] {
  const findings: Finding[] = [];
  const sound = new Set<number>([1]);
  const reported = new Set<number>();
  for (const start of paths.directories.keys()) {
    const way = new Set<number>();
    let at: number | undefined = start;
    while (at !== undefined && !sound.has(at) && !reported.has(at) && !way.has(at)) {
      way.add(at);
      at = paths.directories.get(at)?.parentIno;
    }
    const isCycle = at !== undefined && way.has(at);
    const into = isCycle || (at !== undefined && reported.has(at)) ? reported : sound;
    for (const ino of way) into.add(ino);
    if (isCycle && at !== undefined) {
      findings.push({ what: 'the directory is inside itself', ino: at, remedy: RESTORE });
    }
  }
  return findings;
}

/** Where inodes are, from the entries: read once, when the first path is wanted. */
class Paths {
  readonly #db: Database;
  #directories: Map<number, Entry> | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The entry of each directory. */
  get directories(): ReadonlyMap<number, Entry> {
    if (this.#directories === undefined) {
      const rows = this.#db
        .prepare<[], Entry & { ino: number }>(
          `SELECT d.ino, d.parent_ino AS parentIno, d.name FROM fs_dentry d JOIN fs_inode i ON i.ino = d.ino
           AND (i.mode & 61440) = 16384`,
        )
        .all();
      this.#directories = new Map(rows.map((row) => [row.ino, row]));
    }
    return this.#directories;
  }

  /** undefined for an inode without a name, or one that no way leads to. */
  of(ino: number): string | undefined {
    if (ino === 1) return '/';
    const entry =
      this.directories.get(ino) ??
      this.#db
        .prepare<[number], Entry>('SELECT parent_ino AS parentIno, name FROM fs_dentry WHERE ino = ? LIMIT 1')
        .get(ino);
    return entry === undefined ? undefined : this.join(entry);
  }

  join(entry: Entry): string | undefined {
    const parts = [entry.name];
    const seen = new Set<number>();
    for (let at = entry.parentIno; at !== 1; ) {
      const above = this.directories.get(at);
      if (above === undefined || seen.has(at)) return undefined;
      seen.add(at);
      parts.unshift(above.name);
      at = above.parentIno;
    }
    return `/${parts.join('/')}`;
  }
}
