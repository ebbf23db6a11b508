/**
 * The commits of a workspace: which there are, what each did, and which was the last at a time.
 *
 * Revisions and times only grow together: the primary assigns both.
 */
import { AgentFsError } from '../../base/index.js';
import type { Connection } from './connection.js';
import { SERVER_NOW_MS } from './schema.js';

export interface Place {
  readonly revision: number;
  readonly atMs: number;
}

/** What of the past can be reached. */
export interface HistoryRange {
  readonly first: Place | undefined;
  readonly last: Place | undefined;
  /** Before it only what checkpoints name is there; 0 where nothing was pruned. */
  readonly horizon: Place | undefined;
  readonly serverTimeMs: number;
}

export interface CommitRecord extends Place {
  readonly agent: string;
  readonly kind: string;
  /** Files, directories and others that the commit made, changed and removed. */
  readonly added: number;
  readonly modified: number;
  readonly removed: number;
  /** Names that appeared or went: more than the nodes where something was renamed. */
  readonly entries: number;
  readonly checkpoints: readonly string[];
}

export interface HistorySource {
  readonly connection: Connection;
  /** The workspace's number. */
  readonly workspace: number;
}

export async function readRange({ connection, workspace }: HistorySource): Promise<HistoryRange> {
  const end = (order: string) => `SELECT revision || ' ' || committed_at_ms FROM agentfs_commits
    WHERE workspace = ?1 ORDER BY revision ${order} LIMIT 1`;
  const result = await connection.execute({
    sql: `SELECT (${end('ASC')}), (${end('DESC')}), (SELECT c.revision || ' ' || c.committed_at_ms FROM agentfs_upkeep u
            JOIN agentfs_commits c ON c.workspace = u.workspace AND c.revision = u.horizon WHERE u.workspace = ?1),
            ${SERVER_NOW_MS}`,
    args: [workspace],
  });
  const [first, last, horizon, now] = [0, 1, 2, 3].map((column) => result.rows[0]?.[column]);
  if (typeof now !== 'number') throw damaged();
  return { first: placeOf(first), last: placeOf(last), horizon: placeOf(horizon), serverTimeMs: now };
}

function placeOf(cell: unknown): Place | undefined {
  if (typeof cell !== 'string') return undefined;
  const [revision, atMs] = cell.split(' ').map(Number);
  if (!Number.isSafeInteger(revision) || !Number.isSafeInteger(atMs)) throw damaged();
  return { revision: revision!, atMs: atMs! };
}

/** The last commit at or before a time, or of or before a revision. */
export async function findCommit(
  at: { readonly atMs: number } | { readonly revision: number },
  { connection, workspace }: HistorySource,
): Promise<Place | undefined> {
  const [column, value] = 'atMs' in at ? ['committed_at_ms', at.atMs] : ['revision', at.revision];
  const result = await connection.execute({
    sql: `SELECT revision || ' ' || committed_at_ms FROM agentfs_commits WHERE workspace = ?1 AND ${column} <= ?2
          ORDER BY revision DESC LIMIT 1`,
    args: [workspace, value],
  });
  return placeOf(result.rows[0]?.[0]);
}

/** Commits at or before a revision, the newest first. */
export async function listCommits(
  { before, limit }: { readonly before: number; readonly limit: number },
  { connection, workspace }: HistorySource,
): Promise<CommitRecord[]> {
  const page = `(SELECT revision FROM agentfs_commits WHERE workspace = ?1 AND revision <= ?2
                 ORDER BY revision DESC LIMIT ?3)`;
  const low = `(SELECT min(revision) FROM ${page})`;
  const count = (
    table: string,
    from: string,
    what: string,
  ) => `SELECT ${from} AS revision, count(*) AS ${what}
    FROM ${table} WHERE workspace = ?1`;
  const between = (column: string) => `${column} >= ${low} AND ${column} <= ?2`;
  const [commits, made, ended, names] = await connection.batch(
    [
      {
        sql: `SELECT c.revision, c.committed_at_ms, c.agent, c.kind,
                (SELECT json_group_array(name) FROM agentfs_checkpoints k
                 WHERE k.workspace = c.workspace AND k.revision = c.revision)
              FROM agentfs_commits c WHERE c.workspace = ?1 AND c.revision <= ?2 ORDER BY c.revision DESC LIMIT ?3`,
        args: [workspace, before, limit],
      },
      {
        sql: `SELECT revision, sum(n) FROM (
                ${count('agentfs_nodes', 'rev_from', 'n')} AND rev_to IS NULL AND ${between('rev_from')} GROUP BY rev_from
                UNION ALL
                ${count('agentfs_nodes', 'rev_from', 'n')} AND rev_to > ${low} AND ${between('rev_from')} GROUP BY rev_from
              ) GROUP BY revision`,
        args: [workspace, before, limit],
      },
      {
        sql: `SELECT n.rev_to, count(*), sum(EXISTS (SELECT 1 FROM agentfs_nodes s INDEXED BY agentfs_nodes_live
                  WHERE s.workspace = ?1 AND s.node = n.node AND s.rev_to IS NULL AND s.rev_from = n.rev_to)
                OR EXISTS (SELECT 1 FROM agentfs_nodes s INDEXED BY agentfs_nodes_past
                  WHERE s.workspace = ?1 AND s.node = n.node AND s.rev_to IS NOT NULL AND s.rev_from = n.rev_to))
              FROM agentfs_nodes n WHERE n.workspace = ?1 AND ${between('n.rev_to')} GROUP BY n.rev_to`,
        args: [workspace, before, limit],
      },
      {
        sql: `SELECT revision, sum(n) FROM (
                ${count('agentfs_entries', 'rev_from', 'n')} AND rev_to IS NULL AND ${between('rev_from')} GROUP BY rev_from
                UNION ALL
                ${count('agentfs_entries', 'rev_from', 'n')} AND rev_to > ${low} AND ${between('rev_from')} GROUP BY rev_from
                UNION ALL
                ${count('agentfs_entries', 'rev_to', 'n')} AND ${between('rev_to')} GROUP BY rev_to
              ) GROUP BY revision`,
        args: [workspace, before, limit],
      },
    ],
    'read',
  );
  const byRevision = (rows: typeof commits, column: number) =>
    new Map(rows?.rows.map((row) => [Number(row[0]), Number(row[column])]));
  const [fresh, gone, changed, moved] = [
    byRevision(made, 1),
    byRevision(ended, 1),
    byRevision(ended, 2),
    byRevision(names, 1),
  ];
  return (commits?.rows ?? []).map((row) => {
    const revision = Number(row[0]);
    const modified = changed.get(revision) ?? 0;
    return {
      revision,
      atMs: Number(row[1]),
      agent: String(row[2]),
      kind: String(row[3]),
      added: (fresh.get(revision) ?? 0) - modified,
      modified,
      removed: (gone.get(revision) ?? 0) - modified,
      entries: moved.get(revision) ?? 0,
      checkpoints: JSON.parse(String(row[4])) as string[],
    };
  });
}

function damaged(): AgentFsError {
  return new AgentFsError('REMOTE_CORRUPT', 'the list of commits on the remote is damaged', {
    operation: 'history',
  });
}
