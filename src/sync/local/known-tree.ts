/**
 * All that is known of a remote: the base, and what is not taken here. The feed is laid over it.
 */
import type { StoreReader } from '../../store/index.js';
import { slotKey } from '../core/slot.js';
import type { Entry, NodeId, NodeVersion, TreeView } from '../core/tree.js';
import { type BaseTree, versionOfRow } from './base-tree.js';

/** What a remote had when it was last looked at. */
export interface RemoteMemory extends TreeView {
  /** The revision that made an entry; 0 where there is none. */
  entryRevision(parent: NodeId, name: string): number;
  nodesAfter(revision: number): Iterable<readonly [NodeId, NodeVersion]>;
  entriesAfter(revision: number): Iterable<Entry & { readonly revision: number }>;
}

export class KnownTree implements RemoteMemory {
  readonly #reader: StoreReader;
  readonly #remote: number;
  readonly #base: BaseTree;

  constructor(reader: StoreReader, remote: number, base: BaseTree) {
    this.#reader = reader;
    this.#remote = remote;
    this.#base = base;
  }

  node(id: NodeId): NodeVersion | undefined {
    return this.#base.node(id) ?? this.excludedNode(id);
  }

  excludedNode(id: NodeId): NodeVersion | undefined {
    const row = this.#reader.excluded.node(this.#remote, id);
    return row === undefined ? undefined : versionOfRow(row);
  }

  entry(parent: NodeId, name: string): NodeId | undefined {
    return this.#base.entry(parent, name) ?? this.excludedEntry(parent, name)?.node;
  }

  excludedEntry(parent: NodeId, name: string): (Entry & { readonly revision: number }) | undefined {
    return this.#reader.excluded.entry(this.#remote, parent, name);
  }

  entryRevision(parent: NodeId, name: string): number {
    if (this.#base.entry(parent, name) !== undefined) return this.#base.entryRevision(parent, name);
    return this.excludedEntry(parent, name)?.revision ?? 0;
  }

  entriesOf(id: NodeId): readonly Entry[] {
    const based = this.#base.entriesOf(id);
    const more = this.#reader.excluded.entriesOf(this.#remote, id);
    return more.length === 0 ? based : [...based, ...more.filter((entry) => this.#isFree(entry))];
  }

  *children(parent: NodeId): Iterable<Entry> {
    yield* this.#base.children(parent);
    for (const entry of this.#reader.excluded.children(this.#remote, parent)) {
      if (this.#isFree(entry)) yield entry;
    }
  }

  *nodesAfter(revision: number): Iterable<readonly [NodeId, NodeVersion]> {
    yield* this.#base.nodesAfter(revision);
    for (const row of this.#reader.excluded.nodesAfter(this.#remote, revision)) {
      if (this.#base.node(row.node) === undefined) yield [row.node, versionOfRow(row)];
    }
  }

  *entriesAfter(revision: number): Iterable<Entry & { readonly revision: number }> {
    const seen = new Set<string>();
    for (const entry of this.#base.entriesAfter(revision)) {
      seen.add(slotKey(entry));
      yield entry;
    }
    for (const entry of this.#reader.excluded.entriesAfter(this.#remote, revision)) {
      if (!seen.has(slotKey(entry)) && this.#isFree(entry)) yield entry;
    }
  }

  /** Where both have a slot, the base is right: it was written later. */
  #isFree({ parent, name }: Entry): boolean {
    return this.#base.entry(parent, name) === undefined;
  }
}
