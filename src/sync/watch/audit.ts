/**
 * The audit log of a workspace, from what is kept here and what the remote has of all agents. Pure.
 */

import { rfc3339 } from '../../base/index.js';
import type { AuditRow } from '../../store/index.js';
import type { RemoteAuditRow } from '../remote/types.js';

export interface AuditEntry {
  /** RFC 3339 in UTC. */
  readonly at: string;
  readonly agent: string;
  /** It is this one. */
  readonly self: boolean;
  /** What was done: `push` and other commits, `sync.enable`, `sync.config`, `sync.reset`, … */
  readonly action: string;
  /** Of a commit. */
  readonly revision?: number;
  /** In words, or as JSON. It may come from another agent and may hold anything. */
  readonly detail: string;
}

export interface AuditLog {
  /** The latest first. */
  readonly entries: readonly AuditEntry[];
  /** False where the remote could not be asked: what others did is not among them. */
  readonly complete: boolean;
}

export function mergeAudit(
  here: readonly AuditRow[],
  there: readonly RemoteAuditRow[],
  of: { readonly agent: string; readonly limit: number },
): AuditEntry[] {
  const known = new Set(there.map(({ agent, seq }) => `${agent} ${seq}`));
  const rows = [
    ...there,
    ...here.filter(({ agent, seq }) => !known.has(`${agent} ${seq}`)).map((row) => ({ ...row, revision: 0 })),
  ];
  return rows
    .sort((a, b) => b.atMs - a.atMs || b.revision - a.revision || b.seq - a.seq)
    .slice(0, of.limit)
    .map(({ atMs, agent, action, detail, revision }) => ({
      at: rfc3339(atMs),
      agent,
      self: agent === of.agent,
      action,
      ...(revision === 0 ? {} : { revision }),
      detail,
    }));
}
