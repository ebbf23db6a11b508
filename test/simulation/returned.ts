/**
 * What may be there again though a person removed it, and nobody else did anything to it.
 *
 * It stands in a directory that the same removal took away, and that somebody else had edited or moved meanwhile. Such a
 * directory is one thing with what is in it (sync/core/nodes), also with what that somebody has never seen, so where it
 * comes back nothing of it is missing. Or somebody else's policy took back the remover's own move of it before he had
 * pushed the removal: on the remote that is a move, and a conflict with the removal.
 */
import type { Database } from 'better-sqlite3';
import { ROOT_NODE } from '#src/sync/core/index.js';

/** It, and the directories in which it stands. */
const ABOVE = `
  WITH RECURSIVE above(node) AS (
    SELECT node FROM agentfs_nodes WHERE hash = unhex(:hash) AND rev_to IS NULL
    UNION
    SELECT e.parent FROM above JOIN agentfs_entries e ON e.node = above.node AND e.rev_to IS NULL)`;

/** Directories' times do not count: they move with what is in them. A directory that was made anew had been removed. */
const EDITED = `
  SELECT 1 FROM above JOIN agentfs_nodes v ON v.node = above.node
  JOIN agentfs_commits c ON c.revision = v.rev_from AND c.agent <> :by
  WHERE above.node <> unhex(:root)
    AND EXISTS (SELECT 1 FROM agentfs_nodes o WHERE o.node = v.node AND o.rev_from < v.rev_from)
    AND NOT EXISTS (SELECT 1 FROM agentfs_nodes o WHERE o.node = v.node AND o.rev_to = v.rev_from
      AND (o.mode, o.uid, o.gid, o.xattrs) = (v.mode, v.uid, v.gid, v.xattrs))`;

const MOVED = `
  SELECT 1 FROM above JOIN agentfs_entries v ON v.node = above.node
  JOIN agentfs_commits c ON c.revision = v.rev_from AND c.agent <> :by
  WHERE EXISTS (SELECT 1 FROM agentfs_entries o WHERE o.node = v.node AND o.rev_from < v.rev_from
    AND (o.parent, o.name) <> (v.parent, v.name))`;

/** Whether the content with this hash, removed by the agent `by` (its id), may be back with a directory. */
export function mayBeBack(
  db: Database,
  { hash, by }: { readonly hash: string; readonly by: string },
): boolean {
  const found = db.prepare(`${ABOVE} ${EDITED} UNION ALL ${MOVED} LIMIT 1`);
  return found.get({ hash, by, root: ROOT_NODE }) !== undefined;
}
