/**
 * Text of the second part: mount ready, sync, SDKs. Pure.
 */
import { judge, median, medianRatio, percentile } from './figures.mjs';
import { MORE_GOALS } from './rows.mjs';
import { alignedLines, goalText, short } from './table.mjs';

const CASE_TITLES = {
  'edit-byte': '1 byte changed in 256 MiB, push',
  'insert-byte': '1 byte inserted in 256 MiB, push',
  'push-rename': 'push of a renamed directory of 10 000',
  dedupe: 'the same 1 000 files in a second workspace, push',
  idle: 'push with nothing to do, 100 000 files',
  'pull-latency': 'stat + open + read during a pull of 10 000',
};

const SDK_TITLES = { 'sdk-python': 'Python', 'sdk-rust': 'Rust', 'sdk-typescript': 'TypeScript' };

/** Lines of the table; `results` has those rows that were measured. */
export function renderMore(results) {
  const lines = [
    ...readyLine(results.ready),
    ...millionLine(results.million),
    ...bulkLine('push of 10 000 x 1 KB', 'push', results.push),
    ...bulkLine('pull of 10 000 x 1 KB', 'pull', results.pull),
    ...Object.entries(CASE_TITLES).flatMap(([name, title]) => caseLine(title, name, results[name])),
    ...latencyLine(results.latency),
    ...Object.entries(SDK_TITLES).flatMap(([name, title]) => sdkLine(title, name, results[name])),
  ];
  return alignedLines([['', 'ours', 'beside it', 'goal'], ...lines]);
}

/** Round trips, rows and bytes of the sync rows. */
export function renderSyncCounts(results) {
  const lines = [
    ['push of 10 000 x 1 KB', results.push?.reports.at(-1)],
    ['pull of 10 000 x 1 KB', results.pull?.reports.at(-1)],
    ...Object.entries(CASE_TITLES).map(([name, title]) => [title, results[name]?.report]),
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

function millionLine(million) {
  if (million === undefined) return [];
  const { fresh, found, forgotten, findSeconds } = million;
  const ready = median(million.answers);
  return [
    [
      'mount answers, 1 000 000 files in it; owner fresh, after find, after the kernel forgot',
      `${short(ready)} ms; ${[fresh, found, forgotten].map(short).join(', ')} MiB`,
      `find: ${short(findSeconds)} s`,
      judged('million', { ready, found, forgotten }),
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

function caseLine(title, name, result) {
  if (result === undefined) return [];
  const { ours, beside, figures } = result;
  return [[title, ours, beside, judged(name, figures)]];
}

function latencyLine(milliseconds) {
  if (milliseconds === undefined) return [];
  const [p50, p99] = [percentile(milliseconds, 0.5), percentile(milliseconds, 0.99)];
  return [
    [
      "edit on A's mount until read on B's",
      `p50 ${short(p50)} ms`,
      `p99 ${short(p99)} ms`,
      judged('latency', { p50, p99 }),
    ],
  ];
}

function sdkLine(language, name, result) {
  if (result === undefined) return [];
  const figures = Object.fromEntries(
    Object.entries(result).map(([figure, rounds]) => [figure, median(rounds)]),
  );
  const { roundTrip, write, read, connect } = figures;
  return [
    [
      `${language}: 4 KiB written and read; 64 MiB streamed; first call`,
      `${short(roundTrip)} us`,
      `write ${short(write)}, read ${short(read)} MB/s; ${short(connect)} ms`,
      judged(name, figures),
    ],
  ];
}
