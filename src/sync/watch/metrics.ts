/**
 * What a remote's syncs have cost since it was enabled: sums, and how often one took how long. Pure.
 *
 * Durations are counted in classes that grow by a fifth, so a percentile is right within a tenth, in little room however
 * many syncs there are. A sync that was due, and found nothing to do, is no operation.
 */
import type { SyncMetrics, SyncReport } from '../types.js';

/** What is stored, as JSON. */
interface Counts {
  operations: number;
  bytesSent: number;
  bytesReceived: number;
  totalMs: number;
  conflictsResolved: number;
  roundTrips: number;
  rowsWritten: number;
  chunksSent: number;
  chunksReused: number;
  retries: number;
  /** How many syncs by class of duration. */
  durations: Record<string, number>;
}

const NONE: Counts = {
  operations: 0,
  bytesSent: 0,
  bytesReceived: 0,
  totalMs: 0,
  conflictsResolved: 0,
  roundTrips: 0,
  rowsWritten: 0,
  chunksSent: 0,
  chunksReused: 0,
  retries: 0,
  durations: {},
};

const GROWTH = Math.log(1.2);

function classOf(ms: number): number {
  return Math.round(Math.log(Math.max(0, ms) + 1) / GROWTH);
}

function msOf(duration: number): number {
  return Math.round(Math.exp(duration * GROWTH) - 1);
}

export function readCounts(json: string | undefined): Counts {
  return json === undefined ? { ...NONE } : { ...NONE, ...(JSON.parse(json) as Partial<Counts>) };
}

/** The counts with one more sync in them, as JSON; undefined where nothing is to be counted. */
export function countSync(json: string | undefined, report: SyncReport, asked: boolean): string | undefined {
  const moved = report.pushed + report.pulled + report.conflictsResolved > 0;
  if (!moved && !asked) return undefined;
  const counts = readCounts(json);
  const key = String(classOf(report.durationMs));
  return JSON.stringify({
    ...counts,
    operations: counts.operations + 1,
    bytesSent: counts.bytesSent + report.bytesSent,
    bytesReceived: counts.bytesReceived + report.bytesReceived,
    totalMs: counts.totalMs + report.durationMs,
    conflictsResolved: counts.conflictsResolved + report.conflictsResolved,
    roundTrips: counts.roundTrips + report.roundTrips,
    rowsWritten: counts.rowsWritten + report.rowsWritten,
    chunksSent: counts.chunksSent + report.chunksSent,
    chunksReused: counts.chunksReused + report.chunksReused,
    durations: { ...counts.durations, [key]: (counts.durations[key] ?? 0) + 1 },
  } satisfies Counts);
}

/** The counts with one more failure that is tried again. */
export function countRetry(json: string | undefined): string {
  const counts = readCounts(json);
  return JSON.stringify({ ...counts, retries: counts.retries + 1 } satisfies Counts);
}

export function metricsOf(
  json: string | undefined,
  of: { readonly remote: string; readonly conflictsPending: number },
): SyncMetrics {
  const counts = readCounts(json);
  const { operations } = counts;
  return {
    remote: of.remote,
    syncOperations: operations,
    bytesPushed: counts.bytesSent,
    bytesPulled: counts.bytesReceived,
    averageLatencyMs: operations === 0 ? 0 : Math.round(counts.totalMs / operations),
    p50Ms: percentile(counts, 0.5),
    p99Ms: percentile(counts, 0.99),
    conflictsResolved: counts.conflictsResolved,
    conflictsPending: of.conflictsPending,
    roundTrips: counts.roundTrips,
    rowsWritten: counts.rowsWritten,
    chunksSent: counts.chunksSent,
    chunksReused: counts.chunksReused,
    retries: counts.retries,
  };
}

function percentile({ durations, operations }: Counts, share: number): number {
  const classes = Object.keys(durations)
    .map(Number)
    .sort((a, b) => a - b);
  let seen = 0;
  for (const duration of classes) {
    seen += durations[duration] ?? 0;
    if (seen >= share * operations) return msOf(duration);
  }
  return 0;
}
