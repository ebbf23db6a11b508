/**
 * What is said where a remote is not what it was when this workspace last saw it.
 */
import { AgentFsError } from '../../base/index.js';

const REJOIN_HINT =
  'Nothing was changed. Disable sync and enable it again to join both sides without a common past.';

/** What is remembered of a remote is not true of another one in its place. */
export function replacedRemote(remoteName: string): AgentFsError {
  return brake(
    `the workspace on remote '${remoteName}' is not the one this was synced with: it was made anew`,
  );
}

export function rolledBackRemote(revisions: { readonly there: number; readonly seen: number }): AgentFsError {
  return brake(
    `the remote is at revision ${revisions.there}, this workspace has seen ${revisions.seen}: it was rolled back`,
  );
}

function brake(message: string): AgentFsError {
  return new AgentFsError('SYNC_BRAKE', message, { operation: 'sync', hint: REJOIN_HINT });
}
