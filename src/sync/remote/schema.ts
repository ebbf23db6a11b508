/**
 * The tables of a remote database, by numbered migrations, and how they come to be there.
 *
 * One database serves many workspaces. Every version row is valid from one revision to another (`rev_to` null = now):
 * that is history, tombstones and the feed at once. Each migration is one idempotent batch, so that two agents may run
 * it at the same moment; a database with a higher number than ours is refused (REMOTE_NEWER).
 */
import { AgentFsError } from '../../base/index.js';
import type { Connection } from './connection.js';
import type { Statement } from './statement.js';

export const REMOTE_SCHEMA_VERSION = 3;

/** The server's clock as whole milliseconds since the epoch. */
export const SERVER_NOW_MS = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`;

/** Live = `rev_to IS NULL`. The indexes carry only live rows or only ended ones, so history does not slow them. */
const VERSION_1 = [
  `CREATE TABLE IF NOT EXISTS agentfs_meta (
     key TEXT PRIMARY KEY,
     value TEXT NOT NULL
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS agentfs_workspaces (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     name TEXT NOT NULL UNIQUE,
     incarnation BLOB NOT NULL,          -- 16 random bytes: another one is another workspace of this name
     created_at_ms INTEGER NOT NULL      -- the server's clock
   ) STRICT`,
  // The head of a workspace is its highest revision here; the first is 1. Not WITHOUT ROWID: SQLite's update hook, and
  // so sqld's listener, does not see those.
  `CREATE TABLE IF NOT EXISTS agentfs_commits (
     id INTEGER PRIMARY KEY,
     workspace INTEGER NOT NULL,
     revision INTEGER NOT NULL,
     uuid BLOB NOT NULL UNIQUE,          -- 16 bytes, made by the client: a retry finds it
     agent TEXT NOT NULL,
     committed_at_ms INTEGER NOT NULL,   -- the server's clock, never before the previous commit's
     kind TEXT NOT NULL,
     message TEXT NOT NULL,
     UNIQUE (workspace, revision)
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS agentfs_nodes (
     id INTEGER PRIMARY KEY,
     workspace INTEGER NOT NULL,
     node BLOB NOT NULL,                 -- 16 bytes
     rev_from INTEGER NOT NULL,
     rev_to INTEGER,                     -- first revision in which it is no longer so; NULL = now
     kind INTEGER NOT NULL,              -- 1 file, 2 directory, 3 symlink, 4 fifo, 5 socket, 6 block, 7 character
     mode INTEGER NOT NULL,              -- 12 permission bits
     uid INTEGER NOT NULL,
     gid INTEGER NOT NULL,
     rdev INTEGER NOT NULL,
     size INTEGER NOT NULL,              -- bytes
     mtime_sec INTEGER NOT NULL,         -- seconds since the epoch, may be negative
     mtime_nsec INTEGER NOT NULL,        -- 0 to 999 999 999
     xattrs TEXT NOT NULL,
     target TEXT,                        -- of a symlink
     hash BLOB NOT NULL,                 -- 32 bytes, or none
     encoding INTEGER NOT NULL,          -- of inline: 0 raw, 1 deflate
     inline BLOB,                        -- content up to 16 KiB
     manifest BLOB,                      -- of larger content: 36 bytes a chunk
     edited_at_ms INTEGER NOT NULL       -- when it was edited, by the server's clock
   ) STRICT`,
  `CREATE UNIQUE INDEX IF NOT EXISTS agentfs_nodes_live ON agentfs_nodes (workspace, node) WHERE rev_to IS NULL`,
  `CREATE INDEX IF NOT EXISTS agentfs_nodes_feed ON agentfs_nodes (workspace, rev_from) WHERE rev_to IS NULL`,
  `CREATE INDEX IF NOT EXISTS agentfs_nodes_ended ON agentfs_nodes (workspace, rev_to, node)
     WHERE rev_to IS NOT NULL`,
  `CREATE TABLE IF NOT EXISTS agentfs_entries (
     id INTEGER PRIMARY KEY,
     workspace INTEGER NOT NULL,
     parent BLOB NOT NULL,               -- 16 bytes
     name TEXT NOT NULL,
     node BLOB NOT NULL,                 -- 16 bytes
     rev_from INTEGER NOT NULL,
     rev_to INTEGER
   ) STRICT`,
  `CREATE UNIQUE INDEX IF NOT EXISTS agentfs_entries_live ON agentfs_entries (workspace, parent, name)
     WHERE rev_to IS NULL`,
  `CREATE INDEX IF NOT EXISTS agentfs_entries_node ON agentfs_entries (workspace, node) WHERE rev_to IS NULL`,
  `CREATE INDEX IF NOT EXISTS agentfs_entries_feed ON agentfs_entries (workspace, rev_from) WHERE rev_to IS NULL`,
  `CREATE INDEX IF NOT EXISTS agentfs_entries_ended ON agentfs_entries (workspace, rev_to)
     WHERE rev_to IS NOT NULL`,
  `CREATE TABLE IF NOT EXISTS agentfs_chunks (
     id INTEGER PRIMARY KEY,
     hash BLOB NOT NULL UNIQUE,          -- SHA-256 of the decoded bytes
     size INTEGER NOT NULL,              -- decoded bytes
     encoding INTEGER NOT NULL,          -- 0 raw, 1 deflate
     data BLOB NOT NULL
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS agentfs_agents (
     workspace INTEGER NOT NULL,
     agent TEXT NOT NULL,
     host TEXT NOT NULL,
     last_seen_ms INTEGER NOT NULL,      -- the server's clock
     revision INTEGER NOT NULL,          -- what this agent has applied
     PRIMARY KEY (workspace, agent)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS agentfs_checkpoints (
     workspace INTEGER NOT NULL,
     name TEXT NOT NULL,
     revision INTEGER NOT NULL,
     created_at_ms INTEGER NOT NULL,
     PRIMARY KEY (workspace, name)
   ) STRICT, WITHOUT ROWID`,
  // No row can enter: a guard inserts what must not be, and so fails its batch.
  `CREATE TABLE IF NOT EXISTS agentfs_guards (
     broken INTEGER NOT NULL,
     CONSTRAINT agentfs_guard CHECK (0)
   ) STRICT`,
  `INSERT INTO agentfs_meta (key, value) VALUES ('schema_version', '1') ON CONFLICT (key) DO NOTHING`,
];

/** History: what lost before it was ever live, what stood where, what was pruned. */
const VERSION_2 = [
  `CREATE INDEX IF NOT EXISTS agentfs_nodes_past ON agentfs_nodes (workspace, node) WHERE rev_to IS NOT NULL`,
  `CREATE INDEX IF NOT EXISTS agentfs_entries_past ON agentfs_entries (workspace, parent, name)
     WHERE rev_to IS NOT NULL`,
  `CREATE INDEX IF NOT EXISTS agentfs_entries_past_node ON agentfs_entries (workspace, node)
     WHERE rev_to IS NOT NULL`,
  // A version that lost on its agent's side. The feed does not look here: nothing in it was ever live.
  `CREATE TABLE IF NOT EXISTS agentfs_kept (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     workspace INTEGER NOT NULL,
     uuid BLOB NOT NULL,                 -- 16 bytes, made by the client: a retry finds it
     revision INTEGER NOT NULL,          -- the head when it came
     kept_at_ms INTEGER NOT NULL,        -- when it lost, by the server's clock
     agent TEXT NOT NULL,                -- who had edited it
     why TEXT NOT NULL,                  -- type of the conflict, or 'restore'
     path TEXT NOT NULL,
     node BLOB NOT NULL,                 -- from here on as in agentfs_nodes
     kind INTEGER NOT NULL,
     mode INTEGER NOT NULL,
     uid INTEGER NOT NULL,
     gid INTEGER NOT NULL,
     rdev INTEGER NOT NULL,
     size INTEGER NOT NULL,
     mtime_sec INTEGER NOT NULL,
     mtime_nsec INTEGER NOT NULL,
     xattrs TEXT NOT NULL,
     target TEXT,
     hash BLOB NOT NULL,
     encoding INTEGER NOT NULL,
     inline BLOB,
     manifest BLOB,
     edited_at_ms INTEGER NOT NULL,
     UNIQUE (workspace, uuid)
   ) STRICT`,
  // What retention has done to a workspace; a row appears with the first pruning.
  `CREATE TABLE IF NOT EXISTS agentfs_upkeep (
     workspace INTEGER PRIMARY KEY,
     horizon INTEGER NOT NULL,           -- versions that ended at or before this revision may be gone
     pruned_at_ms INTEGER NOT NULL       -- the server's clock
   ) STRICT`,
  // Chunks that nothing was found to need, and since when: deleted when that is so for long enough.
  `CREATE TABLE IF NOT EXISTS agentfs_garbage (
     chunk INTEGER PRIMARY KEY,          -- agentfs_chunks.id
     found_at_ms INTEGER NOT NULL        -- the server's clock
   ) STRICT`,
  `UPDATE agentfs_meta SET value = '2' WHERE key = 'schema_version' AND CAST(value AS INTEGER) < 2`,
];

/** What agents did besides committing. */
const VERSION_3 = [
  `CREATE TABLE IF NOT EXISTS agentfs_audit (
     workspace INTEGER NOT NULL,
     agent TEXT NOT NULL,
     seq INTEGER NOT NULL,               -- of the agent's own log: a row sent again is there once
     at_ms INTEGER NOT NULL,             -- the agent's clock
     action TEXT NOT NULL,
     detail TEXT NOT NULL,
     PRIMARY KEY (workspace, agent, seq)
   ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS agentfs_audit_at ON agentfs_audit (workspace, at_ms)`,
  `UPDATE agentfs_meta SET value = '3' WHERE key = 'schema_version' AND CAST(value AS INTEGER) < 3`,
];

/** Migration n takes a database from version n - 1 to n; a new one runs them all. */
const MIGRATIONS: readonly (readonly string[])[] = [VERSION_1, VERSION_2, VERSION_3];

const selectMetaTable: Statement = {
  sql: `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'agentfs_meta'`,
  args: [],
};
const selectVersion: Statement = {
  sql: `SELECT value FROM agentfs_meta WHERE key = 'schema_version'`,
  args: [],
};

/** Brings the remote's tables to our version; two or three round trips. Needs write access only where it must write. */
export async function ensureSchema(connection: Connection): Promise<void> {
  const there = Number((await connection.execute(selectMetaTable)).rows[0]?.[0] ?? 0) > 0;
  const found = there ? Number((await connection.execute(selectVersion)).rows[0]?.[0] ?? 0) : 0;
  if (!Number.isSafeInteger(found) || found > REMOTE_SCHEMA_VERSION) {
    throw new AgentFsError('REMOTE_NEWER', 'the remote was written by a newer AgentFS', {
      operation: 'open remote',
      hint: 'Update AgentFS on this machine.',
    });
  }
  for (const migration of MIGRATIONS.slice(found)) {
    await connection.batch(
      migration.map((sql) => ({ sql, args: [] })),
      'write',
    );
  }
}
