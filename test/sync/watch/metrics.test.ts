/** What syncs have cost: counted, summed, and as percentiles. */
import t from 'tap';
import type { SyncReport } from '#src/sync/index.js';
import { countRetry, countSync, metricsOf } from '#src/sync/watch/metrics.js';

const IDLE: SyncReport = {
  remote: 'origin',
  revision: 1,
  pushed: 0,
  pulled: 0,
  bytesSent: 10,
  bytesReceived: 20,
  roundTrips: 1,
  rowsWritten: 0,
  chunksSent: 0,
  chunksReused: 0,
  durationMs: 5,
  conflicts: [],
  conflictsResolved: 0,
};

t.test('a sync that was due and found nothing is no operation, one that was asked for is', async (t) => {
  t.equal(countSync(undefined, IDLE, false), undefined);
  const once = countSync(undefined, IDLE, true);
  t.match(metricsOf(once, { remote: 'origin', conflictsPending: 2 }), {
    syncOperations: 1,
    bytesPushed: 10,
    bytesPulled: 20,
    conflictsPending: 2,
    retries: 0,
  });
});

t.test('percentiles are right within a tenth', async (t) => {
  let counts: string | undefined;
  for (let ms = 1; ms <= 1000; ms += 1)
    counts = countSync(counts, { ...IDLE, pushed: 1, durationMs: ms, conflictsResolved: ms % 2 }, false);
  const { averageLatencyMs, p50Ms, p99Ms, conflictsResolved } = metricsOf(counts, {
    remote: 'origin',
    conflictsPending: 0,
  });
  t.equal(averageLatencyMs, 501);
  t.ok(Math.abs(p50Ms - 500) < 60, `p50 ${p50Ms}`);
  t.ok(Math.abs(p99Ms - 990) < 110, `p99 ${p99Ms}`);
  t.equal(conflictsResolved, 500);
  t.match(metricsOf(countRetry(counts), { remote: 'origin', conflictsPending: 0 }), {
    retries: 1,
    syncOperations: 1000,
  });
});
