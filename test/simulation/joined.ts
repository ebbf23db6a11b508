/**
 * Versions that have one agent's content and another one's attributes: where both changed a file, the mode, owner or
 * attributes that only one of them changed stay, whoever's content it is. Such a version was edited when the later of the two
 * was, though its content is the older one, and a deletion is measured by that. The ledger follows contents, and knows
 * nothing of it.
 *
 * It counts only where the remote's history shows it (an agent pushed other attributes for the content that was there), and
 * as what that agent did to that very file before it pushed.
 */
import type { Database } from 'better-sqlite3';
import type { SimulatedAgent } from './agent.js';
import type { Ledger } from './ledger.js';

const PUSHED_ATTRIBUTES = `
  SELECT lower(hex(v.node)) AS node, c.agent, c.committed_at_ms AS pushedMs
  FROM agentfs_nodes v JOIN agentfs_nodes o ON o.node = v.node AND o.rev_to = v.rev_from AND o.hash = v.hash
  JOIN agentfs_commits c ON c.revision = v.rev_from
  WHERE v.hash = unhex(:hash) AND v.rev_from <= :revision
    AND (o.mode, o.uid, o.gid, o.xattrs) <> (v.mode, v.uid, v.gid, v.xattrs)`;

interface Pushed {
  readonly node: string;
  readonly agent: string;
  readonly pushedMs: number;
}

/** When those who gave attributes to the version with this hash, that was there at a revision, changed their file last. */
export function joinedMs(
  { hash, revision = 0 }: { readonly hash: string; readonly revision?: number },
  of: { readonly db: Database; readonly ledger: Ledger; readonly agents: readonly SimulatedAgent[] },
): number {
  const pushed = of.db.prepare<[{ hash: string; revision: number }], Pushed>(PUSHED_ATTRIBUTES);
  const times = pushed.all({ hash, revision }).map(({ node, agent: id, pushedMs }) => {
    const agent = of.agents.find((it) => it.id === id);
    const ino = agent?.inoOf(node);
    if (agent === undefined || ino === undefined) return 0;
    return of.ledger.changedMs({ agent: agent.name, ino, untilMs: pushedMs }) ?? 0;
  });
  return Math.max(0, ...times);
}
