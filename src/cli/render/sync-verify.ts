/**
 * What `sync verify` found, as text. Pure.
 */
import type { VerifyReport } from '../../sdk/typescript/index.js';
import type { Palette } from './palette.js';
import { formatBytes, formatCount, plural } from './quantities.js';
import { printable, renderFields } from './table.js';

const BAR_WIDTH = 24;

export function renderVerifyReport(report: VerifyReport, palette: Palette): string {
  const { clockOffsetMs, mayWrite, pendingHere, pendingThere } = report;
  const lines = renderFields([
    ['Workspace', report.workspace],
    ['Remote', `${report.remote} ${printable(report.url)}`],
    ['Token', mayWrite ? 'accepted, may read and write' : 'accepted, may only read'],
    ['Latency', `${report.latencyMs}ms`],
    ['Schema', String(report.schemaVersion)],
    ['Server time', `${clockOffsetMs >= 0 ? '+' : ''}${formatCount(clockOffsetMs)}ms from here`],
    ['Revision', `${formatCount(report.revision)} there, ${formatCount(report.cursor)} here`],
    [
      'Compared',
      `${formatCount(report.filesHere)} here, ${formatCount(report.filesThere)} there, ${formatBytes(report.bytesChecked)} hashed`,
    ],
    ['Still to sync', `${formatCount(pendingHere)} to push, ${formatCount(pendingThere)} to pull`],
  ]);
  const found = report.missing + report.different + report.corrupt + report.orphaned;
  if (found === 0) return `${lines}\n${palette.green('Everything is the same on both sides')}`;
  const problems = report.problems.map(
    ({ kind, path, detail }) => `  ${palette.red(kind)}  ${printable(path)}: ${printable(detail)}`,
  );
  const more = found > problems.length ? [`  … and ${formatCount(found - problems.length)} more`] : [];
  const counts = `${report.missing} missing, ${report.different} different, ${report.corrupt} corrupt, ${report.orphaned} orphaned`;
  return [lines, `${palette.red(plural(found, 'problem'))}: ${counts}`, ...problems, ...more].join('\n');
}

/** `[########        ] 1,234 of 5,000, 12 MiB`. */
export function renderVerifyProgress({
  done,
  total,
  bytes,
}: {
  readonly done: number;
  readonly total: number;
  readonly bytes: number;
}): string {
  const filled = total === 0 ? 0 : Math.round((Math.min(done, total) / total) * BAR_WIDTH);
  const bar = '#'.repeat(filled).padEnd(BAR_WIDTH);
  return `[${bar}] ${formatCount(done)} of ${formatCount(total)}, ${formatBytes(bytes)}`;
}
