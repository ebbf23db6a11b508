/**
 * The past as text: checkpoints, commits, versions, differences. Pure. Names and lines come from other agents, so what
 * could move the cursor is shown as an escape.
 */
import { rfc3339 } from '../../base/index.js';
import type {
  Checkpoint,
  DiffEntry,
  DiffReport,
  DiffSide,
  HistoryLog,
  PastReport,
  RestoreReport,
  VersionEntry,
} from '../../sdk/typescript/index.js';
import type { Palette } from './palette.js';
import { formatBytes, formatCount, plural } from './quantities.js';
import { printable, renderTable } from './table.js';

/** Enough of an agent's id to tell it from others. */
const AGENT_SHOWN = 12;
const HASH_SHOWN = 12;

export function renderCheckpoints(checkpoints: readonly Checkpoint[]): string {
  if (checkpoints.length === 0) return 'No checkpoints';
  return renderTable(
    [{ title: 'name' }, { title: 'revision', align: 'right' }, { title: 'created' }, { title: 'agent' }],
    checkpoints.map(({ name, revision, createdAt, agent }) => [
      printable(name),
      formatCount(revision),
      rfc3339(createdAt),
      agentText(agent),
    ]),
  );
}

export function renderLog(log: HistoryLog): string {
  if (log.path !== null) return renderVersions(log.versions, log.path);
  const parts = [renderCommits(log.commits)];
  if (log.versions.length > 0) parts.push(renderVersions(log.versions, undefined));
  return parts.join('\n\n');
}

function renderCommits(commits: HistoryLog['commits']): string {
  if (commits.length === 0) return 'No commits yet';
  return renderTable(
    [{ title: 'revision', align: 'right' }, { title: 'time' }, { title: 'agent' }, { title: 'what' }],
    commits.map((commit) => [
      formatCount(commit.revision),
      rfc3339(commit.at),
      agentText(commit.agent),
      commitText(commit),
    ]),
  );
}

function commitText({
  added,
  modified,
  removed,
  entries,
  checkpoints,
}: HistoryLog['commits'][number]): string {
  const counts = [
    [added, 'added'],
    [modified, 'changed'],
    [removed, 'removed'],
  ] as const;
  const told = counts.flatMap(([count, what]) => (count > 0 ? [`${formatCount(count)} ${what}`] : []));
  if (added + removed === 0 && entries > 0) told.push(`${plural(entries, 'name')} moved`);
  const names = checkpoints.map((name) => `(${printable(name)})`);
  return [told.join(', '), ...names].join(' ').trim();
}

function renderVersions(versions: readonly VersionEntry[], path: string | undefined): string {
  const titles = path === undefined ? [{ title: 'path' }] : [];
  return renderTable(
    [
      { title: 'version', align: 'right' as const },
      { title: 'time' },
      { title: 'agent' },
      { title: 'size', align: 'right' as const },
      ...titles,
      { title: 'what' },
    ],
    versions.map((version) => [
      version.version,
      rfc3339(version.at),
      agentText(version.agent),
      version.what === 'deleted' ? '-' : sizeText(version),
      ...(path === undefined ? [printable(version.path)] : []),
      versionText(version, path),
    ]),
  );
}

function versionText(version: VersionEntry, path: string | undefined): string {
  const { what, from, why, revision } = version;
  const elsewhere = path !== undefined && version.path !== path ? ` (as ${printable(version.path)})` : '';
  if (what === 'renamed') return `renamed from ${printable(from ?? '?')}${elsewhere}`;
  if (what !== 'lost') return `${what}${elsewhere}`;
  const reason =
    why === 'restore' ? 'replaced by a restore' : why === 'overwritten' ? 'overwritten' : `lost: ${why}`;
  return `${reason}${revision === null ? ', not pushed yet' : ''}${elsewhere}`;
}

export function renderDiff(report: DiffReport, palette: Palette): string {
  if (report.entries.length === 0) return 'No differences';
  return report.entries.map((entry) => renderEntry(entry, palette)).join('\n');
}

function renderEntry(entry: DiffEntry, palette: Palette): string {
  const { what, before, after, path, patch } = entry;
  const title =
    what === 'renamed'
      ? `renamed ${printable(before?.path ?? '?')} to ${printable(path)}`
      : `${what} ${printable(path)}`;
  const lines = [palette.bold(title)];
  if (before !== null && after !== null && before.mode !== after.mode)
    lines.push(`mode ${before.mode.toString(8)} to ${after.mode.toString(8)}`);
  if (entry.binary) lines.push(`${sideText(before)} to ${sideText(after)}`);
  if (patch !== undefined)
    lines.push(
      ...patch
        .trimEnd()
        .split('\n')
        .map((line) => patchLine(line, palette)),
    );
  return lines.join('\n');
}

function patchLine(line: string, palette: Palette): string {
  const text = line.split('\t').map(printable).join('\t');
  if (line.startsWith('+')) return palette.green(text);
  return line.startsWith('-') ? palette.red(text) : text;
}

function sideText(side: DiffSide | null): string {
  if (side === null) return 'nothing';
  return `${sizeText(side)}${side.hash === '' ? '' : ` ${side.hash.slice(0, HASH_SHOWN)}`}`;
}

function sizeText({ kind, size }: { readonly kind: string; readonly size: number }): string {
  return kind === 'file' ? formatBytes(size) : kind;
}

export function renderRestore(report: RestoreReport, dryRun: boolean): string {
  if (report.changed === 0) return `${printable(report.path)} is as it was then`;
  return `${dryRun ? 'Would restore' : 'Restored'} ${printable(report.path)} ${placeText(report)}${keptText(report)}`;
}

/** What a pull of the past did. `workspace` and `before` are for the way back. */
export function renderPast(
  past: PastReport,
  {
    dryRun,
    workspace,
    before,
  }: { readonly dryRun: boolean; readonly workspace: string; readonly before: number },
): string {
  if (past.changed === 0) return `The workspace is as it was at revision ${formatCount(past.revision)}`;
  const verb = dryRun ? 'Would make' : 'Made';
  const lines = [
    `${verb} ${plural(past.changed, 'change')}: the workspace ${placeText(past)}${keptText(past)}`,
  ];
  if (!dryRun) lines.push(`To go back: agentfs sync pull ${workspace} --version ${before} --force`);
  return lines.join('\n');
}

function placeText({ revision, at }: PastReport): string {
  const then = `as of ${rfc3339(at)}`;
  return revision === 0 ? then : `${then} (revision ${formatCount(revision)})`;
}

function keptText({ kept }: PastReport): string {
  return kept === 0
    ? ''
    : `; ${plural(kept, 'version')} that was never pushed ${kept === 1 ? 'is' : 'are'} in history`;
}

function agentText(agent: string): string {
  return printable(agent.slice(0, AGENT_SHOWN));
}
