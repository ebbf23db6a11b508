/**
 * What a push or a pull did, and conflicts, as text. Pure.
 */
import type { Conflict, SyncReport } from '../../sdk/typescript/index.js';
import { formatBytes, formatCount, formatDuration, formatTime, plural } from './quantities.js';
import { printable, renderTable } from './table.js';

/** `Pushed 12 changes (3.4 KiB) as revision 7 in 120 ms`. */
export function renderSyncReport(direction: 'push' | 'pull', report: SyncReport, dryRun: boolean): string {
  const lines: string[] = [];
  const at = `revision ${formatCount(report.revision)}`;
  const took = formatDuration(report.durationMs);
  if (report.pushed > 0) {
    const verb = dryRun ? 'Would push' : 'Pushed';
    lines.push(
      `${verb} ${plural(report.pushed, 'change')} (${formatBytes(report.bytesSent)}), ${at}, ${took}`,
    );
  }
  if (report.pulled > 0) {
    const verb = dryRun ? 'Would pull' : 'Pulled';
    lines.push(
      `${verb} ${plural(report.pulled, 'change')} (${formatBytes(report.bytesReceived)}), ${at}, ${took}`,
    );
  }
  if (lines.length === 0) lines.push(`Nothing to ${direction}, ${at}`);
  return lines.join('\n');
}

export function renderConflicts(conflicts: readonly Conflict[]): string {
  if (conflicts.length === 0) return 'No conflicts';
  return renderTable(
    [{ title: 'path' }, { title: 'conflict' }, { title: 'here' }, { title: 'remote' }, { title: 'winner' }],
    conflicts.map((conflict) => [
      printable(conflict.path),
      conflict.type,
      describeSide(conflict.local),
      describeSide(conflict.remote),
      conflict.winner ?? 'undecided',
    ]),
  );
}

/** The commands that resolve what waits. */
export function renderResolveCommands(workspace: string): string {
  return [
    'Resolve them, all or by their paths:',
    `  agentfs sync resolve ${workspace} --interactive`,
    `  agentfs sync resolve ${workspace} [path…] --strategy local|remote|both|merge`,
  ].join('\n');
}

function describeSide(side: Conflict['local']): string {
  if (side === null) return 'deleted';
  const what = side.kind === 'file' ? formatBytes(side.size) : side.kind;
  return `${what}, ${formatTime(side.mtime)}`;
}
