/**
 * The statements of one commit, in order, each with the reason that its failure stands for. Pure: no I/O.
 *
 * The batch inserts the commit (which makes its revision), checks what it was planned on, ends the old rows, inserts
 * the new ones, and checks the tree that results; a check inserts into a table that takes no row, and so rolls back
 * all of it. Every join goes from the JSON list to an index (CROSS JOIN, LEFT JOIN: the order is pinned, the planner's
 * own choice is 20 times slower). ?1 is the workspace everywhere.
 */
import { ROOT_NODE } from '../core/tree.js';
import { encode, encodeManifest } from '../transfer/index.js';
import type { Statement } from './connection.js';
import { SERVER_NOW_MS } from './schema.js';
import type { PushChange, PushCommit, StaleReason } from './types.js';
import { BlobPacker, DIRECTORY_KIND, kindCode } from './wire.js';

export type NodeChange = Extract<PushChange, { type: 'node' }>;
export type EntryChange = Extract<PushChange, { type: 'entry' }>;
type LiveNodeChange = NodeChange & { readonly state: NonNullable<NodeChange['state']> };

export interface CommitStep extends Statement {
  /** `commit`: the UUID is there already. `answer`: the row that tells the revision; cannot fail. */
  readonly reason: StaleReason | 'commit' | 'answer';
}

export interface CommitContext {
  readonly workspace: number;
  readonly incarnation: string;
  readonly agent: string;
  readonly uuidHex: string;
  readonly compression: boolean;
}

const ROWS_A_STATEMENT = 1000;
const BLOB_BYTES_A_STATEMENT = 1024 * 1024;
const NEW_REVISION = `(SELECT max(revision) FROM agentfs_commits WHERE workspace = ?1)`;
const NODE_COLUMNS = `workspace, node, rev_from, kind, mode, uid, gid, rdev, size, mtime_sec, mtime_nsec, xattrs, target,
  hash, encoding, inline, manifest, edited_at_ms`;

/** A step that fails the batch where `query` has a row. */
function guard(reason: StaleReason, query: string, args: Statement['args']): CommitStep {
  return { reason, sql: `INSERT INTO agentfs_guards (broken) SELECT 1 ${query} LIMIT 1`, args };
}

export function commitSteps(commit: PushCommit, context: CommitContext): CommitStep[] {
  const nodes: NodeChange[] = [];
  const entries: EntryChange[] = [];
  for (const change of commit.changes) {
    if (change.type === 'node') nodes.push(change);
    else entries.push(change);
  }
  return [
    ...beginSteps(commit, context),
    ...baseGuards(nodes, entries, { commit, context }),
    ...nodeSteps(nodes, context),
    ...entrySteps(entries, context),
    ...treeGuards(nodes, entries, context),
    {
      reason: 'answer',
      sql: `SELECT revision, committed_at_ms FROM agentfs_commits WHERE uuid = unhex(?1)`,
      args: [context.uuidHex],
    },
  ];
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
    guard(
      'workspace',
      `WHERE NOT EXISTS (SELECT 1 FROM agentfs_workspaces w WHERE w.id = ?1 AND w.incarnation = unhex(?2))`,
      [context.workspace, context.incarnation],
    ),
  ];
}

/** What must be as the caller knew it. A base of 0 needs no check: the unique index of live rows is one. */
function baseGuards(
  nodes: readonly NodeChange[],
  entries: readonly EntryChange[],
  plan: { readonly commit: PushCommit; readonly context: CommitContext },
): CommitStep[] {
  const { workspace } = plan.context;
  const steps: CommitStep[] = [];
  const known = nodes.filter((node) => node.base > 0);
  if (known.length > 0) {
    steps.push(
      guard(
        'node',
        `FROM json_each(?2) j LEFT JOIN agentfs_nodes n INDEXED BY agentfs_nodes_live
           ON n.workspace = ?1 AND n.node = unhex(j.value ->> 0) AND n.rev_to IS NULL
         WHERE ifnull(n.rev_from, 0) <> j.value ->> 1`,
        [workspace, JSON.stringify(known.map((node) => [node.id, node.base]))],
      ),
    );
  }
  const taken = entries.filter((entry) => entry.base > 0);
  if (taken.length > 0) {
    steps.push(
      guard(
        'entry',
        `FROM json_each(?2) j LEFT JOIN agentfs_entries e INDEXED BY agentfs_entries_live
           ON e.workspace = ?1 AND e.parent = unhex(j.value ->> 0) AND e.name = j.value ->> 1 AND e.rev_to IS NULL
         WHERE ifnull(e.rev_from, 0) <> j.value ->> 2`,
        [workspace, JSON.stringify(taken.map((entry) => [entry.parent, entry.name, entry.base]))],
      ),
    );
  }
  const moved = linkedOld(nodes, entries);
  if (moved.length > 0) {
    // Two directories that move at the same time could make a cycle that neither side sees.
    steps.push(
      guard(
        'head',
        `FROM json_each(?2) j
         CROSS JOIN agentfs_nodes n INDEXED BY agentfs_nodes_live
           ON n.workspace = ?1 AND n.node = unhex(j.value ->> 1) AND n.rev_to IS NULL
         CROSS JOIN agentfs_entries e INDEXED BY agentfs_entries_node
           ON e.workspace = ?1 AND e.node = n.node AND e.rev_to IS NULL
         WHERE n.kind = ${DIRECTORY_KIND} AND e.parent <> unhex(j.value ->> 0) AND ${NEW_REVISION} <> ?3`,
        [workspace, JSON.stringify(moved), plan.commit.baseRevision + 1],
      ),
    );
  }
  return steps;
}

/** [parent, node] of the entries that mean a node which this commit does not make. */
function linkedOld(
  nodes: readonly NodeChange[],
  entries: readonly EntryChange[],
): (readonly [string, string])[] {
  const made = new Set(nodes.filter((node) => node.base === 0).map((node) => node.id));
  const linked: (readonly [string, string])[] = [];
  for (const { parent, node } of entries) {
    if (node !== null && !made.has(node)) linked.push([parent, node]);
  }
  return linked;
}

function isLive(node: NodeChange): node is LiveNodeChange {
  return node.state !== null;
}

function nodeSteps(nodes: readonly NodeChange[], context: CommitContext): CommitStep[] {
  const steps: CommitStep[] = [];
  const live = nodes.filter(isLive);
  const same = live.filter((node) => node.content.kind === 'unchanged');
  if (same.length > 0) {
    steps.push(
      guard(
        'content',
        `FROM json_each(?2) j CROSS JOIN agentfs_nodes n INDEXED BY agentfs_nodes_live
           ON n.workspace = ?1 AND n.node = unhex(j.value ->> 0) AND n.rev_to IS NULL
         WHERE n.hash <> unhex(j.value ->> 1) OR n.size <> j.value ->> 2 OR n.kind <> j.value ->> 3`,
        [
          context.workspace,
          JSON.stringify(
            same.map(({ id, state }) => [id, state.hash, state.size, kindCode(state.kind)] as const),
          ),
        ],
      ),
    );
  }
  const ended = nodes.filter((node) => node.base > 0);
  if (ended.length > 0) {
    steps.push({
      reason: 'node',
      sql: `UPDATE agentfs_nodes SET rev_to = ${NEW_REVISION} WHERE id IN (
          SELECT n.id FROM json_each(?2) j CROSS JOIN agentfs_nodes n INDEXED BY agentfs_nodes_live
            ON n.workspace = ?1 AND n.node = unhex(j.value) AND n.rev_to IS NULL)`,
      args: [context.workspace, JSON.stringify(ended.map((node) => node.id))],
    });
  }
  const rest = live.filter((node) => node.content.kind !== 'unchanged');
  for (let start = 0; start < rest.length; ) {
    const packed = insertNodes(rest, start, context);
    steps.push(packed.step);
    start = packed.next;
  }
  if (same.length > 0) steps.push(insertSameContent(same, context));
  return steps;
}

/** One INSERT of as many nodes from `start` on as its bounds allow. */
function insertNodes(
  nodes: readonly LiveNodeChange[],
  start: number,
  context: CommitContext,
): { readonly step: CommitStep; readonly next: number } {
  const rows: unknown[] = [];
  const blob = new BlobPacker();
  let next = start;
  while (next < nodes.length && rows.length < ROWS_A_STATEMENT && blob.length < BLOB_BYTES_A_STATEMENT) {
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

/** New versions that take their content from the version that this commit has just ended. */
function insertSameContent(nodes: readonly LiveNodeChange[], context: CommitContext): CommitStep {
  const rows = nodes.map(({ id, state }) => [
    id,
    state.mode,
    state.uid,
    state.gid,
    state.rdev,
    state.mtimeSec,
    state.mtimeNsec,
    state.xattrs,
    Math.trunc(state.editedAtMs),
  ]);
  return {
    reason: 'content',
    sql: `INSERT INTO agentfs_nodes (${NODE_COLUMNS})
      SELECT ?1, o.node, o.rev_to, o.kind, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, o.size,
        j.value ->> 5, j.value ->> 6, j.value ->> 7, o.target, o.hash, o.encoding, o.inline, o.manifest,
        min(j.value ->> 8, ${SERVER_NOW_MS})
      FROM json_each(?2) j CROSS JOIN agentfs_nodes o INDEXED BY agentfs_nodes_ended
        ON o.workspace = ?1 AND o.rev_to = ${NEW_REVISION} AND o.node = unhex(j.value ->> 0)`,
    args: [context.workspace, JSON.stringify(rows)],
  };
}

function entrySteps(entries: readonly EntryChange[], context: CommitContext): CommitStep[] {
  const steps: CommitStep[] = [];
  const ended = entries.filter((entry) => entry.base > 0);
  if (ended.length > 0) {
    steps.push({
      reason: 'entry',
      sql: `UPDATE agentfs_entries SET rev_to = ${NEW_REVISION} WHERE id IN (
          SELECT e.id FROM json_each(?2) j CROSS JOIN agentfs_entries e INDEXED BY agentfs_entries_live
            ON e.workspace = ?1 AND e.parent = unhex(j.value ->> 0) AND e.name = j.value ->> 1 AND e.rev_to IS NULL)`,
      args: [context.workspace, JSON.stringify(ended.map((entry) => [entry.parent, entry.name]))],
    });
  }
  const made = entries.filter((entry) => entry.node !== null);
  if (made.length > 0) {
    steps.push({
      reason: 'entry',
      sql: `INSERT INTO agentfs_entries (workspace, parent, name, node, rev_from)
        SELECT ?1, unhex(j.value ->> 0), j.value ->> 1, unhex(j.value ->> 2), ${NEW_REVISION} FROM json_each(?2) j`,
      args: [context.workspace, JSON.stringify(made.map((entry) => [entry.parent, entry.name, entry.node]))],
    });
  }
  return steps;
}

/** What must hold of the tree after the commit. */
function treeGuards(
  nodes: readonly NodeChange[],
  entries: readonly EntryChange[],
  context: CommitContext,
): CommitStep[] {
  const { workspace } = context;
  const steps: CommitStep[] = [];
  const parents = new Set(entries.filter((entry) => entry.node !== null).map((entry) => entry.parent));
  parents.delete(ROOT_NODE);
  if (parents.size > 0) {
    steps.push(
      guard(
        'parent',
        `FROM json_each(?2) j LEFT JOIN agentfs_nodes n INDEXED BY agentfs_nodes_live
           ON n.workspace = ?1 AND n.node = unhex(j.value) AND n.rev_to IS NULL
         WHERE n.kind IS NOT ${DIRECTORY_KIND}`,
        [workspace, JSON.stringify([...parents])],
      ),
    );
  }
  const linked = linkedOld(nodes, entries);
  if (linked.length > 0) {
    // What an entry means must be there, and a directory has one entry.
    steps.push(
      guard(
        'link',
        `FROM json_each(?2) j LEFT JOIN agentfs_nodes n INDEXED BY agentfs_nodes_live
           ON n.workspace = ?1 AND n.node = unhex(j.value ->> 1) AND n.rev_to IS NULL
         WHERE n.kind IS NULL OR (n.kind = ${DIRECTORY_KIND} AND 1 < (
           SELECT count(*) FROM agentfs_entries e INDEXED BY agentfs_entries_node
           WHERE e.workspace = ?1 AND e.node = n.node AND e.rev_to IS NULL))`,
        [workspace, JSON.stringify(linked)],
      ),
    );
  }
  const removed = nodes.filter((node) => node.state === null).map((node) => node.id);
  if (removed.length > 0) {
    const list = JSON.stringify(removed);
    steps.push(
      guard(
        'children',
        `FROM json_each(?2) j CROSS JOIN agentfs_entries e INDEXED BY agentfs_entries_live
           ON e.workspace = ?1 AND e.parent = unhex(j.value) AND e.rev_to IS NULL`,
        [workspace, list],
      ),
      guard(
        'link',
        `FROM json_each(?2) j CROSS JOIN agentfs_entries e INDEXED BY agentfs_entries_node
           ON e.workspace = ?1 AND e.node = unhex(j.value) AND e.rev_to IS NULL`,
        [workspace, list],
      ),
    );
  }
  if (entries.some((entry) => entry.base > 0)) {
    steps.push(
      guard(
        'orphan',
        `FROM agentfs_entries x INDEXED BY agentfs_entries_ended
         CROSS JOIN agentfs_nodes n INDEXED BY agentfs_nodes_live
           ON n.workspace = ?1 AND n.node = x.node AND n.rev_to IS NULL
         WHERE x.workspace = ?1 AND x.rev_to = ${NEW_REVISION} AND NOT EXISTS (
           SELECT 1 FROM agentfs_entries e INDEXED BY agentfs_entries_node
           WHERE e.workspace = ?1 AND e.node = x.node AND e.rev_to IS NULL)`,
        [workspace],
      ),
    );
  }
  const hashes = new Set<string>();
  for (const { content } of nodes) {
    if (content.kind === 'chunks') for (const chunk of content.chunks) hashes.add(chunk.hash);
  }
  if (hashes.size > 0) {
    steps.push(
      guard(
        'chunk',
        `FROM json_each(?1) j LEFT JOIN agentfs_chunks c ON c.hash = unhex(j.value) WHERE c.id IS NULL`,
        [JSON.stringify([...hashes])],
      ),
    );
  }
  return steps;
}
