/**
 * Conflicts and what was decided about them, as text. Pure.
 */
import { structuredPatch } from 'diff';
import { rfc3339 } from '../../base/index.js';
import type {
  Conflict,
  ConflictContent,
  ConflictContents,
  ResolveReport,
  ResolveStrategy,
} from '../../sdk/typescript/index.js';
import type { Palette } from './palette.js';
import { formatBytes, plural } from './quantities.js';
import { printable } from './table.js';

/** Lines of a difference that are shown at first. */
export const DIFF_LINES = 60;
/** Lines that may differ before it is given up: the work grows with their square. */
const EDITS_MAX = 4000;

export function renderResolved(
  { resolved, refused, remaining }: ResolveReport,
  strategy: ResolveStrategy,
): string {
  if (resolved.length === 0 && refused.length === 0 && remaining.length === 0) return 'No conflicts';
  const lines = resolved.map(({ path }) => `Resolved ${printable(path)}: ${strategy}`);
  if (remaining.length > 0)
    lines.push(`${plural(remaining.length, 'conflict')} still ${remaining.length === 1 ? 'waits' : 'wait'}`);
  return lines.length === 0 ? 'Nothing was resolved' : lines.join('\n');
}

/** What a person needs to know to decide: both sides, and where they differ. */
export function renderVersions(
  contents: ConflictContents,
  options: { readonly title: string; readonly palette: Palette; readonly lines: number },
): string {
  const { conflict, local, remote } = contents;
  const { title, palette, lines } = options;
  const place = conflict.remotePath === undefined ? '' : ` at ${printable(conflict.remotePath)}`;
  return [
    palette.bold(`${title}: ${printable(conflict.path)} (${conflict.type})`),
    `  here:   ${describe(conflict.local)}${told(local)}`,
    `  remote: ${describe(conflict.remote)}${place}${told(remote)}`,
    ...difference(contents, palette, lines),
  ].join('\n');
}

export const KEYS: readonly (readonly [key: string, word: string, meaning: string])[] = [
  ['l', 'local', 'push the version here over the one on the remote'],
  ['r', 'remote', 'take the version of the remote'],
  ['b', 'both', "keep the one here, and the remote's beside it as name.conflict-<agent>-<time>"],
  ['m', 'merge', 'join the edits of both, where they do not overlap'],
  ['d', 'diff', 'show all of the difference'],
  ['s', 'skip', 'leave this one as it is'],
  ['q', 'quit', 'leave this one and the rest as they are'],
];

export function renderKeys(): string {
  return KEYS.map(([key, word, meaning]) => `  ${key}  ${word.padEnd(6)}  ${meaning}`).join('\n');
}

function describe(side: Conflict['local']): string {
  if (side === null) return 'deleted';
  const { kind, size, mtime, mode, agent, revision } = side;
  const what = kind === 'file' ? formatBytes(size) : kind;
  const by = agent === undefined ? '' : `, by agent ${printable(agent.slice(0, 8))}`;
  const at = revision === undefined ? '' : `, revision ${revision}`;
  return `${what}, ${rfc3339(mtime)}, mode ${mode.toString(8).padStart(3, '0')}${by}${at}`;
}

function told(content: ConflictContent | null): string {
  switch (content?.kind) {
    case 'symlink':
      return `, to ${printable(content.target)}`;
    case 'binary':
      return ', binary';
    case 'large':
      return ', too large to be shown';
    case 'changed':
      return ', has changed since';
    default:
      return '';
  }
}

/** Of the two sides; where one of them is deleted, what the other has changed. */
function difference({ base, local, remote }: ConflictContents, palette: Palette, limit: number): string[] {
  const [from, to] = local === null || remote === null ? [base, local ?? remote] : [local, remote];
  if (from?.kind !== 'text' || to?.kind !== 'text') return [];
  if (from.text === to.text) return ['  (the contents are equal)'];
  const names = [from, to].map((it) => (it === local ? 'here' : it === remote ? 'remote' : 'before'));
  const patch = structuredPatch('', '', from.text, to.text, undefined, undefined, {
    maxEditLength: EDITS_MAX,
    context: 3,
  });
  if (patch === undefined) return ['  (the versions have too little in common to be compared)'];
  const all = patch.hunks.flatMap((hunk) => [
    palette.cyan(`@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`),
    ...hunk.lines.map((line) => colour(line, palette)),
  ]);
  const shown = all.slice(0, limit);
  const left = all.length - shown.length;
  return [
    palette.red(`--- ${names[0]}`),
    palette.green(`+++ ${names[1]}`),
    ...shown,
    ...(left > 0 ? [`… ${plural(left, 'more line')}: d shows all`] : []),
  ];
}

function colour(line: string, palette: Palette): string {
  const text = printable(line.replace(/\r?\n$/, ''));
  if (line.startsWith('+')) return palette.green(text);
  return line.startsWith('-') ? palette.red(text) : text;
}
