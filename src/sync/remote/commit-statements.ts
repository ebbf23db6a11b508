/**
 * The statements of one commit, in order. Pure: no I/O.
 *
 * The batch inserts the commit (which makes its revision), checks what it was planned on, ends the old rows, inserts
 * the new ones, and checks the tree that results. Rows go up packed: their values as one JSON array, their content as
 * one blob. What a commit changes can be packed before it is known what it will be planned on.
 */
import { encode, encodeManifest } from '../transfer/index.js';
import { baseGuards, treeGuards } from './commit-guards.js';
import {
  type CommitContext,
  type CommitStep,
  type EntryChange,
  forEachPart,
  guardSql,
  NEW_REVISION,
  type NodeChange,
} from './commit-step.js';
import { SERVER_NOW_MS } from './schema.js';
import type { PushChange, PushCommit } from './types.js';
import { BlobPacker, kindCode } from './wire.js';

type LiveNodeChange = NodeChange & { readonly state: NonNullable<NodeChange['state']> };

const ROWS_A_STATEMENT = 1000;
const BLOB_BYTES_A_STATEMENT = 1024 * 1024;
const NODE_COLUMNS = `workspace, node, rev_from, kind, mode, uid, gid, rdev, size, mtime_sec, mtime_nsec, xattrs, target,
  hash, encoding, inline, manifest, edited_at_ms`;

/** What `packSteps` makes of a commit's changes. */
export type PackContext = Pick<CommitContext, 'workspace' | 'compression'>;

/** `packed`: what `packSteps` made of the same changes. */
export function commitSteps(
  commit: PushCommit,
  context: CommitContext,
  packed: readonly CommitStep[],
): CommitStep[] {
  const { nodes, entries } = sorted(commit.changes);
  return [
    ...beginSteps(commit, context),
    ...baseGuards(nodes, entries, context),
    ...packed,
    {
      reason: 'answer',
      sql: `SELECT revision, committed_at_ms FROM agentfs_commits WHERE uuid = unhex(?1)`,
      args: [context.uuidHex],
    },
  ];
}

/** The steps that change rows, and those that check what results: most of the work, one after the other. */
export function* packSteps(changes: readonly PushChange[], context: PackContext): Generator<CommitStep> {
  const { nodes, entries } = sorted(changes);
  yield* nodeSteps(nodes, context);
  yield* entrySteps(entries, context);
  yield* treeGuards(nodes, entries, context);
}

function sorted(changes: readonly PushChange[]): {
  readonly nodes: readonly NodeChange[];
  readonly entries: readonly EntryChange[];
} {
  const nodes: NodeChange[] = [];
  const entries: EntryChange[] = [];
  for (const change of changes) {
    if (change.type === 'node') nodes.push(change);
    else entries.push(change);
  }
  return { nodes, entries };
}

function beginSteps(commit: PushCommit, context: CommitContext): CommitStep[] {
  return [
    {
      reason: 'commit',
      sql: `INSERT INTO agentfs_commits (workspace, revision, uuid, agent, committed_at_ms, kind, message)
        SELECT w.id, ifnull(p.revision, 0) + 1, unhex(?3), ?4, max(${SERVER_NOW_MS}, ifnull(p.committed_at_ms, 0)), ?5, ?6
        FROM agentfs_workspaces w LEFT JOIN agentfs_commits p ON p.workspace = ?1 AND p.revision = ${NEW_REVISION}
        WHERE w.id = ?1 AND w.incarnation = unhex(?2)`,
      args: [
        context.workspace,
        context.incarnation,
        context.uuidHex,
        context.agent,
        commit.kind ?? 'push',
        commit.message ?? '',
      ],
    },
    {
      reason: 'workspace',
      sql: guardSql(
        `WHERE NOT EXISTS (SELECT 1 FROM agentfs_workspaces w WHERE w.id = ?1 AND w.incarnation = unhex(?2))`,
      ),
      args: [context.workspace, context.incarnation],
    },
  ];
}

function isLive(node: NodeChange): node is LiveNodeChange {
  return node.state !== null;
}

function* nodeSteps(nodes: readonly NodeChange[], context: PackContext): Generator<CommitStep> {
  const { workspace } = context;
  yield* forEachPart(
    nodes.filter((node) => node.base > 0).map((node) => node.id),
    {
      reason: 'node',
      sql: `UPDATE agentfs_nodes SET rev_to = ${NEW_REVISION} WHERE id IN (
          SELECT n.id FROM json_each(?2) j CROSS JOIN agentfs_nodes n INDEXED BY agentfs_nodes_live
            ON n.workspace = ?1 AND n.node = unhex(j.value) AND n.rev_to IS NULL)`,
    },
    { workspace },
  );
  const live = nodes.filter(isLive);
  const fresh = live.filter((node) => node.content.kind !== 'unchanged');
  for (let start = 0; start < fresh.length; ) {
    const packed = insertNodes(fresh, start, context);
    yield packed.step;
    start = packed.next;
  }
  const same = live.filter((node) => node.content.kind === 'unchanged');
  // Their content is that of the version which this commit has just ended.
  yield* forEachPart(
    same.map(({ id, state }) => [
      ...[id, state.mode, state.uid, state.gid, state.rdev],
      ...[state.mtimeSec, state.mtimeNsec, state.xattrs, Math.trunc(state.editedAtMs)],
    ]),
    {
      reason: 'content',
      sql: `INSERT INTO agentfs_nodes (${NODE_COLUMNS})
          SELECT ?1, o.node, o.rev_to, o.kind, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, o.size,
            j.value ->> 5, j.value ->> 6, j.value ->> 7, o.target, o.hash, o.encoding, o.inline, o.manifest,
            min(j.value ->> 8, ${SERVER_NOW_MS})
          FROM json_each(?2) j CROSS JOIN agentfs_nodes o INDEXED BY agentfs_nodes_ended
            ON o.workspace = ?1 AND o.rev_to = ${NEW_REVISION} AND o.node = unhex(j.value ->> 0)`,
    },
    { workspace },
  );
}

/** One INSERT of as many nodes from `start` on as its bounds allow. */
function insertNodes(
  nodes: readonly LiveNodeChange[],
  start: number,
  context: PackContext,
): { readonly step: CommitStep; readonly next: number } {
  const rows: unknown[] = [];
  const blob = new BlobPacker();
  let next = start;
  let texts = 0;
  while (
    next < nodes.length &&
    rows.length < ROWS_A_STATEMENT &&
    blob.length < BLOB_BYTES_A_STATEMENT &&
    texts < BLOB_BYTES_A_STATEMENT
  ) {
    const { id, state, content } = nodes[next++] as LiveNodeChange;
    const row: unknown[] = [
      id,
      kindCode(state.kind),
      state.mode,
      state.uid,
      state.gid,
      state.rdev,
      state.size,
      state.mtimeSec,
      state.mtimeNsec,
      state.xattrs,
      content.kind === 'target' ? content.target : null,
      state.hash,
      Math.trunc(state.editedAtMs),
    ];
    if (content.kind === 'inline') {
      const { encoding, data } = encode(content.bytes, context.compression);
      row.push(encoding, blob.add(data), data.length);
    } else if (content.kind === 'chunks') {
      const manifest = encodeManifest(content.chunks);
      row.push(0, null, null, blob.add(manifest), manifest.length);
    } else {
      row.push(0);
    }
    rows.push(row);
    texts += state.xattrs.length + (content.kind === 'target' ? content.target.length : 0);
  }
  const sql = `INSERT INTO agentfs_nodes (${NODE_COLUMNS})
    SELECT ?1, unhex(v ->> 0), ${NEW_REVISION}, v ->> 1, v ->> 2, v ->> 3, v ->> 4, v ->> 5, v ->> 6, v ->> 7, v ->> 8,
      v ->> 9, v ->> 10, unhex(v ->> 11), v ->> 13, substr(?3, v ->> 14, v ->> 15), substr(?3, v ->> 16, v ->> 17),
      min(v ->> 12, ${SERVER_NOW_MS})
    FROM (SELECT value AS v FROM json_each(?2))`;
  return {
    step: { reason: 'node', sql, args: [context.workspace, JSON.stringify(rows), blob.finish()] },
    next,
  };
}

function entrySteps(entries: readonly EntryChange[], { workspace }: PackContext): CommitStep[] {
  const ended = entries.filter((entry) => entry.base > 0).map((entry) => [entry.parent, entry.name]);
  const made = entries.filter((entry) => entry.node !== null);
  return [
    ...forEachPart(
      ended,
      {
        reason: 'entry',
        sql: `UPDATE agentfs_entries SET rev_to = ${NEW_REVISION} WHERE id IN (
            SELECT e.id FROM json_each(?2) j CROSS JOIN agentfs_entries e INDEXED BY agentfs_entries_live
              ON e.workspace = ?1 AND e.parent = unhex(j.value ->> 0) AND e.name = j.value ->> 1 AND e.rev_to IS NULL)`,
      },
      { workspace },
    ),
    ...forEachPart(
      made.map((entry) => [entry.parent, entry.name, entry.node]),
      {
        reason: 'entry',
        sql: `INSERT INTO agentfs_entries (workspace, parent, name, node, rev_from)
          SELECT ?1, unhex(j.value ->> 0), j.value ->> 1, unhex(j.value ->> 2), ${NEW_REVISION} FROM json_each(?2) j`,
      },
      { workspace },
    ),
  ];
}
