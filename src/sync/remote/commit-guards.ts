/**
 * What must hold for a commit, before and after it is applied, as steps that fail its batch. Pure.
 *
 * Every join goes from the JSON list to an index (CROSS JOIN and LEFT JOIN pin that order): the planner's own choice
 * begins at the table and is 20 times slower. A base of 0 needs no check of its own: the unique index of live rows,
 * which the insert meets, is one.
 */
import { ROOT_NODE } from '../core/tree.js';
import {
  type CommitContext,
  type CommitStep,
  type EntryChange,
  forEachPart,
  guardSql,
  NEW_REVISION,
  type NodeChange,
} from './commit-step.js';
import type { StaleReason } from './types.js';
import { DIRECTORY_KIND, kindCode } from './wire.js';

/** Joins the JSON list `j` with the live node, or the live entry, that an item names. */
const NODE_OF = (id: string): string => `agentfs_nodes n INDEXED BY agentfs_nodes_live
  ON n.workspace = ?1 AND n.node = unhex(${id}) AND n.rev_to IS NULL`;
const ENTRY_OF = `agentfs_entries e INDEXED BY agentfs_entries_live
  ON e.workspace = ?1 AND e.parent = unhex(j.value ->> 0) AND e.name = j.value ->> 1 AND e.rev_to IS NULL`;
const LINKS_OF_N = `agentfs_entries e INDEXED BY agentfs_entries_node`;

interface Guard {
  readonly reason: StaleReason;
  readonly query: string;
  readonly list: readonly unknown[];
}

function steps(guards: readonly Guard[], context: Pick<CommitContext, 'workspace'>): CommitStep[] {
  return guards.flatMap(({ reason, query, list }) =>
    forEachPart(list, { reason, sql: guardSql(query) }, { workspace: context.workspace }),
  );
}

/** What the commit was planned on is what there is. */
export function baseGuards(
  nodes: readonly NodeChange[],
  entries: readonly EntryChange[],
  context: CommitContext,
): CommitStep[] {
  const bases = steps(
    [
      {
        reason: 'node',
        query: `FROM json_each(?2) j LEFT JOIN ${NODE_OF('j.value ->> 0')}
          WHERE ifnull(n.rev_from, 0) <> j.value ->> 1`,
        list: nodes.filter((node) => node.base > 0).map((node) => [node.id, node.base]),
      },
      {
        reason: 'entry',
        query: `FROM json_each(?2) j LEFT JOIN ${ENTRY_OF} WHERE ifnull(e.rev_from, 0) <> j.value ->> 2`,
        list: entries.filter((entry) => entry.base > 0).map(({ parent, name, base }) => [parent, name, base]),
      },
      {
        reason: 'content',
        query: `FROM json_each(?2) j CROSS JOIN ${NODE_OF('j.value ->> 0')}
          WHERE n.hash <> unhex(j.value ->> 1) OR n.size <> j.value ->> 2 OR n.kind <> j.value ->> 3`,
        list: nodes.flatMap(({ id, state, content }) =>
          state !== null && content.kind === 'unchanged'
            ? [[id, state.hash, state.size, kindCode(state.kind)]]
            : [],
        ),
      },
    ],
    context,
  );
  // Two directories that move at the same time could make a cycle that neither side sees.
  const moves = forEachPart(
    linkedOld(nodes, entries),
    {
      reason: 'head',
      sql: guardSql(`FROM json_each(?2) j CROSS JOIN ${NODE_OF('j.value ->> 1')}
        CROSS JOIN ${LINKS_OF_N} ON e.workspace = ?1 AND e.node = n.node AND e.rev_to IS NULL
        WHERE n.kind = ${DIRECTORY_KIND} AND e.parent <> unhex(j.value ->> 0) AND ${NEW_REVISION} <> ?3`),
    },
    { workspace: context.workspace, rest: [context.baseRevision + 1] },
  );
  return [...bases, ...moves];
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

/** The tree that results is one: no entry without parent or node, no node without entry, every chunk there. */
export function treeGuards(
  nodes: readonly NodeChange[],
  entries: readonly EntryChange[],
  context: Pick<CommitContext, 'workspace'>,
): CommitStep[] {
  const parents = new Set(entries.filter((entry) => entry.node !== null).map((entry) => entry.parent));
  parents.delete(ROOT_NODE);
  const removed = nodes.filter((node) => node.state === null).map((node) => node.id);
  const chunks = new Set<string>();
  for (const { content } of nodes) {
    if (content.kind !== 'chunks') continue;
    // Those of the version that is replaced are there as long as that is, and the guards on bases see that it is.
    const named = 'fresh' in content ? content.fresh : content.chunks;
    for (const chunk of named) chunks.add(chunk.hash);
  }
  const lists = steps(
    [
      {
        reason: 'parent',
        query: `FROM json_each(?2) j LEFT JOIN ${NODE_OF('j.value')} WHERE n.kind IS NOT ${DIRECTORY_KIND}`,
        list: [...parents],
      },
      {
        // What an entry means is there, and a directory has one entry.
        reason: 'link',
        query: `FROM json_each(?2) j LEFT JOIN ${NODE_OF('j.value ->> 1')}
          WHERE n.kind IS NULL OR (n.kind = ${DIRECTORY_KIND} AND 1 < (SELECT count(*) FROM ${LINKS_OF_N}
            WHERE e.workspace = ?1 AND e.node = n.node AND e.rev_to IS NULL))`,
        list: linkedOld(nodes, entries),
      },
      {
        reason: 'children',
        query: `FROM json_each(?2) j CROSS JOIN agentfs_entries e INDEXED BY agentfs_entries_live
          ON e.workspace = ?1 AND e.parent = unhex(j.value) AND e.rev_to IS NULL`,
        list: removed,
      },
      {
        reason: 'link',
        query: `FROM json_each(?2) j CROSS JOIN ${LINKS_OF_N}
          ON e.workspace = ?1 AND e.node = unhex(j.value) AND e.rev_to IS NULL`,
        list: removed,
      },
      {
        reason: 'chunk',
        query: `FROM json_each(?2) j LEFT JOIN agentfs_chunks c ON c.hash = unhex(j.value)
          WHERE c.id IS NULL AND ?1 IS NOT NULL`,
        list: [...chunks],
      },
    ],
    context,
  );
  if (!entries.some((entry) => entry.base > 0)) return lists;
  const orphan: CommitStep = {
    reason: 'orphan',
    sql: guardSql(`FROM agentfs_entries x INDEXED BY agentfs_entries_ended CROSS JOIN agentfs_nodes n
      INDEXED BY agentfs_nodes_live ON n.workspace = ?1 AND n.node = x.node AND n.rev_to IS NULL
      WHERE x.workspace = ?1 AND x.rev_to = ${NEW_REVISION} AND NOT EXISTS (SELECT 1 FROM ${LINKS_OF_N}
        WHERE e.workspace = ?1 AND e.node = x.node AND e.rev_to IS NULL)`),
    args: [context.workspace],
  };
  return [...lists, orphan];
}
