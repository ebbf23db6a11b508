/**
 * Migration 7: what a remote and this side have not agreed on, though its cursor and the mark in the change log are past it:
 * conflicts that wait for a person, and what hangs on them.
 *
 * The feed tells of a row once and the log is trimmed, so both sides of what waits stand here until the base has followed
 * them. Rows of the remote are keyed by node, places here by inode number.
 */
export const createUnsettled = `
CREATE TABLE IF NOT EXISTS afs_unsettled_node (
  remote INTEGER NOT NULL,
  node BLOB NOT NULL,               -- 16 bytes
  revision INTEGER NOT NULL,        -- of the remote, that made this so
  agent TEXT NOT NULL,              -- who did
  committed_at_ms REAL NOT NULL,    -- the server's clock
  state TEXT NOT NULL,              -- JSON: NodeVersion; 'null' where it was removed
  kind TEXT NOT NULL,               -- of its content: none, inline, chunks, target
  content BLOB NOT NULL,            -- bytes, list of chunks, or target
  PRIMARY KEY (remote, node)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS afs_unsettled_entry (
  remote INTEGER NOT NULL,
  parent BLOB NOT NULL,             -- 16 bytes
  name TEXT NOT NULL,
  node BLOB NOT NULL,               -- 16 bytes; none where the entry was removed
  revision INTEGER NOT NULL,
  agent TEXT NOT NULL,
  committed_at_ms REAL NOT NULL,
  PRIMARY KEY (remote, parent, name)
) STRICT, WITHOUT ROWID;

-- What the change log said of places here, as one row each.
CREATE TABLE IF NOT EXISTS afs_unsettled_change (
  remote INTEGER NOT NULL,
  parent_ino INTEGER NOT NULL,      -- of an entry; 0 for an inode itself
  name TEXT NOT NULL,               -- of an entry; '' for an inode itself
  ino INTEGER NOT NULL,             -- of the inode, or that the entry meant (0: nothing)
  what INTEGER NOT NULL,            -- bits as in afs_change
  at_ms INTEGER NOT NULL,           -- of the last edit, milliseconds since the epoch; 0 where it is not known
  name_at_ms INTEGER NOT NULL,      -- when a name that it has or had was given away last; 0 where that is not known
  lost_at_ms INTEGER NOT NULL,      -- when it lost a name last; 0 where that is not known
  ranges TEXT NOT NULL,             -- JSON: [[from, to], …], bytes where content changed; 'null' is everywhere
  hash TEXT,                        -- of the content when it was looked at last, no later change in the log; else NULL
  PRIMARY KEY (remote, parent_ino, name, ino)
) STRICT, WITHOUT ROWID;
`;
