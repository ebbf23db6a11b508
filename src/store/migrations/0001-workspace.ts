/**
 * Migration 1: the AgentFS 0.4 tables as the specification has them, and our own tables beside them.
 *
 * Everything is IF NOT EXISTS, because the database may have been made by another AgentFS 0.4 program. Tables whose
 * name begins with `afs_` are ours. tool_calls is as the SDKs make it: with a status, which the specification lacks, and
 * without which they cannot record a call. The specification's index on (parent_ino, name) is dropped: its UNIQUE constraint
 * makes the same index, and a second one costs a B-tree insertion for every file created.
 */
export const createWorkspaceTables = `
CREATE TABLE IF NOT EXISTS fs_config (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fs_inode (
  ino INTEGER PRIMARY KEY AUTOINCREMENT,
  mode INTEGER NOT NULL,
  nlink INTEGER NOT NULL DEFAULT 0,
  uid INTEGER NOT NULL DEFAULT 0,
  gid INTEGER NOT NULL DEFAULT 0,
  size INTEGER NOT NULL DEFAULT 0,
  atime INTEGER NOT NULL,
  mtime INTEGER NOT NULL,
  ctime INTEGER NOT NULL,
  rdev INTEGER NOT NULL DEFAULT 0,
  atime_nsec INTEGER NOT NULL DEFAULT 0,
  mtime_nsec INTEGER NOT NULL DEFAULT 0,
  ctime_nsec INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS fs_dentry (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  parent_ino INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  UNIQUE(parent_ino, name)
);
DROP INDEX IF EXISTS idx_fs_dentry_parent;
CREATE TABLE IF NOT EXISTS fs_data (
  ino INTEGER NOT NULL,
  chunk_index INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (ino, chunk_index)
);
CREATE TABLE IF NOT EXISTS fs_symlink (ino INTEGER PRIMARY KEY, target TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS kv_store (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  created_at INTEGER DEFAULT (unixepoch()),
  updated_at INTEGER DEFAULT (unixepoch())
);
CREATE INDEX IF NOT EXISTS idx_kv_store_created_at ON kv_store(created_at);
CREATE TABLE IF NOT EXISTS tool_calls (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  parameters TEXT,
  result TEXT,
  error TEXT,
  status TEXT NOT NULL DEFAULT 'pending',
  started_at INTEGER NOT NULL,
  completed_at INTEGER,
  duration_ms INTEGER
);
CREATE INDEX IF NOT EXISTS idx_tool_calls_name ON tool_calls(name);
CREATE INDEX IF NOT EXISTS idx_tool_calls_started_at ON tool_calls(started_at);

-- Facts about this database: schema_version, next_ino (inode numbers below it were given out).
CREATE TABLE IF NOT EXISTS afs_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS afs_xattr (
  ino INTEGER NOT NULL,
  name TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (ino, name)
) STRICT, WITHOUT ROWID;

-- Inodes without a name that somebody may still have open; swept when the database is opened.
CREATE TABLE IF NOT EXISTS afs_orphan (ino INTEGER PRIMARY KEY) STRICT;

-- The change log: what changed since when, for every remote. Appended in the transaction of the change itself.
CREATE TABLE IF NOT EXISTS afs_change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  origin INTEGER NOT NULL,          -- 0: made here; else the afs_remote.id whose pull made it
  at_ms INTEGER NOT NULL,           -- milliseconds since the epoch
  ino INTEGER NOT NULL,             -- of the inode changed, or that the entry means now (0: nothing)
  parent_ino INTEGER NOT NULL,      -- of an entry; 0 for a change of the inode itself
  name TEXT NOT NULL,               -- of an entry; '' for a change of the inode itself, or for all entries of parent_ino
  what INTEGER NOT NULL,            -- bits: 1 attributes, 2 content, 4 extended attributes, 8 entry, 16 only noted
  range_from INTEGER NOT NULL,      -- bytes: where content changed, first and past the last
  range_to INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS afs_remote (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  config TEXT NOT NULL,             -- JSON: SyncConfig
  incarnation TEXT NOT NULL,        -- identity of the remote workspace, '' before the first contact
  cursor INTEGER NOT NULL,          -- remote revision that was applied here completely
  pushed_seq INTEGER NOT NULL,      -- afs_change.seq up to which everything is on the remote
  state TEXT NOT NULL               -- JSON: last sync, error, metrics
) STRICT;

-- Base: what both sides had at the last sync, a row a node.
CREATE TABLE IF NOT EXISTS afs_base_node (
  remote INTEGER NOT NULL,
  ino INTEGER NOT NULL,
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
  PRIMARY KEY (remote, ino)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS afs_base_node_by_node ON afs_base_node(remote, node);

-- Base: a row an entry. Parents and nodes as inode numbers; afs_base_node maps them.
CREATE TABLE IF NOT EXISTS afs_base_entry (
  remote INTEGER NOT NULL,
  parent_ino INTEGER NOT NULL,
  name TEXT NOT NULL,
  ino INTEGER NOT NULL,
  revision INTEGER NOT NULL,        -- remote revision that made this entry
  PRIMARY KEY (remote, parent_ino, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS afs_base_entry_by_ino ON afs_base_entry(remote, ino);

CREATE TABLE IF NOT EXISTS afs_conflict (
  remote INTEGER NOT NULL,
  id TEXT NOT NULL,
  conflict TEXT NOT NULL,           -- JSON: Conflict
  found_at_ms INTEGER NOT NULL,
  PRIMARY KEY (remote, id)
) STRICT, WITHOUT ROWID;
`;
