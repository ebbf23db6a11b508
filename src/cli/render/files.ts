/**
 * Directory entries and attributes as text. Pure.
 */
import { rfc3339 } from '../../base/index.js';
import { formatBytes } from './quantities.js';
import { printable, renderFields, renderTable } from './table.js';

/** What a listing shows of a file. */
export interface ListedFile {
  readonly name: string;
  readonly kind: string;
  readonly mode: number;
  readonly nlink: number;
  readonly size: number;
  /** RFC 3339. */
  readonly mtime: string;
}

/** What stat shows of a file; times are nanoseconds since the epoch. */
export interface DescribedFile {
  readonly kind: string;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

const NS_PER_S = 1_000_000_000n;

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

export function renderLongListing(files: readonly ListedFile[]): string {
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
      rfc3339(file.mtime),
      printable(file.name) + markOf(file.kind),
    ]),
  );
}

export function renderStat(path: string, file: DescribedFile): string {
  return renderFields([
    ['Path', printable(path)],
    ['Kind', file.kind],
    ['Size', `${file.size} (${formatBytes(file.size)})`],
    ['Mode', `${formatMode(file.kind, file.mode)} (${(file.mode & 0o7777).toString(8).padStart(4, '0')})`],
    ['Owner', `${file.uid}:${file.gid}`],
    ['Links', String(file.nlink)],
    ['Inode', String(file.ino)],
    ['Modified', formatNanoseconds(file.mtimeNs)],
    ['Changed', formatNanoseconds(file.ctimeNs)],
    ['Accessed', formatNanoseconds(file.atimeNs)],
  ]);
}

/** RFC 3339 in UTC with all nine digits, of nanoseconds since the epoch. */
export function formatNanoseconds(time: bigint): string {
  const nsec = ((time % NS_PER_S) + NS_PER_S) % NS_PER_S;
  const seconds = rfc3339(Number((time - nsec) / NS_PER_S) * 1000).replace(/Z$/, '');
  return `${seconds}.${String(nsec).padStart(9, '0')}Z`;
}
