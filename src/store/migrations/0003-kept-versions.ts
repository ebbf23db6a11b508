/**
 * Migration 3: versions of files that lost a conflict here before any remote had them, until one has.
 *
 * The content of a kept version is a detached inode: no name, no row in afs_orphan, and a row here that says why it is
 * there. A row whose inode has a name yet was written ahead of a removal that did not come about.
 */
export const createKeptVersions = `
CREATE TABLE IF NOT EXISTS afs_kept (
  id TEXT PRIMARY KEY,              -- 32 hex digits, made of what the version is: kept twice, it is one
  remote INTEGER NOT NULL,          -- the afs_remote.id whose pull took it away; 0: that remote was disabled
  ino INTEGER NOT NULL,             -- has its content; 0: the content is still that of the file (only attributes lost)
  node TEXT NOT NULL,               -- 32 hex digits
  path TEXT NOT NULL,               -- where it stood
  version TEXT NOT NULL,            -- JSON: NodeVersion
  why TEXT NOT NULL,                -- type of the conflict, or 'restore'
  kept_at_ms INTEGER NOT NULL       -- milliseconds since the epoch
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS afs_kept_by_ino ON afs_kept(ino);
`;
