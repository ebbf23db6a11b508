/**
 * Turns a plan's `apply` into steps for the main thread, fetching the content that they need.
 *
 * Small content goes along with its step; how larger content comes here is told in `downloads.ts`.
 */
import { AgentFsError } from '../../base/index.js';
import type { QuarantineRow } from '../../store/index.js';
import { type Change, type NodeId, type NodeVersion, pathOf, type TreeView } from '../core/index.js';
import { slotKey } from '../core/slot.js';
import type { NodeInos } from '../local/node-inos.js';
import type { NodeContent, RemoteWorkspace } from '../remote/index.js';
import type { Keepsake, NodeReference, PlacedEntry, SeenStep, SyncHost, SyncStep } from '../steps.js';
import { isWaitedFor } from './base-steps.js';
import type { ChunkedFile, Download, Downloads } from './downloads.js';
import type { RemoteSide } from './feed-tree.js';
import { ownBytes } from './pieces.js';
import { heldContent } from './quarantine.js';
import type { TransferProgress } from './transfer-progress.js';

/** Steps, and bytes of content, in one message to the main thread. */
const MESSAGE_STEPS = 512;
const MESSAGE_BYTES = 2 * 1024 * 1024;
/** Larger files are brought here before the round begins to change anything. */
const PREPARED_BYTES = 16 * 1024 * 1024;

export interface IncomingContext {
  readonly host: SyncHost;
  readonly remoteId: number;
  readonly remote: Pick<RemoteWorkspace, 'nodeContent'>;
  readonly inos: NodeInos;
  /** As it is here, with the identities that the plan has. */
  readonly local: TreeView;
  readonly side: Pick<RemoteSide, 'tree' | 'head' | 'contentOf' | 'entryRevision'>;
  /** Contents of nodes that are on neither side yet: copies of what the remote has. */
  readonly copies?: ReadonlyMap<NodeId, NodeContent>;
  /** Whether an inode number is in use here. */
  readonly isHere: (ino: number) => boolean;
  /** Slots and nodes that are pushed too: their base moves with the push. */
  readonly pushed: Pick<ReadonlySet<string>, 'has'>;
  /** What is to be kept of nodes before they change. */
  readonly losers?: ReadonlyMap<NodeId, Keepsake>;
  /** What of the remote is in the base with the place that this node gets. */
  readonly seenWith?: (node: NodeId) => readonly SeenStep[];
  readonly downloads: Downloads;
  readonly progress: TransferProgress;
}

export class Incoming {
  readonly #context: IncomingContext;
  /** Nodes that another one displaces before they get their new place, as the plan has it. */
  readonly #homeless = new Set<NodeId>();
  readonly #placed = new Set<NodeId>();
  /** Slots that are still to be set; and those of them that hold a node which has its new place already. */
  readonly #due = new Set<string>();
  readonly #leaving = new Set<string>();
  /** Slots that are empty by now; and directories that lost their name with something in them, until they are removed. */
  readonly #emptied = new Set<string>();
  readonly #emptying = new Set<NodeId>();
  #batch: SyncStep[] = [];
  #batchBytes = 0;
  #refused = 0;
  readonly #spoiled: QuarantineRow[] = [];
  /** The message under way; one at a time, in order. */
  #sent: Promise<number> = Promise.resolve(0);

  constructor(context: IncomingContext) {
    this.#context = context;
  }

  /**
   * Brings the content of very large files here, which can take minutes, before anything else of the round is carried
   * out.
   */
  async prepare(changes: readonly Change[]): Promise<void> {
    this.#expect(changes);
    const files = this.#chunkedFiles(changes).filter(({ version }) => version.size >= PREPARED_BYTES);
    if (files.length > 0) await this.#context.downloads.prepare(files);
  }

  /** The chunked files whose content is needed, in the order in which it will be. */
  #chunkedFiles(changes: readonly Change[]): ChunkedFile[] {
    const files: ChunkedFile[] = [];
    const unnamed = new Map<NodeId, NodeVersion>();
    const see = (id: NodeId, version: NodeVersion) => {
      const content = this.#news(id, version);
      if (content?.kind === 'chunks' && !this.#hasContent(id, version))
        files.push(this.#chunked(id, version, content.chunks));
    };
    for (const change of changes) {
      if (change.type === 'entry') {
        const version = change.node === null ? undefined : unnamed.get(change.node);
        if (change.node === null || version === undefined) continue;
        unnamed.delete(change.node);
        see(change.node, version);
      } else if (change.state === null) continue;
      else if (this.#isHere(change.id)) see(change.id, change.state);
      else unnamed.set(change.id, change.state);
    }
    for (const [id, version] of unnamed) see(id, version);
    return files;
  }

  /** Nodes that were left out, since the remote does not have their content, or not as it says. */
  get spoiled(): readonly QuarantineRow[] {
    return this.#spoiled;
  }

  /** Returns how many steps were refused because somebody here touched the same meanwhile. */
  async carryOut(changes: readonly Change[]): Promise<number> {
    try {
      await this.#sendAll(changes);
    } finally {
      await this.#sent.catch(() => undefined);
    }
    return this.#refused + (await this.#sent);
  }

  async #sendAll(changes: readonly Change[]): Promise<void> {
    const removed = new Set(
      changes.flatMap((it) => (it.type === 'node' && it.state === null ? [it.id] : [])),
    );
    for (const id of removed) this.#keep(id);
    await this.#addLost(changes);
    this.#context.downloads.expect(this.#chunkedFiles(changes));
    for (const change of changes) if (change.type === 'entry') this.#due.add(slotKey(change));
    // A new node waits for its first entry, so that both come in one commit of the store.
    const unnamed = new Map<NodeId, NodeVersion>();
    let done = 0;
    for (const change of changes) {
      if (change.type === 'entry') {
        const version = change.node === null ? undefined : unnamed.get(change.node);
        if (change.node !== null && version !== undefined) {
          unnamed.delete(change.node);
          await this.#addNode(change.node, version);
        }
        this.#add(this.#entryStep(change, removed), 64);
      } else if (change.state === null) this.#add(this.#removeStep(change.id), 64);
      else if (!this.#isHere(change.id)) unnamed.set(change.id, change.state);
      else await this.#addNode(change.id, change.state);
      done += 1;
      // A move's two halves stay in one message, and so do a node that is displaced and its new place, or its removal
      // where something is left in it.
      const full = this.#batch.length >= MESSAGE_STEPS || this.#batchBytes >= MESSAGE_BYTES;
      const whole = this.#homeless.size + this.#leaving.size + this.#emptying.size === 0;
      if (full && whole && !isRemovalOfEntry(changes[done])) await this.#flush();
      if (change.type === 'node') this.#context.progress.filesDone(1);
    }
    for (const [id, version] of unnamed) await this.#addNode(id, version);
    await this.#flush();
    this.#context.progress.end();
  }

  /** Says how much there is to do. */
  #expect(changes: readonly Change[]): void {
    let files = 0;
    let bytes = 0;
    for (const change of changes) {
      if (change.type !== 'node') continue;
      files += 1;
      const { id, state } = change;
      if (state?.kind === 'file' && !this.#hasContent(id, state)) bytes += state.size;
    }
    this.#context.progress.expect(files, bytes);
  }

  #reference(id: NodeId): NodeReference {
    return { id, ino: this.#context.inos.inoOf(id) };
  }

  #isHere(id: NodeId): boolean {
    const { isHere, inos } = this.#context;
    return isHere(inos.inoOf(id));
  }

  #add(step: SyncStep, bytes: number): void {
    this.#batch.push(step);
    this.#batchBytes += bytes;
  }

  /** Sends the batch once the one before is carried out: the next is made meanwhile. */
  async #flush(): Promise<void> {
    const { host, remoteId } = this.#context;
    if (this.#batch.length === 0) return;
    this.#refused += await this.#sent;
    this.#sent = host.apply(remoteId, this.#batch);
    // Whoever waits for it next gets its failure; until then it is nobody's.
    this.#sent.catch(() => undefined);
    this.#batch = [];
    this.#batchBytes = 0;
  }

  /** A node that the base has and that is not here any more is made anew before its entry is set. */
  async #addLost(changes: readonly Change[]): Promise<void> {
    const { side } = this.#context;
    const made = new Set(changes.flatMap((it) => (it.type === 'node' ? [it.id] : [])));
    for (const change of changes) {
      if (change.type !== 'entry' || change.node === null || made.has(change.node)) continue;
      made.add(change.node);
      const version = side.tree.node(change.node);
      if (version === undefined || this.#isHere(change.node)) continue;
      await this.#addNode(change.node, version, true);
    }
  }

  #entryStep(change: Extract<Change, { type: 'entry' }>, removed: ReadonlySet<NodeId>): SyncStep {
    const { local, side, pushed, seenWith } = this.#context;
    const { parent, name, node } = change;
    const seen = node === null ? [] : (seenWith?.(node) ?? []);
    const before = local.entry(parent, name);
    this.#due.delete(slotKey(change));
    this.#leaving.delete(slotKey(change));
    const removes = before !== undefined && removed.has(before);
    if (node === null) this.#emptied.add(slotKey(change));
    else {
      if (removes && [...local.children(before)].some((it) => !this.#emptied.has(slotKey(it))))
        this.#emptying.add(before);
      for (const entry of local.entriesOf(node)) {
        const key = slotKey(entry);
        if (this.#due.has(key)) this.#leaving.add(key);
      }
      this.#homeless.delete(node);
      this.#placed.add(node);
      if (before !== undefined && !removes && !this.#placed.has(before)) this.#homeless.add(before);
    }
    return {
      type: 'entry',
      parent: this.#reference(parent),
      name,
      node: node === null ? null : this.#reference(node),
      removes,
      displaces: before,
      from: node === null ? [] : this.#places(node),
      revision: side.entryRevision(parent, name),
      record: !pushed.has(slotKey(change)) && !isWaitedFor(change, side),
      ...(seen.length === 0 ? {} : { seen }),
    };
  }

  #keep(id: NodeId): void {
    const keep = this.#context.losers?.get(id);
    if (keep !== undefined) this.#add({ type: 'keep', node: this.#reference(id), keep }, 512);
  }

  #removeStep(id: NodeId): SyncStep {
    this.#emptying.delete(id);
    return { type: 'remove', node: this.#reference(id), record: !this.#context.pushed.has(id) };
  }

  async #addNode(id: NodeId, version: NodeVersion, whole = false): Promise<void> {
    const { pushed } = this.#context;
    const keeps = !whole && this.#hasContent(id, version);
    const download = keeps ? KEEP : await this.#soundContent(id, version);
    if (download === undefined) return;
    const { content, manifest } = download;
    const keep = this.#context.losers?.get(id);
    const bytes = content.kind === 'bytes' ? content.bytes.length : 256;
    this.#add(
      {
        type: 'node',
        node: this.#reference(id),
        version,
        content,
        places: content.kind === 'keep' ? [] : this.#places(id),
        record: !pushed.has(id),
        ...(manifest === undefined ? {} : { manifest }),
        ...(keep === undefined ? {} : { keep }),
      },
      bytes,
    );
  }

  #chunked(id: NodeId, version: NodeVersion, chunks: ChunkedFile['chunks']): ChunkedFile {
    const { local, losers } = this.#context;
    return { id, version, chunks, here: local.node(id), isKept: losers?.has(id) === true };
  }

  /** What is here has the content of a version already. */
  #hasContent(id: NodeId, version: NodeVersion): boolean {
    const here = this.#context.local.node(id);
    return (
      here !== undefined &&
      here.kind === version.kind &&
      here.hash === version.hash &&
      here.size === version.size
    );
  }

  #places(id: NodeId): PlacedEntry[] {
    const { local, inos } = this.#context;
    return local.entriesOf(id).map((entry) => ({ parentIno: inos.inoOf(entry.parent), name: entry.name }));
  }

  /** Undefined where it cannot be had: the rest goes on without this node. */
  async #soundContent(id: NodeId, version: NodeVersion): Promise<Download | undefined> {
    try {
      return await this.#content(id, version);
    } catch (error) {
      if (!(error instanceof AgentFsError) || error.code !== 'REMOTE_CORRUPT') throw error;
      const shown = pathOf(this.#context.side.tree, id) ?? id;
      this.#spoiled.push(heldContent(id, version.revision, { shown, reason: error.message }));
      this.#refused += 1;
      return undefined;
    }
  }

  async #content(id: NodeId, version: NodeVersion): Promise<Download> {
    const content = this.#news(id, version) ?? (await this.#fetchContent(id, version));
    switch (content.kind) {
      case 'target':
        return { content: { kind: 'target', target: content.target } };
      case 'inline':
        this.#context.progress.bytesDone(content.bytes.length);
        return { content: { kind: 'bytes', bytes: ownBytes(content.bytes) } };
      case 'none':
        return version.kind === 'file' ? { content: { kind: 'bytes', bytes: new Uint8Array(0) } } : KEEP;
      case 'chunks':
        return await this.#context.downloads.get(this.#chunked(id, version, content.chunks));
    }
  }

  /** The content of a version where the feed has brought it, or where it is that of another node. */
  #news(id: NodeId, version: NodeVersion): NodeContent | undefined {
    const { side, copies } = this.#context;
    const copy = copies?.get(id);
    if (copy !== undefined) return copy;
    return side.tree.node(id)?.hash === version.hash ? side.contentOf(id) : undefined;
  }

  async #fetchContent(id: NodeId, version: NodeVersion): Promise<NodeContent> {
    const found = await this.#context.remote.nodeContent(id, this.#context.side.head);
    if (found?.state?.hash === version.hash) return found.content;
    throw new AgentFsError(
      'REMOTE_CORRUPT',
      `the remote has no content ${version.hash.slice(0, 12)}… for a file`,
      {
        operation: 'pull',
        hint: 'Sync again; if it stays so, the remote has lost data.',
      },
    );
  }
}

const KEEP: Download = { content: { kind: 'keep' } };

function isRemovalOfEntry(change: Change | undefined): boolean {
  return change?.type === 'entry' && change.node === null;
}
