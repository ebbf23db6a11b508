/**
 * What a run did, as its caller is told.
 */
import { publicConflict } from '../conflicts.js';
import type { RemoteStatistics } from '../remote/index.js';
import type { RoundOptions } from '../round/context.js';
import type { RoundResult } from '../round/round-result.js';
import type { SyncReport } from '../types.js';
import { carriedOut } from './resolved.js';

export interface RunFacts {
  readonly remoteName: string;
  readonly before: RemoteStatistics;
  readonly after: RemoteStatistics;
  /** By performance.now. */
  readonly startedMs: number;
  readonly wanted: RoundOptions;
}

export function reportOf(result: RoundResult, facts: RunFacts): SyncReport {
  const { remoteName, before, after, startedMs, wanted } = facts;
  return {
    remote: remoteName,
    revision: result.revision,
    pushed: result.pushed,
    pulled: result.pulled,
    bytesSent: after.bytesSent - before.bytesSent,
    bytesReceived: after.bytesReceived - before.bytesReceived,
    roundTrips: after.roundTrips - before.roundTrips,
    rowsWritten: after.rowsWritten - before.rowsWritten,
    chunksSent: after.chunksSent - before.chunksSent,
    chunksReused: after.chunksReused - before.chunksReused,
    durationMs: Math.round(performance.now() - startedMs),
    ...(result.plan === undefined ? {} : { plan: result.plan }),
    conflicts: result.conflicts.map(publicConflict),
    conflictsResolved: wanted.dryRun ? 0 : carriedOut(result.conflicts, wanted),
  };
}
