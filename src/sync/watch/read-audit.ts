/**
 * The audit log: what was noted here, with what the remote has of everybody, as far as it can be reached.
 */
import { AgentFsError } from '../../base/index.js';
import type { SyncState } from '../../store/index.js';
import type { RemoteAuditRow } from '../remote/types.js';
import { type AuditLog, mergeAudit } from './audit.js';

/** Entries that are told unasked. */
const AUDIT_ENTRIES = 100;
const OUT_OF_REACH: ReadonlySet<string> = new Set(['REMOTE_UNREACHABLE', 'REMOTE_AUTH']);

/** `ask`: of the remote, where there is one. */
export async function readAudit(
  { watching }: SyncState,
  options: {
    readonly agent: string;
    readonly limit?: number | undefined;
    readonly ask?: ((limit: number) => Promise<RemoteAuditRow[]>) | undefined;
  },
): Promise<AuditLog> {
  const { agent, limit = AUDIT_ENTRIES, ask } = options;
  const here = watching.audit(limit);
  const log = (there: readonly RemoteAuditRow[]) => mergeAudit(here, there, { agent, limit });
  if (ask === undefined) return { entries: log([]), complete: true };
  try {
    return { entries: log(await ask(limit)), complete: true };
  } catch (error) {
    if (!(error instanceof AgentFsError) || !OUT_OF_REACH.has(error.code)) throw error;
    return { entries: log([]), complete: false };
  }
}
