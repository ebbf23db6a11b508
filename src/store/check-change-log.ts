/**
 * Compares the change log with the tables it is about: what differs from a remote's base, and is in no row of the log
 * since that remote was told everything, nor among what waits for a conflict, would never be synced.
 *
 * A remote is left out where that cannot be said: before its first sync has ended (which looks at everything) and where
 * filters keep something from it. Reads only.
 */
import type { Database } from 'better-sqlite3';
import { CHANGED_ENTRY } from './rows.js';

export interface LogGap {
  readonly ino: number;
  readonly parentIno: number | null;
  readonly name: string | null;
  readonly what: string;
}

interface Told {
  readonly id: number;
  readonly name: string;
  readonly pushedSeq: number;
  readonly config: string;
}

/** Inodes that the log names since `$from`, but for what the remote's own pulls did, and those that wait for a conflict. */
const LOGGED = `SELECT ino FROM afs_change WHERE seq > $from AND origin <> $remote
  UNION ALL SELECT ino FROM afs_unsettled_change WHERE remote = $remote AND parent_ino = 0`;
const SLOT_LOGGED = `SELECT 1 FROM logged_slot l WHERE l.parent_ino = e.parent_ino AND l.name IN (e.name, '')`;
const SLOTS = `WITH logged_slot AS MATERIALIZED (SELECT DISTINCT parent_ino, name FROM afs_change
  WHERE seq > $from AND origin <> $remote AND (what & ${CHANGED_ENTRY}) <> 0
  UNION ALL SELECT parent_ino, name FROM afs_unsettled_change WHERE remote = $remote AND parent_ino <> 0)`;

const RULES: readonly { readonly sql: string; readonly what: string }[] = [
  {
    sql: `SELECT i.ino, NULL AS parentIno, NULL AS name FROM fs_inode i
          WHERE i.ino IN (SELECT ino FROM fs_dentry) AND i.ino NOT IN (${LOGGED})
            AND NOT EXISTS (SELECT 1 FROM afs_base_node b WHERE b.remote = $remote AND b.ino = i.ino)`,
    what: 'it was made',
  },
  {
    sql: `SELECT i.ino, NULL AS parentIno, NULL AS name FROM fs_inode i
          JOIN afs_base_node b ON b.remote = $remote AND b.ino = i.ino AND b.kind = 'file'
          WHERE (i.mode & 61440) = 32768 AND i.nlink > 0 AND i.ino NOT IN (${LOGGED})
            AND (i.size, i.mtime, i.mtime_nsec) <> (b.size, b.mtime_sec, b.mtime_nsec)`,
    what: 'its content was changed',
  },
  {
    sql: `${SLOTS} SELECT e.ino, e.parent_ino AS parentIno, e.name FROM fs_dentry e
          LEFT JOIN afs_base_entry b ON b.remote = $remote AND b.parent_ino = e.parent_ino AND b.name = e.name
          WHERE b.ino IS NOT e.ino AND NOT EXISTS (${SLOT_LOGGED})`,
    what: 'it got this name',
  },
  {
    sql: `${SLOTS} SELECT e.ino, e.parent_ino AS parentIno, e.name FROM afs_base_entry e
          WHERE e.remote = $remote AND NOT EXISTS (${SLOT_LOGGED})
            AND NOT EXISTS (SELECT 1 FROM fs_dentry d WHERE d.parent_ino = e.parent_ino AND d.name = e.name)`,
    what: 'it lost this name',
  },
];

/** At most `limit` of each sort. */
export function findLogGaps(db: Database, limit: number): LogGap[] {
  const beyond = db
    .prepare<[number], { ino: number }>(
      `SELECT DISTINCT ino FROM afs_change WHERE ino > max(
         (SELECT coalesce(max(ino), 0) FROM fs_inode),
         coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'fs_inode'), 0),
         coalesce((SELECT CAST(value AS INTEGER) - 1 FROM afs_meta WHERE key = 'next_ino'), 0)) LIMIT ?`,
    )
    .all(limit);
  const gaps: LogGap[] = beyond.map(({ ino }) => ({
    ...{ ino, parentIno: null, name: null },
    what: `the change log names inode ${ino}, a number that was never given out`,
  }));
  const remotes = db
    .prepare<[], Told>(
      'SELECT id, name, pushed_seq AS pushedSeq, config FROM afs_remote WHERE pushed_seq > 0',
    )
    .all();
  for (const { id: remote, name, pushedSeq: from, config } of remotes) {
    if (isFiltered(db, remote, config)) continue;
    for (const rule of RULES) {
      const rows = db
        .prepare<unknown[], Omit<LogGap, 'what'>>(`${rule.sql} LIMIT ${limit}`)
        .all({ remote, from });
      for (const row of rows) {
        gaps.push({ ...row, what: `${rule.what}, and the change log does not tell ${name}` });
      }
    }
  }
  return gaps;
}

function isFiltered(db: Database, remote: number, config: string): boolean {
  const { include, exclude } = JSON.parse(config) as { include?: unknown[]; exclude?: unknown[] };
  if ((include?.length ?? 0) + (exclude?.length ?? 0) > 0) return true;
  return db.prepare('SELECT 1 FROM afs_excluded_node WHERE remote = ? LIMIT 1').get(remote) !== undefined;
}
