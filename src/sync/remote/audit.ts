/**
 * The audit log on the remote: what agents did to a workspace besides committing, and the commits themselves. Appended,
 * never changed; the same row sent twice is there once.
 */
import type { Connection } from './connection.js';
import type { RemoteAuditRow } from './types.js';

export async function appendAudit(
  connection: Connection,
  workspace: number,
  rows: readonly Omit<RemoteAuditRow, 'revision'>[],
): Promise<void> {
  await connection.execute({
    sql: `INSERT INTO agentfs_audit (workspace, agent, seq, at_ms, action, detail)
          SELECT ?1, j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4 FROM json_each(?2) j
          WHERE true ON CONFLICT (workspace, agent, seq) DO NOTHING`,
    args: [
      workspace,
      JSON.stringify(rows.map(({ agent, seq, atMs, action, detail }) => [agent, seq, atMs, action, detail])),
    ],
  });
}

/** The last `limit` rows and the last `limit` commits, the latest first each. What is malformed is left out. */
export async function listAudit(
  connection: Connection,
  workspace: number,
  limit: number,
): Promise<RemoteAuditRow[]> {
  const results = await connection.batch(
    [
      {
        sql: `SELECT agent, seq, at_ms, action, detail, 0 FROM agentfs_audit WHERE workspace = ?1
              ORDER BY at_ms DESC, seq DESC LIMIT ?2`,
        args: [workspace, limit],
      },
      {
        sql: `SELECT agent, 0, committed_at_ms, kind, message, revision FROM agentfs_commits WHERE workspace = ?1
              ORDER BY revision DESC LIMIT ?2`,
        args: [workspace, limit],
      },
    ],
    'read',
  );
  return results.flatMap(({ rows }) =>
    rows.flatMap((row) => {
      const [agent, seq, atMs, action, detail, revision] = [row[0], row[1], row[2], row[3], row[4], row[5]];
      const isGood =
        typeof agent === 'string' &&
        typeof seq === 'number' &&
        typeof atMs === 'number' &&
        typeof action === 'string' &&
        typeof detail === 'string' &&
        typeof revision === 'number';
      return isGood ? [{ agent, seq, atMs, action, detail, revision }] : [];
    }),
  );
}
