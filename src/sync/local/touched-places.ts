/**
 * Where something may have changed here since the last push to a remote, and what is known of it: what waits since an earlier
 * round, then the change log, in its order.
 *
 * Invariant: what is kept of a place (`keep`) and read again is what the log said of it, so that a round finds the same whether
 * the log still has it or not.
 */
import {
  CHANGED_CONTENT,
  CHANGED_ENTRY,
  CHANGED_NOTED,
  type StoreReader,
  type UnsettledChangeRow,
} from '../../store/index.js';
import { ByteRanges } from '../transfer/index.js';

const ROOT_INO = 1;
const EVERYWHERE = new ByteRanges();
EVERYWHERE.addAll();

export interface TouchedInode {
  what: number;
  /** When it was edited or moved last, by this machine's clock; 0 where the log does not tell. */
  atMs: number;
  /** When a name that it has or had was given to another last, or to nobody; it may have lost that name before. */
  nameAtMs: number;
  /** When it lost a name last. What was removed while it was open has rows after that, of writes and of its end. */
  lostAtMs: number;
  /** Where the content may differ from the base's; undefined: nowhere. */
  ranges: ByteRanges | undefined;
  /** Of the content, where an earlier round has looked at it and it has not changed since. */
  hash?: string | undefined;
}

export const NEVER = { atMs: 0, nameAtMs: 0, lostAtMs: 0 };

/** Of an inode that the base does not have and the log does not name. */
export const UNKNOWN: TouchedInode = { what: CHANGED_CONTENT, ...NEVER, ranges: EVERYWHERE };
const UNTOUCHED: TouchedInode = { what: 0, ...NEVER, ranges: undefined };

/** What a row of the log says of a name: who has it then (0: nobody), and when that was. */
export interface TouchedName {
  readonly ino: number;
  readonly atMs: number;
}

const NOBODY: TouchedName = { ino: 0, atMs: 0 };

export interface Looking {
  readonly reader: StoreReader;
  readonly remote: { readonly id: number; readonly pushedSeq: number };
  /** Look at everything, whatever the log says; `root`: at the root and the log. */
  readonly everything: boolean | 'root';
  readonly upToSeq: number;
  /** The last round came to its end: what it found of contents holds, but for what the log says since. */
  readonly knowsHashes?: boolean;
}

export class TouchedPlaces {
  readonly inodes = new Map<number, TouchedInode>();
  /** By the directory's inode, then by name. */
  readonly names = new Map<number, Map<string, TouchedName>>();
  /** Of a file that took the place of another one: which. It may be that one, saved anew. */
  readonly predecessors = new Map<number, number>();
  readonly #looking: Looking;

  constructor(looking: Looking) {
    this.#looking = looking;
  }

  collect(): void {
    const { reader, remote, everything, upToSeq } = this.#looking;
    if (everything === 'root') this.#touchInode(ROOT_INO, 0, 0);
    else if (everything) this.#touchAll();
    this.#restore();
    for (const change of reader.changes(remote.id, remote.pushedSeq, upToSeq)) {
      const { parentIno, name, what, atMs } = change;
      if ((what & CHANGED_ENTRY) === 0) {
        const touched = this.#touchInode(change.ino, what, atMs);
        if ((what & CHANGED_CONTENT) === 0) continue;
        touched.ranges ??= new ByteRanges();
        touched.hash = undefined;
        // Who only notes does not know where.
        if ((what & CHANGED_NOTED) !== 0) touched.ranges.addAll();
        else touched.ranges.add(change.rangeFrom, change.rangeTo);
      } else if (name !== '') this.#touchName(parentIno, name, change);
      else for (const it of this.#allNames(parentIno)) this.#touchName(parentIno, it, { ino: 0, atMs });
    }
  }

  /** What is known of these places, for a round that finds the log past them; `hash` where a content was looked at. */
  keep(
    inodes: Iterable<{ readonly ino: number; readonly hash: string | null }>,
    names: Iterable<{ readonly parentIno: number; readonly name: string }>,
  ): UnsettledChangeRow[] {
    const rows = new Map<string, UnsettledChangeRow>();
    const keepInode = (ino: number, touched: TouchedInode, hash: string | null) => {
      if (ino === 0 || rows.has(`${ino}`)) return;
      const { ranges, what, atMs, nameAtMs, lostAtMs } = touched;
      const places = ranges === undefined ? [] : (ranges.list()?.map(({ from, to }) => [from, to]) ?? null);
      rows.set(`${ino}`, {
        ...{ parentIno: 0, name: '', ino, what, atMs, nameAtMs, lostAtMs },
        ...{ ranges: JSON.stringify(places), hash },
      });
    };
    for (const { ino, hash } of inodes) keepInode(ino, this.inodes.get(ino) ?? UNKNOWN, hash);
    for (const { parentIno, name } of names) {
      const { ino, atMs } = this.names.get(parentIno)?.get(name) ?? NOBODY;
      rows.set(`${parentIno}/${name}`, {
        ...{ parentIno, name, ino, what: CHANGED_ENTRY, atMs, nameAtMs: 0, lostAtMs: 0 },
        ...{ ranges: '[]', hash: null },
      });
      // What is moved on waits all the same.
      const now = this.#looking.reader.entry(parentIno, name)?.ino ?? 0;
      keepInode(now, this.inodes.get(now) ?? UNTOUCHED, null);
    }
    return [...rows.values()];
  }

  #touchAll(): void {
    const { reader, remote } = this.#looking;
    for (const { ino } of reader.allInodes())
      this.inodes.set(ino, { what: CHANGED_CONTENT, ...NEVER, ranges: EVERYWHERE });
    for (const entry of reader.allEntries()) this.#touchEntry(entry.parentIno, entry.name, NOBODY);
    // A round that did not end may have put into the base what is not here.
    for (const { ino } of reader.baseNodesAfter(remote.id, -1)) this.#touchInode(ino, 0, 0);
    for (const entry of reader.baseEntriesAfter(remote.id, -1))
      this.#touchEntry(entry.parentIno, entry.name, NOBODY);
  }

  /** What was kept. */
  #restore(): void {
    const { reader, remote, everything, knowsHashes = false } = this.#looking;
    const rows = reader.unsettled.changes(remote.id);
    for (const row of rows) if (row.parentIno !== 0) this.#touchName(row.parentIno, row.name, row);
    // An inode knows better than its names what was done to it when.
    for (const { parentIno, ino, what, atMs, nameAtMs, lostAtMs, ranges, hash } of rows) {
      if (parentIno !== 0) continue;
      const touched = this.#touchInode(ino, what, atMs);
      Object.assign(touched, { nameAtMs, lostAtMs });
      if (everything !== true && knowsHashes) touched.hash = hash ?? undefined;
      const places = JSON.parse(ranges) as readonly [number, number][] | null;
      if (places?.length === 0) continue;
      touched.ranges ??= new ByteRanges();
      if (places === null) touched.ranges.addAll();
      else for (const [from, to] of places) touched.ranges.add(from, to);
    }
  }

  /** Returns what had the name before, as the log tells; 0 for nobody. */
  #touchEntry(parentIno: number, name: string, { ino, atMs }: TouchedName): number {
    let names = this.names.get(parentIno);
    if (names === undefined) {
      names = new Map();
      this.names.set(parentIno, names);
    }
    const before = names.get(name) ?? NOBODY;
    names.set(name, { ino, atMs: Math.max(before.atMs, atMs) });
    return before.ino;
  }

  #touchInode(ino: number, what: number, atMs: number): TouchedInode {
    let touched = this.inodes.get(ino);
    if (touched === undefined) {
      touched = { what, ...NEVER, ranges: undefined };
      this.inodes.set(ino, touched);
    }
    touched.what |= what;
    // A note is no edit: what was edited before it keeps its time.
    if (atMs > 0) touched.atMs = atMs;
    if (atMs > 0 && atMs === touched.nameAtMs) touched.lostAtMs = atMs;
    return touched;
  }

  /** Who loses a name has a row of its own in the same commit, after those of the names; who had lost it before has none. */
  #loseName(ino: number, { ino: now, atMs }: TouchedName): void {
    const touched = this.#touchInode(ino, 0, 0);
    if (ino !== now && atMs > 0) touched.nameAtMs = atMs;
  }

  #touchName(parentIno: number, name: string, change: TouchedName): void {
    const { reader, remote } = this.#looking;
    const last = this.#touchEntry(parentIno, name, change);
    if (last !== 0) this.#loseName(last, change);
    // The entry may have been the last of what the base says it was.
    const before = reader.baseEntry(remote.id, parentIno, name);
    if (before === undefined) return;
    this.#loseName(before.ino, change);
    if (change.ino !== 0 && change.ino !== before.ino) this.predecessors.set(change.ino, before.ino);
  }

  /** Every name that a directory has here or in the base. */
  #allNames(parentIno: number): Set<string> {
    const { reader, remote } = this.#looking;
    const names = new Set(reader.names(parentIno));
    for (const { name } of reader.baseChildren(remote.id, parentIno)) names.add(name);
    return names;
  }
}
