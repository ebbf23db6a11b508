/**
 * Directory entries and attributes as text. Pure.
 */
import { formatBytes, formatTime } from './quantities.js';
import { printable, renderFields, renderTable } from './table.js';

/** What these renderers need of a file; the SDK's stat records have it. */
export interface ListedFile {
  readonly kind: string;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly atime: { readonly sec: number; readonly nsec: number };
  readonly mtime: { readonly sec: number; readonly nsec: number };
  readonly ctime: { readonly sec: number; readonly nsec: number };
}

const KIND_LETTERS: Readonly<Record<string, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  fifo: 'p',
  socket: 's',
  block: 'b',
  character: 'c',
};

/** `drwxr-xr-x`, as ls(1) writes it. */
export function formatMode(kind: string, mode: number): string {
  const letters = [6, 3, 0].map((shift, index) => {
    const bits = (mode >> shift) & 7;
    const special = (mode >> (11 - index)) & 1;
    const execute = (bits & 1) === 1;
    const last = special === 1 ? specialLetter(index, execute) : execute ? 'x' : '-';
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${last}`;
  });
  return (KIND_LETTERS[kind] ?? '?') + letters.join('');
}

function specialLetter(index: number, execute: boolean): string {
  const letter = index === 2 ? 't' : 's';
  return execute ? letter : letter.toUpperCase();
}

/** What follows the name in a listing: `/` a directory, `@` a symlink. */
export function markOf(kind: string): string {
  if (kind === 'directory') return '/';
  return kind === 'symlink' ? '@' : '';
}

export function renderLongListing(files: readonly (ListedFile & { readonly name: string })[]): string {
  if (files.length === 0) return '';
  return renderTable(
    [
      { title: 'mode' },
      { title: 'links', align: 'right' },
      { title: 'size', align: 'right' },
      { title: 'modified' },
      { title: 'name' },
    ],
    files.map((file) => [
      formatMode(file.kind, file.mode),
      String(file.nlink),
      formatBytes(file.size),
      formatTime(file.mtime.sec * 1000),
      printable(file.name) + markOf(file.kind),
    ]),
  );
}

export function renderStat(path: string, file: ListedFile): string {
  return renderFields([
    ['Path', printable(path)],
    ['Kind', file.kind],
    ['Size', `${file.size} (${formatBytes(file.size)})`],
    ['Mode', `${formatMode(file.kind, file.mode)} (${(file.mode & 0o7777).toString(8).padStart(4, '0')})`],
    ['Owner', `${file.uid}:${file.gid}`],
    ['Links', String(file.nlink)],
    ['Inode', String(file.ino)],
    ['Modified', formatTimespec(file.mtime)],
    ['Changed', formatTimespec(file.ctime)],
    ['Accessed', formatTimespec(file.atime)],
  ]);
}

/** RFC 3339 in UTC with all nine digits. */
export function formatTimespec(time: { readonly sec: number; readonly nsec: number }): string {
  const seconds = formatTime(time.sec * 1000).replace(/Z$/, '');
  return `${seconds}.${String(time.nsec).padStart(9, '0')}Z`;
}
