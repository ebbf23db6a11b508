/**
 * Brings the audit log of this agent to the remote, as far as it is not there yet. One round trip, and only where there is
 * something to say; that it fails is no failure of the sync.
 */
import type { StoreReader } from '../../store/index.js';
import type { RemoteWorkspace } from '../remote/remote-workspace.js';
import type { SyncHost } from '../steps.js';

const ROWS_AT_ONCE = 1000;

export async function sendAudit(
  remote: RemoteWorkspace,
  { reader, host, remoteName }: { reader: StoreReader; host: SyncHost; remoteName: string },
): Promise<void> {
  const row = reader.remote(remoteName);
  if (row === undefined) return;
  const { auditSeq = 0 } = JSON.parse(row.state) as { readonly auditSeq?: number };
  const rows = reader.auditAfter(auditSeq, ROWS_AT_ONCE);
  const last = rows.at(-1);
  if (last === undefined) return;
  const own = rows.filter((it) => it.remote === '' || it.remote === remoteName);
  if (own.length > 0) await remote.appendAudit(own);
  await host.finish({ remote: row.id, auditSeq: last.seq });
}
