/**
 * Migration 6: the commits that this database has sent to its remotes, each noted, and made durable, before it is sent.
 *
 * A commit on a remote under this agent's id that is not among them was made by another database of that id: a copy, or
 * this one before it was restored from an older copy. A row goes when a cursor has passed its revision.
 */
export const createSentCommits = `
CREATE TABLE IF NOT EXISTS afs_sent_commit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid BLOB NOT NULL UNIQUE,        -- 16 bytes, the commit's id
  remote INTEGER NOT NULL,          -- afs_remote.id
  revision INTEGER NOT NULL         -- of the commit there; 0: no answer has come
) STRICT;
CREATE INDEX IF NOT EXISTS afs_sent_commit_by_revision ON afs_sent_commit(remote, revision);
`;
