/**
 * The row of a workspace on the remote: found or made by name, and its head.
 *
 * Revisions count from 1 for each workspace; 0 is the empty beginning. The incarnation tells a workspace that was
 * removed and made again from the one we knew.
 */
import { AgentFsError } from '../../base/index.js';
import type { Connection } from './connection.js';
import { ensureSchema, SERVER_NOW_MS } from './schema.js';
import type { ResultRow, Statement } from './statement.js';
import type { RemoteHead } from './types.js';

export interface WorkspaceRow extends RemoteHead {
  readonly id: number;
}

/** The head of workspace ?1: its highest revision, from the end of an index. */
export const HEAD_OF_WORKSPACE = `ifnull((SELECT max(revision) FROM agentfs_commits WHERE workspace = ?1), 0)`;

function selectWorkspaceByName(name: string): Statement {
  return {
    sql: `SELECT w.id, lower(hex(w.incarnation)), ${SERVER_NOW_MS},
            ifnull((SELECT max(c.revision) FROM agentfs_commits c WHERE c.workspace = w.id), 0)
          FROM agentfs_workspaces w WHERE w.name = ?1`,
    args: [name],
  };
}

export async function findWorkspace(connection: Connection, name: string): Promise<WorkspaceRow | undefined> {
  return readWorkspace((await connection.execute(selectWorkspaceByName(name))).rows[0]);
}

/** As the primary has it: a replica forwards a transaction that could write. */
export async function findWorkspaceOnPrimary(
  connection: Connection,
  name: string,
): Promise<WorkspaceRow | undefined> {
  const [, found] = await connection.batch(
    [{ sql: 'DELETE FROM agentfs_guards WHERE false', args: [] }, selectWorkspaceByName(name)],
    'write',
  );
  return readWorkspace(found?.rows[0]);
}

function readWorkspace(row: ResultRow | undefined): WorkspaceRow | undefined {
  if (row === undefined) return undefined;
  const [id, incarnation, serverTimeMs, revision] = [row[0], row[1], row[2], row[3]];
  if (
    typeof id !== 'number' ||
    typeof revision !== 'number' ||
    typeof serverTimeMs !== 'number' ||
    typeof incarnation !== 'string' ||
    !/^[0-9a-f]{32}$/.test(incarnation)
  ) {
    throw new AgentFsError('REMOTE_CORRUPT', 'the row of the workspace on the remote is damaged', {
      operation: 'open remote',
    });
  }
  return { id, incarnation, serverTimeMs, revision };
}

/** `created` where this call and no other made it. */
export async function ensureWorkspace(
  connection: Connection,
  name: string,
  incarnation: Uint8Array,
): Promise<{ readonly row: WorkspaceRow; readonly created: boolean }> {
  await ensureSchema(connection);
  const found = await findWorkspace(connection, name);
  if (found !== undefined) return { row: found, created: false };
  // Both in one transaction that writes, which a replica hands on: what was made is not there to be read at once.
  const [inserted, made] = await connection.batch(
    [
      {
        sql: `INSERT INTO agentfs_workspaces (name, incarnation, created_at_ms) VALUES (?1, ?2, ${SERVER_NOW_MS})
              ON CONFLICT (name) DO NOTHING`,
        args: [name, incarnation],
      },
      selectWorkspaceByName(name),
    ],
    'write',
  );
  const row = readWorkspace(made?.rows[0]);
  if (row === undefined)
    throw new AgentFsError('REMOTE_REJECTED', 'the workspace was not kept by the remote');
  return { row, created: inserted?.rowsAffected === 1 };
}
