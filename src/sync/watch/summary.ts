/**
 * What is remembered of a remote, as its status tells it. Pure.
 */
import { rfc3339 } from '../../base/index.js';
import type { QuarantineRow } from '../../store/index.js';
import type { RemoteAgent } from '../remote/types.js';
import type { AgentInfo, QuarantineSummary, SyncState } from '../types.js';

const SHOWN = 5;

export function summaryOfQuarantine(rows: readonly QuarantineRow[]): QuarantineSummary | undefined {
  if (rows.length === 0) return undefined;
  const bad = rows.filter(({ waits }) => !waits);
  const first = bad.slice(0, SHOWN).map(({ shown: path, reason, revision }) => ({ path, reason, revision }));
  const paths = new Set(bad.map(({ shown }) => shown));
  const waiting = new Set(rows.map(({ shown }) => shown).filter((path) => !paths.has(path)));
  return { count: bad.length, waiting: waiting.size, first };
}

export function agentInfo({ agent, host, lastSeenMs, revision }: RemoteAgent, self: string): AgentInfo {
  return { agent, host, lastSeen: rfc3339(lastSeenMs), revision, self: agent === self };
}

/** What is going on, with what is waiting. */
export function combinedState(state: SyncState | undefined, changes: number, conflicts: number): SyncState {
  if (state === 'syncing' || state === 'offline' || state === 'auth' || state === 'error') return state;
  if (conflicts > 0) return 'conflicts';
  return changes > 0 ? 'pending' : 'synced';
}
