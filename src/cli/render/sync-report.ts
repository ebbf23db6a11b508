/**
 * What a push or a pull did, and conflicts, as text. Pure.
 */
import { rfc3339 } from '../../base/index.js';
import type { Conflict, PlannedChange, SyncReport } from '../../sdk/typescript/index.js';
import { formatBytes, formatCount, formatDuration, plural } from './quantities.js';
import { printable, renderTable } from './table.js';

/** `Pushed 12 changes (3.4 KiB) as revision 7 in 120 ms`. */
export function renderSyncReport(direction: 'push' | 'pull', report: SyncReport, dryRun: boolean): string {
  const lines: string[] = [];
  const at = `revision ${formatCount(report.revision)}`;
  if (dryRun && report.plan !== undefined && report.plan.length > 0) {
    const { plan } = report;
    const bytes = plan.reduce((sum, { action, kind, size }) => {
      return kind === 'file' && (action === 'create' || action === 'change') ? sum + size : sum;
    }, 0);
    const files =
      plan.length === PLAN_LISTED
        ? `${formatCount(plan.length)} files and more`
        : plural(plan.length, 'file');
    lines.push(`Would ${direction} ${files} (${formatBytes(bytes)} of content), ${at}:`);
    return [...lines, renderPlan(plan)].join('\n');
  }
  const took = formatDuration(report.durationMs);
  if (report.pushed > 0 && (!dryRun || direction === 'push')) {
    const verb = dryRun ? 'Would push' : 'Pushed';
    lines.push(
      `${verb} ${plural(report.pushed, 'change')} (${formatBytes(report.bytesSent)}), ${at}, ${took}`,
    );
  }
  if (report.pulled > 0 && (!dryRun || direction === 'pull')) {
    const verb = dryRun ? 'Would pull' : 'Pulled';
    lines.push(
      `${verb} ${plural(report.pulled, 'change')} (${formatBytes(report.bytesReceived)}), ${at}, ${took}`,
    );
  }
  if (lines.length === 0) lines.push(`Nothing to ${direction}, ${at}`);
  return lines.join('\n');
}

const SIGNS: Readonly<Record<PlannedChange['action'], string>> = {
  create: '+',
  change: '~',
  move: '>',
  remove: '-',
  attributes: '.',
};
const PLAN_LINES = 50;
/** What a plan lists at most. */
const PLAN_LISTED = 1000;

/** A line a file of what a dry run would do: `+ /notes.txt (1.2 KiB)`. */
export function renderPlan(plan: readonly PlannedChange[]): string {
  const lines = plan.slice(0, PLAN_LINES).map(({ action, path, from, kind, size }) => {
    const place = from === undefined ? printable(path) : `${printable(from)} -> ${printable(path)}`;
    const what = kind !== 'file' ? ` (${kind})` : action === 'remove' ? '' : ` (${formatBytes(size)})`;
    return `  ${SIGNS[action]} ${place}${action === 'attributes' ? ' (attributes)' : what}`;
  });
  const left = Math.max(0, plan.length - PLAN_LINES);
  if (left > 0) lines.push(`  … and ${plural(left, 'more', 'more')}`);
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
  return `${what}, ${rfc3339(side.mtime)}`;
}
