/**
 * Migration 4: what a remote has and this side does not take, because the filters exclude it or nobody needs it.
 *
 * The feed tells of a row once, so what is not in the base has to stand somewhere: to keep what is there from being
 * overwritten or removed, and to have it at hand when the filters change. Keyed by node, since it has no inode here.
 */
export const createExcluded = `
CREATE TABLE IF NOT EXISTS afs_excluded_node (
  remote INTEGER NOT NULL,
  node BLOB NOT NULL,               -- 16 bytes
  revision INTEGER NOT NULL,        -- remote revision that made this state
  agent TEXT NOT NULL,
  edited_at_ms REAL NOT NULL,
  kind TEXT NOT NULL,
  mode INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  gid INTEGER NOT NULL,
  rdev INTEGER NOT NULL,
  size INTEGER NOT NULL,
  mtime_sec INTEGER NOT NULL,
  mtime_nsec INTEGER NOT NULL,
  hash TEXT NOT NULL,
  xattrs TEXT NOT NULL,
  PRIMARY KEY (remote, node)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS afs_excluded_entry (
  remote INTEGER NOT NULL,
  parent BLOB NOT NULL,             -- 16 bytes
  name TEXT NOT NULL,
  node BLOB NOT NULL,               -- 16 bytes
  revision INTEGER NOT NULL,        -- remote revision that made this entry
  PRIMARY KEY (remote, parent, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS afs_excluded_entry_by_node ON afs_excluded_entry(remote, node);
`;
