/**
 * Who syncs a workspace: a row an agent on the remote, renewed while it runs.
 */
import type { Connection } from './connection.js';
import { SERVER_NOW_MS } from './schema.js';
import type { RemoteAgent } from './types.js';

const AGENTS_LISTED = 10_000;

export async function putAgent(
  connection: Connection,
  of: {
    readonly workspace: number;
    readonly agent: string;
    readonly host: string;
    readonly revision: number;
  },
): Promise<void> {
  await connection.execute({
    sql: `INSERT INTO agentfs_agents (workspace, agent, host, last_seen_ms, revision)
          VALUES (?1, ?2, ?3, ${SERVER_NOW_MS}, ?4)
          ON CONFLICT (workspace, agent) DO UPDATE SET
            host = excluded.host, last_seen_ms = excluded.last_seen_ms, revision = excluded.revision`,
    args: [of.workspace, of.agent, of.host, of.revision],
  });
}

/** The latest first. What is malformed is left out. */
export async function listAgents(connection: Connection, workspace: number): Promise<RemoteAgent[]> {
  const { rows } = await connection.execute({
    sql: `SELECT agent, host, last_seen_ms, revision FROM agentfs_agents WHERE workspace = ?1
          ORDER BY last_seen_ms DESC, agent LIMIT ?2`,
    args: [workspace, AGENTS_LISTED],
  });
  return rows.flatMap((row) => {
    const [agent, host, lastSeenMs, revision] = [row[0], row[1], row[2], row[3]];
    const isGood =
      typeof agent === 'string' &&
      typeof host === 'string' &&
      typeof lastSeenMs === 'number' &&
      typeof revision === 'number';
    return isGood ? [{ agent, host, lastSeenMs, revision }] : [];
  });
}
