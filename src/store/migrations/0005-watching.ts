/**
 * Migration: what sync remembers of what it saw: rows of a remote that it does not believe, what syncs cost, and who did
 * what to the workspace.
 */
export const createWatchingTables = `
CREATE TABLE IF NOT EXISTS afs_quarantine (
  remote INTEGER NOT NULL,
  what TEXT NOT NULL,               -- node or entry
  key TEXT NOT NULL,                -- the node's id, or the entry's parent/name
  node TEXT NOT NULL,               -- the node that an entry means; '' where it is not known
  shown TEXT NOT NULL,              -- a path or an id for people; may hold anything
  revision INTEGER NOT NULL,        -- the remote revision that made the row
  reason TEXT NOT NULL,
  waits INTEGER NOT NULL,           -- 1: good by itself, and waits for another row that is not
  PRIMARY KEY (remote, what, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS afs_metrics (
  remote INTEGER PRIMARY KEY,
  counts TEXT NOT NULL              -- JSON: sums since the remote was enabled, and how often a sync took how long
) STRICT;

-- Appended, never changed; not by a trigger: the engine of the agentfs-sdk package opens no database that has one.
CREATE TABLE IF NOT EXISTS afs_audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,           -- milliseconds since the epoch, this machine's clock
  agent TEXT NOT NULL,
  remote TEXT NOT NULL,             -- name of the remote that it was about; '' for all of them
  action TEXT NOT NULL,
  detail TEXT NOT NULL              -- JSON
) STRICT;
`;
