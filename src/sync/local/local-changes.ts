/**
 * What changed here since the last push to a remote: the change log, read against the store as it is now.
 *
 * The log only says where to look. What an inode or an entry is now, and what the base says it was, decide whether it
 * changed at all. The first sync of a remote has no log to go by and looks at everything.
 */
import {
  CHANGED_CONTENT,
  type InodeRow,
  type StoreReader,
  type UnsettledChangeRow,
} from '../../store/index.js';
import type { ToServerTime } from '../core/clock-offset.js';
import { isEdit, sameState } from '../core/state.js';
import {
  type Change,
  type NodeId,
  type NodeVersion,
  ROOT_NODE,
  type TouchedSet,
  type TreeView,
} from '../core/tree.js';
import { privilegedXattrs, xattrText } from '../core/xattr-text.js';
import type { NodeContent } from '../remote/types.js';
import { decodeManifest, type KnownContent, type ManifestEntry } from '../transfer/index.js';
import type { BaseTree } from './base-tree.js';
import { hashOfTarget, type LocalContent } from './local-content.js';
import type { NodeInos } from './node-inos.js';
import { kindOfMode } from './node-kind.js';
import { NEVER, type TouchedInode, TouchedPlaces, UNKNOWN } from './touched-places.js';

/** Of small files, between looking at them and pushing them. */
const KEPT_BYTES = 64 * 1024 * 1024;
/** Of smaller files no list of chunks is kept: they are looked at whole. */
export const DELTA_MIN_BYTES = 1024 * 1024;

export interface LocalChanges {
  /** Lay over the base to get the local tree. */
  readonly changes: readonly Change[];
  readonly touched: TouchedSet;
  /** When a node that is gone was removed, milliseconds by the server's clock; absent where the log does not tell. */
  readonly removedAt: ReadonlyMap<NodeId, number>;
  /** When a node got its newest name, the same. */
  readonly movedAt: ReadonlyMap<NodeId, number>;
}

export interface LocalChangesOptions {
  readonly reader: StoreReader;
  readonly inos: NodeInos;
  readonly base: BaseTree;
  readonly content: LocalContent;
  readonly remote: { readonly id: number; readonly pushedSeq: number };
  /** Look at everything, whatever the log says; `root`: at the root and the log. */
  readonly everything: boolean | 'root';
  readonly upToSeq: number;
  readonly toServerTime: ToServerTime;
  /** As `Looking` has it. */
  readonly knowsHashes?: boolean;
}

/** Chunks of a content that is on the remote. */
interface KnownChunks {
  readonly hash: string;
  readonly chunks: readonly ManifestEntry[];
}

export class LocalChangeReader {
  readonly #options: LocalChangesOptions;
  readonly #places: TouchedPlaces;
  /** Directories whose time says nothing. */
  readonly #hushed = new Set<NodeId>();
  readonly #contents = new Map<NodeId, NodeContent>();
  readonly #known = new Map<NodeId, KnownChunks>();
  #keptBytes = 0;

  constructor(options: LocalChangesOptions) {
    this.#options = options;
    this.#places = new TouchedPlaces(options);
  }

  read(): LocalChanges {
    this.#places.collect();
    const changes: Change[] = [];
    const nodes = new Set<NodeId>();
    const removedAt = new Map<NodeId, number>();
    for (const [ino, touched] of this.#places.inodes) {
      const change = this.#nodeChange(ino, touched);
      if (change === undefined) continue;
      changes.push(change);
      nodes.add(change.id);
      if (change.state === null) this.#noteRemoval(removedAt, change.id, touched);
    }
    const slots: { parent: NodeId; name: string }[] = [];
    const movedAt = new Map<NodeId, number>();
    for (const [parentIno, names] of this.#places.names) {
      if (this.#isFormer(parentIno)) continue;
      const parent = this.#options.inos.nodeOf(parentIno);
      for (const [name, { atMs }] of names) {
        const change = this.#entryChange(parentIno, parent, name);
        if (change === undefined) continue;
        changes.push(change);
        slots.push({ parent, name });
        if (change.node !== null) this.#noteMove(movedAt, change.node, atMs);
      }
    }
    return { changes, touched: { nodes, entries: slots }, removedAt, movedAt };
  }

  /** A node of which the remote knows nothing, with its content. */
  newNode(row: InodeRow): {
    readonly id: NodeId;
    readonly state: NodeVersion;
    readonly content: NodeContent;
  } {
    const id = this.#options.inos.nodeOf(row.ino);
    const touched = { what: CHANGED_CONTENT, ...NEVER, ranges: undefined };
    const state = this.#version(row, { id, before: undefined, touched });
    const content = this.contentOf(id);
    // Nobody asks for it a second time.
    this.#contents.delete(id);
    this.#keptBytes = 0;
    return { id, state, content };
  }

  /** Where something may have changed, and what is gone. Nothing is looked at more closely: `versionOf` does that. */
  readTouched(): Omit<LocalChanges, 'changes'> {
    const { reader, inos } = this.#options;
    this.#places.collect();
    const nodes = new Set<NodeId>();
    const removedAt = new Map<NodeId, number>();
    for (const [ino, touched] of this.#places.inodes) {
      const id = inos.nodeOf(ino);
      nodes.add(id);
      if ((reader.inode(ino)?.nlink ?? 0) === 0) this.#noteRemoval(removedAt, id, touched);
    }
    const movedAt = new Map<NodeId, number>();
    const slots = [...this.#places.names].flatMap(([parentIno, names]) => {
      const parent = inos.nodeOf(parentIno);
      return [...names].map(([name, { atMs }]) => {
        const now = reader.entry(parentIno, name);
        if (now !== undefined) this.#noteMove(movedAt, inos.nodeOf(now.ino), atMs);
        return { parent, name };
      });
    });
    return { touched: { nodes, entries: slots }, removedAt, movedAt };
  }

  /** What is known of changes that are not settled, for a round that finds the log past them. */
  unsettled({ nodes, entries }: TouchedSet, local: TreeView): UnsettledChangeRow[] {
    const { inos } = this.#options;
    return this.#places.keep(
      [...nodes].map((id) => ({ ino: inos.inoOf(id), hash: local.node(id)?.hash ?? null })),
      entries
        .map(({ parent, name }) => ({ parentIno: inos.inoOf(parent), name }))
        .filter(({ parentIno }) => parentIno !== 0),
    );
  }

  #noteRemoval(removedAt: Map<NodeId, number>, id: NodeId, { lostAtMs, atMs }: TouchedInode): void {
    const at = lostAtMs || atMs;
    if (at > 0) removedAt.set(id, this.#options.toServerTime(at));
  }

  #noteMove(movedAt: Map<NodeId, number>, id: NodeId, atMs: number): void {
    if (atMs === 0) return;
    movedAt.set(id, Math.max(movedAt.get(id) ?? 0, this.#options.toServerTime(atMs)));
  }

  /**
   * A directory whose time moved because something excluded was made in it, or removed, counts as it was: only names that
   * are shown, or were synced, make its time worth telling.
   */
  hushTimes(shown: TreeView, touched: TouchedSet): void {
    const loud = new Set<NodeId>();
    for (const { parent, name } of touched.entries) {
      this.#hushed.add(parent);
      const isOfConcern = shown.entry(parent, name) ?? this.#options.base.entry(parent, name);
      if (isOfConcern !== undefined) loud.add(parent);
    }
    for (const id of loud) this.#hushed.delete(id);
  }

  /** What an inode is now; undefined where it is gone. What was not touched is as the base has it. */
  versionOf(ino: number): NodeVersion | undefined {
    const { reader, inos, base } = this.#options;
    const id = inos.nodeOf(ino);
    const row = reader.inode(ino);
    if (row === undefined || (row.nlink === 0 && id !== ROOT_NODE)) return undefined;
    const before = base.node(id);
    const touched = this.#places.inodes.get(ino);
    // A directory's time may have been hushed when it was touched.
    if (before !== undefined && touched === undefined && before.kind !== 'directory') return before;
    const version = this.#version(row, { id, before, touched: touched ?? UNKNOWN });
    if (before === undefined) return version;
    const isSame = this.#hushed.has(id) ? !isEdit(before, version) : sameState(before, version);
    return isSame ? before : version;
  }

  /** The content of a local node, hashing it where that was not necessary before. */
  contentOf(id: NodeId): NodeContent {
    const known = this.#contents.get(id);
    if (known !== undefined) return known;
    const { reader, inos } = this.#options;
    const ino = inos.inoOf(id);
    const row = reader.inode(ino);
    if (row === undefined) return { kind: 'none' };
    return this.#hash(row, id).content;
  }

  /**
   * Of a content's chunks those that a version with `hash`, which the remote has, lacks; undefined where that version's
   * chunks are not known here.
   */
  chunksMissingIn(hash: string, id: NodeId): readonly ManifestEntry[] | undefined {
    const content = this.#contents.get(id);
    const known = this.#known.get(id);
    if (content?.kind !== 'chunks' || known?.hash !== hash) return undefined;
    const there = new Set(known.chunks.map((chunk) => chunk.hash));
    return content.chunks.filter((chunk) => !there.has(chunk.hash));
  }

  /** The inode of a file and the chunks of what is here (`hash`); undefined where they are not known without a look at it. */
  chunksHere(
    id: NodeId,
    hash: string,
  ): { readonly ino: number; readonly chunks: readonly ManifestEntry[] } | undefined {
    const ino = this.#options.inos.inoOf(id);
    const content = this.#contents.get(id);
    if (content !== undefined) return content.kind === 'chunks' ? { ino, chunks: content.chunks } : undefined;
    const version = this.#options.base.node(id);
    const chunks = version?.hash === hash ? this.#baseChunks(ino, id, version) : undefined;
    return chunks === undefined ? undefined : { ino, chunks };
  }

  /** True for the inode of a node that was removed here and came back under another number. */
  #isFormer(ino: number): boolean {
    const { inos } = this.#options;
    return inos.inoOf(inos.nodeOf(ino)) !== ino;
  }

  #nodeChange(ino: number, touched: TouchedInode): Extract<Change, { type: 'node' }> | undefined {
    const { reader, inos, base } = this.#options;
    if (this.#isFormer(ino)) return undefined;
    const id = inos.nodeOf(ino);
    const before = base.node(id);
    const row = reader.inode(ino);
    if (row === undefined || (row.nlink === 0 && id !== ROOT_NODE)) {
      return before === undefined ? undefined : { type: 'node', id, state: null };
    }
    const state = this.#version(row, { id, before, touched });
    if (before !== undefined && sameState(before, state)) return undefined;
    return { type: 'node', id, state };
  }

  #version(
    row: InodeRow,
    options: { id: NodeId; before: NodeVersion | undefined; touched: TouchedInode },
  ): NodeVersion {
    const { id, before, touched } = options;
    const kind = kindOfMode(row.mode);
    if (before !== undefined && isPlaceholder(kind, before)) return before;
    const known =
      before !== undefined &&
      before.kind === kind &&
      before.size === row.size &&
      (touched.what & CHANGED_CONTENT) === 0;
    const isDirectory = kind === 'directory';
    return {
      kind,
      mode: this.#mode(row, id, before),
      uid: row.uid,
      gid: row.gid,
      rdev: row.rdev,
      size: isDirectory ? 0 : row.size,
      mtimeSec: row.mtimeSec,
      mtimeNsec: row.mtimeNsec,
      hash: known
        ? before.hash
        : (touched.hash ?? this.#hash(row, id, this.#knownContent(row, options)).hash),
      xattrs: this.#xattrs(row.ino, id, before),
      revision: 0,
      agent: '',
      editedAtMs: this.#options.toServerTime(
        touched.atMs === 0 ? row.ctimeSec * 1000 + row.ctimeNsec / 1e6 : touched.atMs,
      ),
    };
  }

  /** Set-id bits that were dropped when a file was pulled are no change made here. */
  #mode(row: InodeRow, id: NodeId, before: NodeVersion | undefined): number {
    const mode = row.mode & 0o7777;
    const isAsPulled = before !== undefined && mode === (before.mode & 0o1777);
    return isAsPulled && this.#options.base.hasDroppedBits(id) ? before.mode : mode;
  }

  /** What is known of a file's chunks: those of the base, and where they may be others now. */
  #knownContent(
    row: InodeRow,
    of: { id: NodeId; before: NodeVersion | undefined; touched: TouchedInode },
  ): KnownContent | undefined {
    if (row.size < DELTA_MIN_BYTES) return undefined;
    const { id, before, touched } = of;
    const chunks = before === undefined ? undefined : this.#baseChunks(row.ino, id, before);
    if (chunks !== undefined) {
      this.#known.set(id, { hash: before!.hash, chunks });
      return { chunks, dirty: touched.ranges?.list() };
    }
    const ino = this.#places.predecessors.get(row.ino);
    if (ino === undefined) return undefined;
    const former = this.#options.inos.nodeOf(ino);
    const version = this.#options.base.node(former);
    const like = version === undefined ? undefined : this.#baseChunks(ino, former, version);
    return like === undefined ? undefined : { chunks: like, dirty: undefined };
  }

  /** The chunks of a base version; undefined where they are not known. */
  #baseChunks(ino: number, node: NodeId, { hash, size }: NodeVersion): ManifestEntry[] | undefined {
    const { reader, remote } = this.#options;
    const manifest = reader.baseManifest(remote.id, { ino, node, hash });
    return manifest === undefined ? undefined : decodeManifest(manifest, size);
  }

  #hash(row: InodeRow, id: NodeId, known?: KnownContent): { hash: string; content: NodeContent } {
    const { reader, content } = this.#options;
    const kind = kindOfMode(row.mode);
    let hashed: { hash: string; content: NodeContent };
    if (kind === 'file') hashed = content.hash(row.ino, row.size, known);
    else if (kind === 'symlink') {
      const target = reader.target(row.ino);
      hashed = { hash: hashOfTarget(target), content: { kind: 'target', target } };
    } else hashed = { hash: '', content: { kind: 'none' } };
    this.#keep(id, hashed.content);
    return hashed;
  }

  /** Small content is kept for the push, as far as there is room; the rest is read again. */
  #keep(id: NodeId, content: NodeContent): void {
    if (content.kind === 'inline') {
      if (this.#keptBytes > KEPT_BYTES) return;
      this.#keptBytes += content.bytes.length;
    }
    this.#contents.set(id, content);
  }

  /** Privileged attributes that were dropped when a file was pulled are no change made here. */
  #xattrs(ino: number, id: NodeId, before: NodeVersion | undefined): string {
    const rows = this.#options.reader.xattrs(ino);
    const here = rows.map((row): [string, string] => [row.name, row.value.toString('base64')]);
    const names = new Set(rows.map(({ name }) => name));
    const hasDropped =
      before !== undefined && before.xattrs !== '' && this.#options.base.hasDroppedXattrs(id);
    const dropped = hasDropped ? privilegedXattrs(before.xattrs).filter(([name]) => !names.has(name)) : [];
    return xattrText([...here, ...dropped]);
  }

  #entryChange(
    parentIno: number,
    parent: NodeId,
    name: string,
  ): Extract<Change, { type: 'entry' }> | undefined {
    const { reader, inos, base } = this.#options;
    const now = reader.entry(parentIno, name);
    const node = now === undefined ? null : inos.nodeOf(now.ino);
    const before = base.entry(parent, name) ?? null;
    return before === node ? undefined : { type: 'entry', parent, name, node };
  }
}

/** A device node that was not trusted stands here as an empty file; nothing done to that is meant for the device. */
function isPlaceholder(kind: NodeVersion['kind'], before: NodeVersion): boolean {
  return kind === 'file' && (before.kind === 'block' || before.kind === 'character');
}
