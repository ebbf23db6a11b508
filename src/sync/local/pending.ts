/**
 * Which of the changes made here concern a remote whose filters exclude some paths: for counting, and for not asking the
 * remote because of a build that writes where nothing is synced.
 *
 * It errs on the side of concern: what is gone, or was moved to where it is excluded, concerns the remote as long as the
 * base has it. A directory of which only the time changed, by what is excluded in it, does not.
 */
import { CHANGED_ENTRY, CHANGED_NOTED, type RemoteRow, type StoreReader } from '../../store/index.js';
import { FilteredTree, wholeTree } from '../core/filtered-tree.js';
import type { PathFilter } from '../core/filters.js';
import { type NodeId, ROOT_NODE } from '../core/tree.js';
import { BaseTree } from './base-tree.js';
import { LocalTree } from './local-tree.js';
import { NodeInos } from './node-inos.js';
import { kindOfMode } from './node-kind.js';

export interface PendingOptions {
  readonly remote: Pick<RemoteRow, 'id' | 'pushedSeq'>;
  readonly agent: string;
  readonly filter: PathFilter;
  /** Of the change log: what comes after it is looked at. */
  readonly from: number;
}

/** The inodes with a change that concerns the remote; of what a first sync would send, all. */
export function pendingInodes(reader: StoreReader, options: PendingOptions): Set<number> {
  reader.begin();
  try {
    const look = new Look(reader, options);
    return options.remote.pushedSeq === 0 ? look.everything() : look.changes(options.from);
  } finally {
    reader.end();
  }
}

class Look {
  readonly #reader: StoreReader;
  readonly #remote: number;
  readonly #inos: NodeInos;
  readonly #tree: LocalTree;
  readonly #view: FilteredTree;
  /** The filters may be newer than the base. */
  readonly #base: FilteredTree;

  constructor(reader: StoreReader, { remote, agent, filter }: PendingOptions) {
    this.#reader = reader;
    this.#remote = remote.id;
    this.#inos = new NodeInos(reader, remote.id, agent, { isFiltered: true });
    this.#tree = new LocalTree(reader, this.#inos, () => undefined);
    const isBased = (id: NodeId) => reader.baseNode(remote.id, id) !== undefined;
    this.#view = new FilteredTree(this.#tree, { filter, isBased });
    const base = new BaseTree(reader, remote.id, this.#inos);
    this.#base = new FilteredTree(wholeTree(base), { filter, isBased: () => true });
  }

  everything(): Set<number> {
    const found = new Set<number>();
    const queue: NodeId[] = [ROOT_NODE];
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      found.add(this.#tree.inoOf(id));
      for (const { node } of this.#view.children(id)) queue.push(node);
    }
    return found;
  }

  changes(from: number): Set<number> {
    const reader = this.#reader;
    const found = new Set<number>();
    const inodes = new Set<number>();
    /** Directories in which names changed, and whether one of them is of concern. */
    const named = new Map<number, boolean>();
    for (const { what, ino, parentIno, name } of reader.changes(this.#remote, from, reader.lastSeq())) {
      if (what === 0 || (what & CHANGED_NOTED) !== 0) continue;
      if ((what & CHANGED_ENTRY) === 0) inodes.add(ino);
      else if (this.#concernsEntry(parentIno, name)) {
        named.set(parentIno, true);
        if (ino !== 0) found.add(ino);
      } else if (!named.has(parentIno)) named.set(parentIno, false);
    }
    for (const ino of inodes) if (named.get(ino) !== false && this.#concernsInode(ino)) found.add(ino);
    return found;
  }

  #concernsEntry(parentIno: number, name: string): boolean {
    const parent = this.#inos.nodeOf(parentIno);
    return (this.#base.entry(parent, name) ?? this.#view.entry(parent, name)) !== undefined;
  }

  #concernsInode(ino: number): boolean {
    const node = this.#inos.nodeOf(ino);
    if (this.#base.has(node)) return true;
    const row = this.#reader.inode(ino);
    if (row === undefined || row.nlink === 0) return false;
    // A directory without a base comes along with what is made in it, which is in the log itself.
    if (kindOfMode(row.mode) === 'directory' && this.#reader.entriesIn(ino).length > 0) return false;
    return this.#view.has(node);
  }
}
