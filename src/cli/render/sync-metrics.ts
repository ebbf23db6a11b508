/**
 * What syncs have cost, as text. Pure.
 *
 * The first four lines are the users' documentation word for word; lines may be added after them, never between.
 */
import type { SyncMetrics } from '../../sdk/typescript/index.js';
import { formatBytes, formatCount } from './quantities.js';
import { renderFields } from './table.js';

export function renderMetrics(metrics: SyncMetrics): string {
  return renderFields([
    ['Sync operations', formatCount(metrics.syncOperations)],
    ['Data synced', formatMegabytes(metrics.bytesPushed + metrics.bytesPulled)],
    ['Average latency', `${formatCount(metrics.averageLatencyMs)}ms`],
    ['Conflicts resolved', formatCount(metrics.conflictsResolved)],
    ['Conflicts pending', formatCount(metrics.conflictsPending)],
    ['Latency p50, p99', `${formatCount(metrics.p50Ms)}ms, ${formatCount(metrics.p99Ms)}ms`],
    ['Pushed, pulled', `${formatBytes(metrics.bytesPushed)}, ${formatBytes(metrics.bytesPulled)}`],
    ['Round trips', formatCount(metrics.roundTrips)],
    ['Rows written', formatCount(metrics.rowsWritten)],
    ['Chunks sent, reused', `${formatCount(metrics.chunksSent)}, ${formatCount(metrics.chunksReused)}`],
    ['Retries', formatCount(metrics.retries)],
    ['Remote', metrics.remote],
  ]);
}

/** `45.6 MB`: decimal megabytes, as the documentation has them. */
function formatMegabytes(bytes: number): string {
  const [whole = '0', tenths = '0'] = (bytes / 1e6).toFixed(1).split('.');
  return `${formatCount(Number(whole))}.${tenths} MB`;
}
