/**
 * Checkpoints: names for revisions, a row each.
 */
import type { HistorySource, Place } from './revisions.js';
import { SERVER_NOW_MS } from './schema.js';

export interface CheckpointRecord extends Place {
  readonly name: string;
  /** Who made the revision. */
  readonly agent: string;
  /** When the revision was made; `atMs` is when it was named. */
  readonly committedAtMs: number;
}

/** False where the name is taken. */
export async function putCheckpoint(
  { name, revision }: { readonly name: string; readonly revision: number },
  { connection, workspace }: HistorySource,
): Promise<boolean> {
  const result = await connection.execute({
    sql: `INSERT INTO agentfs_checkpoints (workspace, name, revision, created_at_ms)
          SELECT ?1, ?2, ?3, ${SERVER_NOW_MS} WHERE EXISTS (
            SELECT 1 FROM agentfs_commits WHERE workspace = ?1 AND revision = ?3)
            AND NOT EXISTS (SELECT 1 FROM agentfs_upkeep WHERE workspace = ?1 AND horizon > ?3)
          ON CONFLICT DO NOTHING`,
    args: [workspace, name, revision],
  });
  return result.rowsAffected > 0;
}

/** The newest first; of one name where it is given. */
export async function listCheckpoints(
  name: string | undefined,
  { connection, workspace }: HistorySource,
): Promise<CheckpointRecord[]> {
  const result = await connection.execute({
    sql: `SELECT k.name, k.revision, k.created_at_ms, c.agent, c.committed_at_ms FROM agentfs_checkpoints k
          JOIN agentfs_commits c ON c.workspace = k.workspace AND c.revision = k.revision
          WHERE k.workspace = ?1 AND (?2 IS NULL OR k.name = ?2) ORDER BY k.revision DESC, k.created_at_ms DESC, k.name`,
    args: [workspace, name ?? null],
  });
  return result.rows.map((row) => ({
    name: String(row[0]),
    revision: Number(row[1]),
    atMs: Number(row[2]),
    agent: String(row[3]),
    committedAtMs: Number(row[4]),
  }));
}

/** False where there is none of that name. */
export async function deleteCheckpoint(
  name: string,
  { connection, workspace }: HistorySource,
): Promise<boolean> {
  const result = await connection.execute({
    sql: 'DELETE FROM agentfs_checkpoints WHERE workspace = ?1 AND name = ?2',
    args: [workspace, name],
  });
  return result.rowsAffected > 0;
}
