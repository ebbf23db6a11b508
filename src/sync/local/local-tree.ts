/**
 * All that is here, as a tree: the store itself in a snapshot, not the base with what changed. What a node is, is only found
 * out when it is asked for, because what is excluded is never hashed.
 */
import type { StoreReader } from '../../store/index.js';
import type { WholeTree } from '../core/filtered-tree.js';
import { type Entry, type NodeId, type NodeKind, type NodeVersion, ROOT_NODE } from '../core/tree.js';
import type { NodeInos } from './node-inos.js';
import { kindOfMode } from './node-kind.js';

export class LocalTree implements WholeTree {
  readonly #reader: StoreReader;
  readonly #inos: NodeInos;
  readonly #versionOf: (ino: number) => NodeVersion | undefined;
  readonly #versions = new Map<NodeId, NodeVersion | undefined>();

  constructor(reader: StoreReader, inos: NodeInos, versionOf: (ino: number) => NodeVersion | undefined) {
    this.#reader = reader;
    this.#inos = inos;
    this.#versionOf = versionOf;
  }

  kindOf(id: NodeId): NodeKind | undefined {
    const ino = this.inoOf(id);
    const row = ino === 0 ? undefined : this.#reader.inode(ino);
    if (row === undefined || (row.nlink === 0 && id !== ROOT_NODE)) return undefined;
    return kindOfMode(row.mode);
  }

  node(id: NodeId): NodeVersion | undefined {
    if (this.#versions.has(id)) return this.#versions.get(id);
    const ino = this.inoOf(id);
    const version = ino === 0 ? undefined : this.#versionOf(ino);
    this.#versions.set(id, version);
    return version;
  }

  entry(parent: NodeId, name: string): NodeId | undefined {
    const ino = this.inoOf(parent);
    const row = ino === 0 ? undefined : this.#reader.entry(ino, name);
    return row === undefined ? undefined : this.#inos.nodeOf(row.ino);
  }

  entriesOf(id: NodeId): readonly Entry[] {
    const ino = this.inoOf(id);
    if (ino === 0) return [];
    return this.#reader.entriesOf(ino).map(({ parentIno, name }) => ({
      parent: this.#inos.nodeOf(parentIno),
      name,
      node: id,
    }));
  }

  *children(parent: NodeId): Iterable<Entry> {
    const parentIno = this.inoOf(parent);
    if (parentIno === 0) return;
    for (const { name, ino } of this.#reader.entriesIn(parentIno))
      yield { parent, name, node: this.#inos.nodeOf(ino) };
  }

  /** 0 where the node is not here, though an inode may have been it. */
  inoOf(id: NodeId): number {
    const ino = this.#inos.baseInoOf(id);
    return ino !== 0 && this.#inos.nodeOf(ino) === id ? ino : 0;
  }
}
