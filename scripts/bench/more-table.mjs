/**
 * Text of the second part: mount ready, sync. Pure.
 */
import { judge, median, medianRatio, percentile } from './figures.mjs';
import { MORE_GOALS } from './rows.mjs';
import { alignedLines, goalText, short } from './table.mjs';

/** Lines of the table; `results` has `ready`, `push`, `pull`, `rename-1000`, `latency` where they were measured. */
export function renderMore(results) {
  const lines = [
    ...readyLine(results.ready),
    ...bulkLine('push of 10 000 x 1 KB', 'push', results.push),
    ...bulkLine('pull of 10 000 x 1 KB', 'pull', results.pull),
    ...renameLine(results['rename-1000']),
    ...latencyLine(results.latency),
  ];
  return alignedLines([['', 'ours', 'beside it', 'goal'], ...lines]);
}

/** Round trips, rows and bytes of the sync rows. */
export function renderSyncCounts(results) {
  const lines = [
    ['push of 10 000 x 1 KB', results.push?.reports.at(-1)],
    ['pull of 10 000 x 1 KB', results.pull?.reports.at(-1)],
    ['push of a renamed directory of 1 000', results['rename-1000']?.report],
  ].flatMap(([title, report]) =>
    report === undefined
      ? []
      : [
          [
            title,
            ...['roundTrips', 'rowsWritten', 'chunksSent', 'bytesSent', 'bytesReceived'].map((name) =>
              String(report[name]),
            ),
          ],
        ],
  );
  if (lines.length === 0) return [];
  return alignedLines([
    ['', 'round trips', 'rows written', 'chunks', 'bytes sent', 'bytes received'],
    ...lines,
  ]);
}

function judged(name, figures, unit) {
  return (MORE_GOALS[name] ?? [])
    .flatMap((goal) => judge({ goal, figure: figures[goal.of ?? 'figure'] }) ?? [])
    .map((goal) => goalText(goal, unit))
    .join('; ');
}

function readyLine(ready) {
  if (ready === undefined) return [];
  const figure = median(ready.answers);
  return [
    [
      'mount answers, 100 000 files in it',
      `${short(figure)} ms`,
      `command returns: ${short(median(ready.returns))} ms`,
      judged('ready', { figure }),
    ],
  ];
}

function bulkLine(title, name, result) {
  if (result === undefined) return [];
  const rate = median(result.ours);
  const ratio = medianRatio(result.ours, result.raw);
  const beside = `raw rows ${short(median(result.raw))}/s (${short(ratio)})`;
  return [[`${title}, files/s`, short(rate), beside, judged(name, { rate, ratio })]];
}

function renameLine(result) {
  if (result === undefined) return [];
  const { rowsWritten } = result.report;
  return [
    [
      'push of a renamed directory of 1 000',
      `${short(result.ms)} ms`,
      `${rowsWritten} rows written`,
      judged('rename-1000', { figure: rowsWritten }),
    ],
  ];
}

function latencyLine(milliseconds) {
  if (milliseconds === undefined) return [];
  const [p50, p99] = [percentile(milliseconds, 0.5), percentile(milliseconds, 0.99)];
  return [
    [
      "edit on A's mount until read on B's",
      `p50 ${short(p50)} ms`,
      `p99 ${short(p99)} ms`,
      judged('latency', { figure: p50 }),
    ],
  ];
}
