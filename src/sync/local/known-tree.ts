/**
 * All that is known of a remote: the base, and what is not taken here. The feed is laid over it.
 *
 * Whatever is put into the base is taken out of what is excluded. So where both have something, the base has it by another
 * name that was adopted, or is about to forget it, and what is excluded is right.
 */
import type { StoreReader } from '../../store/index.js';
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
    return this.excludedNode(id) ?? this.#base.node(id);
  }

  excludedNode(id: NodeId): NodeVersion | undefined {
    const row = this.#reader.excluded.node(this.#remote, id);
    return row === undefined ? undefined : versionOfRow(row);
  }

  entry(parent: NodeId, name: string): NodeId | undefined {
    return this.excludedEntry(parent, name)?.node ?? this.#base.entry(parent, name);
  }

  excludedEntry(parent: NodeId, name: string): (Entry & { readonly revision: number }) | undefined {
    return this.#reader.excluded.entry(this.#remote, parent, name);
  }

  entryRevision(parent: NodeId, name: string): number {
    return this.excludedEntry(parent, name)?.revision ?? this.#base.entryRevision(parent, name);
  }

  entriesOf(id: NodeId): readonly Entry[] {
    const based = this.#base.entriesOf(id);
    const more = this.#reader.excluded.entriesOf(this.#remote, id);
    return [...based.filter((entry) => this.#isNotExcluded(entry)), ...more];
  }

  *children(parent: NodeId): Iterable<Entry> {
    for (const entry of this.#base.children(parent)) if (this.#isNotExcluded(entry)) yield entry;
    yield* this.#reader.excluded.children(this.#remote, parent);
  }

  *nodesAfter(revision: number): Iterable<readonly [NodeId, NodeVersion]> {
    for (const [id, version] of this.#base.nodesAfter(revision)) {
      if (this.excludedNode(id) === undefined) yield [id, version];
    }
    for (const row of this.#reader.excluded.nodesAfter(this.#remote, revision))
      yield [row.node, versionOfRow(row)];
  }

  *entriesAfter(revision: number): Iterable<Entry & { readonly revision: number }> {
    for (const entry of this.#base.entriesAfter(revision)) if (this.#isNotExcluded(entry)) yield entry;
    yield* this.#reader.excluded.entriesAfter(this.#remote, revision);
  }

  #isNotExcluded({ parent, name }: Entry): boolean {
    return this.excludedEntry(parent, name) === undefined;
  }
}
