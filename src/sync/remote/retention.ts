/**
 * Retention: versions that ended before a horizon go, but for those that a checkpoint needs.
 *
 * The horizon is written before anything is deleted, in the same batch, and only moves forward. Whoever has a cursor
 * below it can no longer be told by the feed what was removed, and has to compare everything. Commits stay.
 */
import { guardSql } from './commit-step.js';
import type { HistorySource } from './revisions.js';
import { SERVER_NOW_MS } from './schema.js';

const ROWS_A_BATCH = 5000;

export interface Pruning {
  /** The new horizon; 0 where nothing is old enough. */
  readonly horizon: number;
  readonly versions: number;
  readonly entries: number;
  readonly kept: number;
}

/** True where nobody else has taken it on within `everyMs`: several agents share one remote. */
export async function claimUpkeep(
  everyMs: number,
  { connection, workspace }: HistorySource,
): Promise<boolean> {
  const result = await connection.execute({
    sql: `INSERT INTO agentfs_upkeep (workspace, horizon, pruned_at_ms) VALUES (?1, 0, ${SERVER_NOW_MS})
          ON CONFLICT (workspace) DO UPDATE SET pruned_at_ms = excluded.pruned_at_ms
            WHERE agentfs_upkeep.pruned_at_ms <= excluded.pruned_at_ms - ?2`,
    args: [workspace, everyMs],
  });
  return result.rowsAffected > 0;
}

/** Deletes what ended longer than `keepMs` ago. */
export async function prune(keepMs: number, source: HistorySource): Promise<Pruning> {
  const { connection, workspace } = source;
  const found = await connection.execute({
    sql: `SELECT ifnull((SELECT max(revision) FROM agentfs_commits
            WHERE workspace = ?1 AND committed_at_ms <= ${SERVER_NOW_MS} - ?2), 0)`,
    args: [workspace, keepMs],
  });
  const horizon = Number(found.rows[0]?.[0] ?? 0);
  const kept = await connection.execute({
    sql: `DELETE FROM agentfs_kept WHERE workspace = ?1 AND kept_at_ms <= ${SERVER_NOW_MS} - ?2`,
    args: [workspace, keepMs],
  });
  if (horizon === 0) return { horizon, versions: 0, entries: 0, kept: kept.rowsAffected };
  await connection.execute({
    sql: `INSERT INTO agentfs_upkeep (workspace, horizon, pruned_at_ms) VALUES (?1, ?2, ${SERVER_NOW_MS})
          ON CONFLICT (workspace) DO UPDATE SET horizon = max(horizon, excluded.horizon)`,
    args: [workspace, horizon],
  });
  return {
    horizon,
    versions: await deleteEnded('nodes', horizon, source),
    entries: await deleteEnded('entries', horizon, source),
    kept: kept.rowsAffected,
  };
}

async function deleteEnded(
  table: 'nodes' | 'entries',
  horizon: number,
  { connection, workspace }: HistorySource,
): Promise<number> {
  let deleted = 0;
  for (;;) {
    const [, result] = await connection.batch(
      [
        {
          sql: guardSql(
            'WHERE NOT EXISTS (SELECT 1 FROM agentfs_upkeep WHERE workspace = ?1 AND horizon >= ?2)',
          ),
          args: [workspace, horizon],
        },
        {
          sql: `DELETE FROM agentfs_${table} WHERE id IN (
                  SELECT v.id FROM agentfs_${table} v INDEXED BY agentfs_${table}_ended
                  WHERE v.workspace = ?1 AND v.rev_to IS NOT NULL AND v.rev_to <= ?2 AND NOT EXISTS (
                    SELECT 1 FROM agentfs_checkpoints k
                    WHERE k.workspace = ?1 AND k.revision >= v.rev_from AND k.revision < v.rev_to)
                  LIMIT ${ROWS_A_BATCH})`,
          args: [workspace, horizon],
        },
      ],
      'write',
    );
    const rows = result?.rowsAffected ?? 0;
    deleted += rows;
    if (rows < ROWS_A_BATCH) return deleted;
  }
}
