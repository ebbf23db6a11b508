/**
 * What a round leaves in mind of its remote, as the end of it says; the caller is in one transaction.
 */
import type { SyncState } from '../../store/index.js';
import type { RoundEnd } from '../steps.js';

export function writeRoundEnd(syncState: SyncState, end: RoundEnd, atMs: number): void {
  const { remote, joinedAt, isAhead, scope } = end;
  if (end.quarantine !== undefined) syncState.watching.setQuarantine(remote, end.quarantine);
  if (end.unsettledThere !== undefined) syncState.unsettled.changeThere(remote, end.unsettledThere);
  if (end.unsettledHere !== undefined) syncState.unsettled.setHere(remote, end.unsettledHere);
  if (end.conflicts !== undefined) syncState.setConflicts(remote, end.conflicts, atMs);
  if (end.cursor !== undefined) syncState.setCursor(remote, end.cursor);
  if (end.pushedSeq !== undefined) syncState.setPushed(remote, end.pushedSeq);
  if (end.incarnation !== undefined) syncState.setIncarnation(remote, end.incarnation);
  if (end.notedFrom !== undefined) syncState.mergeState(remote, { notedFrom: end.notedFrom });
  if (end.idsFrom !== undefined) syncState.mergeState(remote, { idsFrom: end.idsFrom });
  if (joinedAt !== undefined) syncState.mergeState(remote, { joinedAt });
  if (end.auditSeq !== undefined) syncState.mergeState(remote, { auditSeq: end.auditSeq });
  if (isAhead !== undefined) syncState.mergeState(remote, { isAhead });
  if (scope !== undefined) syncState.mergeState(remote, { scope });
  if (scope === '') syncState.excluded.forget(remote);
}
