/**
 * What stood where and when: all versions of nodes, and all entries of places, live and ended. Without content.
 *
 * Each answer comes from an index and is as large as that file's own history. What was sent is checked for its form
 * only: it is shown, and nothing is made of it.
 */
import { AgentFsError } from '../../base/index.js';
import type { NodeId, NodeKind } from '../core/tree.js';
import { isNodeId } from './checks.js';
import type { HistorySource } from './revisions.js';
import type { ResultRow } from './statement.js';
import { kindOfCode } from './wire.js';

/** A version or an entry is there from `from` on and before `to`; null: now. */
export interface Span {
  readonly from: number;
  readonly to: number | null;
}

export interface NodeSpan extends Span {
  readonly node: NodeId;
  readonly kind: NodeKind;
  readonly mode: number;
  readonly owner: string;
  readonly size: number;
  readonly hash: string;
  readonly xattrs: string;
}

export interface EntrySpan extends Span {
  readonly parent: NodeId;
  readonly name: string;
  readonly node: NodeId;
}

export interface Slot {
  readonly parent: NodeId;
  readonly name: string;
}

const NODE_COLUMNS = `lower(hex(n.node)), n.rev_from, n.rev_to, n.kind, n.mode, n.uid || ':' || n.gid, n.size,
  lower(hex(n.hash)), n.xattrs`;
const ENTRY_COLUMNS = 'lower(hex(e.parent)), e.name, lower(hex(e.node)), e.rev_from, e.rev_to';

/** In the order of their beginning. */
export async function readNodeSpans(
  nodes: readonly NodeId[],
  { connection, workspace }: HistorySource,
): Promise<NodeSpan[]> {
  const of = (index: string, when: string) => `SELECT ${NODE_COLUMNS} FROM json_each(?2) j
    CROSS JOIN agentfs_nodes n INDEXED BY agentfs_nodes_${index}
    ON n.workspace = ?1 AND n.node = unhex(j.value) AND n.rev_to IS ${when}`;
  const result = await connection.execute({
    sql: `${of('past', 'NOT NULL')} UNION ALL ${of('live', 'NULL')} ORDER BY 2`,
    args: [workspace, JSON.stringify(nodes)],
  });
  return result.rows.map((row) => {
    const kind = kindOfCode(Number(row[3]));
    if (kind === undefined) throw damaged();
    return {
      ...spanOf(row, 1),
      node: idOf(row[0]),
      kind,
      mode: Number(row[4]),
      owner: String(row[5]),
      size: Number(row[6]),
      hash: String(row[7]),
      xattrs: String(row[8]),
    };
  });
}

/** Whatever stood in these places, in the order of its beginning. */
export async function readSlotSpans(
  slots: readonly Slot[],
  { connection, workspace }: HistorySource,
): Promise<EntrySpan[]> {
  const of = (index: string, when: string) => `SELECT ${ENTRY_COLUMNS} FROM json_each(?2) j
    CROSS JOIN agentfs_entries e INDEXED BY agentfs_entries_${index}
    ON e.workspace = ?1 AND e.parent = unhex(j.value ->> 0) AND e.name = j.value ->> 1 AND e.rev_to IS ${when}`;
  const result = await connection.execute({
    sql: `${of('past', 'NOT NULL')} UNION ALL ${of('live', 'NULL')} ORDER BY 4`,
    args: [workspace, JSON.stringify(slots.map(({ parent, name }) => [parent, name]))],
  });
  return result.rows.map(entryOf);
}

/** Wherever these nodes stood, in the order of its beginning. */
export async function readPlaceSpans(
  nodes: readonly NodeId[],
  { connection, workspace }: HistorySource,
): Promise<EntrySpan[]> {
  const of = (index: string, when: string) => `SELECT ${ENTRY_COLUMNS} FROM json_each(?2) j
    CROSS JOIN agentfs_entries e INDEXED BY agentfs_entries_${index}
    ON e.workspace = ?1 AND e.node = unhex(j.value) AND e.rev_to IS ${when}`;
  const result = await connection.execute({
    sql: `${of('past_node', 'NOT NULL')} UNION ALL ${of('node', 'NULL')} ORDER BY 4`,
    args: [workspace, JSON.stringify(nodes)],
  });
  return result.rows.map(entryOf);
}

/** Who made these revisions, and when. */
export async function readCommits(
  revisions: readonly number[],
  { connection, workspace }: HistorySource,
): Promise<Map<number, { readonly atMs: number; readonly agent: string }>> {
  const result = await connection.execute({
    sql: `SELECT c.revision, c.committed_at_ms, c.agent FROM json_each(?2) j
          CROSS JOIN agentfs_commits c ON c.workspace = ?1 AND c.revision = j.value`,
    args: [workspace, JSON.stringify(revisions)],
  });
  return new Map(result.rows.map((row) => [Number(row[0]), { atMs: Number(row[1]), agent: String(row[2]) }]));
}

function entryOf(row: ResultRow): EntrySpan {
  return { ...spanOf(row, 3), parent: idOf(row[0]), name: String(row[1]), node: idOf(row[2]) };
}

function spanOf(row: ResultRow, at: number): Span {
  return { from: Number(row[at]), to: row[at + 1] === null ? null : Number(row[at + 1]) };
}

function idOf(cell: unknown): NodeId {
  if (!isNodeId(cell)) throw damaged();
  return cell;
}

function damaged(): AgentFsError {
  return new AgentFsError('REMOTE_CORRUPT', 'the history on the remote is damaged', { operation: 'history' });
}
