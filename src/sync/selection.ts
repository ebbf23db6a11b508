/**
 * What of a workspace a remote is about, as the owner's main thread asks: how much is pending, and why a path is synced or
 * not. Loaded with the first filter and not before; reads the database on a connection of its own.
 */
import { type RemoteRow, StoreReader } from '../store/index.js';
import type { Vfs } from '../vfs/index.js';
import { createFilter } from './core/filters.js';
import { NodeInos } from './local/node-inos.js';
import { pendingInodes } from './local/pending.js';
import type { FilterExplanation, SyncConfig } from './types.js';

const ROOT_INO = 1;

export class Selection {
  readonly #vfs: Vfs;
  readonly #agent: string;
  #reader: StoreReader | undefined;

  constructor(vfs: Vfs, agent: string) {
    this.#vfs = vfs;
    this.#agent = agent;
  }

  /** Inodes with a change that the remote is to have, but for those that wait for a conflict to be decided. */
  pending(remote: RemoteRow, config: SyncConfig): number {
    this.#vfs.flush();
    const filter = createFilter(config);
    const options = { remote, agent: this.#agent, filter, from: remote.pushedSeq };
    const reader = this.#open();
    const waiting = new Set(reader.unsettled.changes(remote.id).map(({ ino }) => ino));
    return [...pendingInodes(reader, options)].filter((ino) => !waiting.has(ino)).length;
  }

  /** Which rule decides. A path that is not here is taken for a directory where it ends in a slash. */
  explain(remote: RemoteRow, config: SyncConfig, path: string): FilterExplanation {
    this.#vfs.flush();
    const names = path.split('/').filter((name) => name !== '' && name !== '.');
    const { isDirectory, parentIno } = this.#look(names, path.endsWith('/'));
    const normal = `/${names.join('/')}`;
    const verdict = createFilter(config).explain(normal, isDirectory);
    const told = { path: normal, remote: remote.name, isDirectory, ...verdict };
    if (!verdict.included || parentIno === 0) return told;
    const node = new NodeInos(this.#open(), remote.id, this.#agent, { isFiltered: true }).nodeOf(parentIno);
    const there = this.#open().excluded.entry(remote.id, node, names.at(-1) ?? '');
    if (there === undefined) return told;
    const reason = `${verdict.reason} But the remote has something there that is not synced, so it waits.`;
    return { ...told, included: false, reason };
  }

  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  #open(): StoreReader {
    this.#reader ??= new StoreReader(this.#vfs.databasePath);
    return this.#reader;
  }

  /** `parentIno` is 0 where the directory that it would be in is not here. */
  #look(names: readonly string[], endsInSlash: boolean): { isDirectory: boolean; parentIno: number } {
    let at = this.#vfs.inode(ROOT_INO);
    for (const [index, name] of names.entries()) {
      const next = at?.isDirectory ? this.#vfs.lookup(at, name) : undefined;
      const isLast = index === names.length - 1;
      if (isLast) return { isDirectory: next?.isDirectory ?? endsInSlash, parentIno: at?.ino ?? 0 };
      if (next === undefined) return { isDirectory: endsInSlash, parentIno: 0 };
      at = next;
    }
    return { isDirectory: true, parentIno: 0 };
  }
}
