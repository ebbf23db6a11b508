/**
 * A workspace's sync status as text. Pure.
 *
 * The first five lines are the users' documentation word for word; programs that read them exist. Lines may be added
 * after them, never between.
 */
import { rfc3339 } from '../../base/index.js';
import type { SyncState, SyncStatus } from '../../sdk/typescript/index.js';
import type { Palette } from './palette.js';
import { formatCount } from './quantities.js';
import { printable, renderFields } from './table.js';

export function renderSyncStatus(status: SyncStatus, palette: Palette): string {
  const documented: [string, string][] = [
    ['Workspace', status.workspace],
    ['Mode', status.mode],
    ['Last sync', status.lastSync === null ? 'never' : rfc3339(status.lastSync)],
    ['Pending changes', String(status.pendingChanges)],
    ['Sync status', colourOfState(status.syncStatus, palette)],
  ];
  const further: [string, string][] = [
    ['Pending conflicts', String(status.pendingConflicts)],
    ['Remote', `${status.remote} ${printable(status.url)}`.trim()],
    ['Revision', formatCount(status.revision)],
    ['Agent', status.agent],
  ];
  if (status.mode === 'periodic') further.unshift(['Interval', `${status.interval} s`]);
  if (status.quarantined !== undefined) {
    const { count, waiting, first } = status.quarantined;
    const waits = waiting === 0 ? '' : `, ${formatCount(waiting)} wait for them`;
    further.push(['Not believed', palette.yellow(`${formatCount(count)} rows of the remote${waits}`)]);
    for (const { path, reason } of first) further.push([`  ${printable(path)}`, printable(reason)]);
    if (count > first.length) further.push(['  …', `${formatCount(count - first.length)} more`]);
  }
  if (status.error !== undefined) {
    further.push(['Error', palette.red(printable(status.error.message))]);
    if (status.error.hint !== undefined) further.push(['Hint', status.error.hint]);
  }
  return renderFields([...documented, ...further]);
}

/** One line for a live view: `synced · 0 pending · last sync 2024-01-15T10:30:00Z`. */
export function renderSyncLine(status: SyncStatus, palette: Palette): string {
  const parts = [colourOfState(status.syncStatus, palette), `${formatCount(status.pendingChanges)} pending`];
  if (status.pendingConflicts > 0)
    parts.push(palette.yellow(`${formatCount(status.pendingConflicts)} in conflict`));
  parts.push(status.lastSync === null ? 'never synced' : `last sync ${rfc3339(status.lastSync)}`);
  if (status.error !== undefined) parts.push(printable(status.error.message));
  return parts.join(' · ');
}

export function colourOfState(state: SyncState, palette: Palette): string {
  switch (state) {
    case 'synced':
      return palette.green(state);
    case 'pending':
    case 'syncing':
      return palette.cyan(state);
    case 'conflicts':
    case 'offline':
      return palette.yellow(state);
    case 'auth':
    case 'error':
      return palette.red(state);
    case 'disabled':
      return palette.dim(state);
  }
}
