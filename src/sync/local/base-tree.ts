/**
 * The base of one remote as a tree: what both sides had at the last sync, read from the store.
 */
import type { BaseEntryRow, BaseNodeRow, StoreReader } from '../../store/index.js';
import type { Entry, NodeId, NodeKind, NodeVersion, TreeView } from '../core/tree.js';
import { privilegedXattrs } from '../core/xattr-text.js';
import type { Dropped } from './attributes.js';
import type { NodeInos } from './node-inos.js';

/** In a base row's mode: the file here has not the set-id bits that the remote's has, because they are not trusted. */
const DROPPED_BITS = 0o10000;
/** The same of privileged extended attributes. */
const DROPPED_XATTRS = 0o20000;
const SET_ID_BITS = 0o6000;

export function versionOfRow(row: BaseNodeRow): NodeVersion {
  return {
    kind: row.kind as NodeKind,
    mode: row.mode & 0o7777,
    uid: row.uid,
    gid: row.gid,
    rdev: row.rdev,
    size: row.size,
    mtimeSec: row.mtimeSec,
    mtimeNsec: row.mtimeNsec,
    hash: row.hash,
    xattrs: row.xattrs,
    revision: row.revision,
    agent: row.agent,
    editedAtMs: row.editedAtMs,
  };
}

/** `dropped`: what of it was not taken over. */
export function rowOfVersion(
  reference: { readonly ino: number; readonly id: NodeId },
  version: NodeVersion,
  dropped: Dropped,
): BaseNodeRow {
  const { ino, id: node } = reference;
  const { kind, mode, uid, gid, rdev, size, mtimeSec, mtimeNsec, hash, xattrs, revision, agent, editedAtMs } =
    version;
  return {
    ino,
    node,
    kind,
    mode:
      mode |
      (dropped.bits && (mode & SET_ID_BITS) !== 0 ? DROPPED_BITS : 0) |
      (dropped.xattrs ? DROPPED_XATTRS : 0),
    uid,
    gid,
    rdev,
    size,
    mtimeSec,
    mtimeNsec,
    hash,
    xattrs,
    revision,
    agent,
    editedAtMs,
  };
}

export class BaseTree implements TreeView {
  readonly #reader: StoreReader;
  readonly #remote: number;
  readonly #inos: NodeInos;

  constructor(reader: StoreReader, remote: number, inos: NodeInos) {
    this.#reader = reader;
    this.#remote = remote;
    this.#inos = inos;
  }

  node(id: NodeId): NodeVersion | undefined {
    const row = this.#reader.baseNode(this.#remote, id);
    return row === undefined ? undefined : versionOfRow(row);
  }

  /** True where the file here was made without the set-id bits that its base has. */
  hasDroppedBits(id: NodeId): boolean {
    const row = this.#reader.baseNode(this.#remote, id);
    if (row === undefined || (row.mode & DROPPED_BITS) === 0) return false;
    return ((this.#reader.inode(row.ino)?.mode ?? 0) & SET_ID_BITS) === 0;
  }

  /** True where the file here was made without privileged attributes that its base has. */
  hasDroppedXattrs(id: NodeId): boolean {
    const row = this.#reader.baseNode(this.#remote, id);
    if (row === undefined || (row.mode & DROPPED_XATTRS) === 0) return false;
    const here = new Set(this.#reader.xattrs(row.ino).map(({ name }) => name));
    return privilegedXattrs(row.xattrs).some(([name]) => !here.has(name));
  }

  /** What of the base's version the file here has not, though nobody here took it away. */
  dropped(id: NodeId): Dropped {
    return { bits: this.hasDroppedBits(id), xattrs: this.hasDroppedXattrs(id) };
  }

  entry(parent: NodeId, name: string): NodeId | undefined {
    const row = this.#entryRow(parent, name);
    return row === undefined ? undefined : this.#inos.nodeOf(row.ino);
  }

  /** The revision that made an entry; 0 where the base has none. */
  entryRevision(parent: NodeId, name: string): number {
    return this.#entryRow(parent, name)?.revision ?? 0;
  }

  entriesOf(id: NodeId): readonly Entry[] {
    const row = this.#reader.baseNode(this.#remote, id);
    if (row === undefined) return [];
    return this.#reader.baseEntriesOf(this.#remote, row.ino).map((entry) => this.#entry(entry));
  }

  /** Nodes and entries that came after a revision. */
  *nodesAfter(revision: number): Iterable<readonly [NodeId, NodeVersion]> {
    for (const row of this.#reader.baseNodesAfter(this.#remote, revision))
      yield [row.node, versionOfRow(row)];
  }

  *entriesAfter(revision: number): Iterable<Entry & { readonly revision: number }> {
    for (const row of this.#reader.baseEntriesAfter(this.#remote, revision))
      yield { ...this.#entry(row), revision: row.revision };
  }

  *children(parent: NodeId): Iterable<Entry> {
    const row = this.#reader.baseNode(this.#remote, parent);
    if (row === undefined) return;
    for (const entry of this.#reader.baseChildren(this.#remote, row.ino)) yield this.#entry(entry);
  }

  #entryRow(parent: NodeId, name: string): BaseEntryRow | undefined {
    const ino = this.#inos.inoInBase(parent);
    return ino === 0 ? undefined : this.#reader.baseEntry(this.#remote, ino, name);
  }

  #entry(row: BaseEntryRow): Entry {
    return { parent: this.#inos.nodeOf(row.parentIno), name: row.name, node: this.#inos.nodeOf(row.ino) };
  }
}
