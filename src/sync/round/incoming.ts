/**
 * Turns a plan's `apply` into steps for the main thread, fetching the content that they need.
 *
 * Small content goes along with its step. Larger content is fetched chunk by chunk into a stage, so that neither side
 * ever holds a large file in memory, and a reader sees the whole of it or nothing.
 */
import { AgentFsError } from '../../base/index.js';
import type { Change, NodeId, NodeVersion, TreeView } from '../core/index.js';
import { slotKey } from '../core/slot.js';
import type { NodeInos } from '../local/node-inos.js';
import type { NodeContent, RemoteWorkspace } from '../remote/index.js';
import type { NodeReference, PlacedEntry, StepContent, SyncHost, SyncStep } from '../steps.js';
import type { RemoteSide } from './feed-tree.js';
import { ownBytes, piecesOf } from './pieces.js';

/** Steps, and bytes of content, in one message to the main thread. */
const MESSAGE_STEPS = 512;
const MESSAGE_BYTES = 2 * 1024 * 1024;
/** A whole number of stored chunks, of any size that is a power of two up to this; about 2 ms of the main thread. */
const FILL_BYTES = 512 * 1024;

export interface IncomingContext {
  readonly host: SyncHost;
  readonly remoteId: number;
  readonly remote: RemoteWorkspace;
  readonly inos: NodeInos;
  /** As it is here, with the identities that the plan has. */
  readonly local: TreeView;
  readonly side: RemoteSide;
  /** Whether an inode number is in use here. */
  readonly isHere: (ino: number) => boolean;
  /** Slots and nodes that are pushed too: their base moves with the push. */
  readonly pushed: ReadonlySet<string>;
  readonly progress: (done: number, total: number, bytes: number) => void;
}

export class Incoming {
  readonly #context: IncomingContext;
  /** Nodes that another one displaces before they get their new place, as the plan has it. */
  readonly #homeless = new Set<NodeId>();
  readonly #placed = new Set<NodeId>();
  /** Slots that are still to be set; and those of them that hold a node which has its new place already. */
  readonly #due = new Set<string>();
  readonly #leaving = new Set<string>();
  #batch: SyncStep[] = [];
  #batchBytes = 0;
  #refused = 0;
  /** The message under way; one at a time, in order. */
  #sent: Promise<number> = Promise.resolve(0);
  #bytes = 0;

  constructor(context: IncomingContext) {
    this.#context = context;
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
    await this.#addLost(changes);
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
      // A move's two halves stay in one message, and so do a node that is displaced and its new place.
      const full = this.#batch.length >= MESSAGE_STEPS || this.#batchBytes >= MESSAGE_BYTES;
      const whole = this.#homeless.size === 0 && this.#leaving.size === 0;
      if (full && whole && !isRemovalOfEntry(changes[done])) await this.#flush();
      if (done % MESSAGE_STEPS === 0) this.#context.progress(done, changes.length, this.#bytes);
    }
    for (const [id, version] of unnamed) await this.#addNode(id, version);
    await this.#flush();
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
    const { local, side, pushed } = this.#context;
    const { parent, name, node } = change;
    const before = local.entry(parent, name);
    this.#due.delete(slotKey(change));
    this.#leaving.delete(slotKey(change));
    if (node !== null) {
      for (const entry of local.entriesOf(node)) {
        const key = slotKey(entry);
        if (this.#due.has(key)) this.#leaving.add(key);
      }
      this.#homeless.delete(node);
      this.#placed.add(node);
      if (before !== undefined && !removed.has(before) && !this.#placed.has(before))
        this.#homeless.add(before);
    }
    return {
      type: 'entry',
      parent: this.#reference(parent),
      name,
      node: node === null ? null : this.#reference(node),
      removes: before !== undefined && removed.has(before),
      displaces: before,
      from: node === null ? [] : this.#places(node),
      revision: side.entryRevision(parent, name),
      record: !pushed.has(slotKey(change)),
    };
  }

  #removeStep(id: NodeId): SyncStep {
    return { type: 'remove', node: this.#reference(id), record: !this.#context.pushed.has(id) };
  }

  async #addNode(id: NodeId, version: NodeVersion, whole = false): Promise<void> {
    const { local, pushed } = this.#context;
    const here = local.node(id);
    const same =
      !whole &&
      here !== undefined &&
      here.kind === version.kind &&
      here.hash === version.hash &&
      here.size === version.size;
    const content = same ? KEEP : await this.#content(id, version);
    const bytes = content.kind === 'bytes' ? content.bytes.length : 256;
    this.#add(
      {
        type: 'node',
        node: this.#reference(id),
        version,
        content,
        places: content.kind === 'keep' ? [] : this.#places(id),
        record: !pushed.has(id),
      },
      bytes,
    );
  }

  #places(id: NodeId): PlacedEntry[] {
    const { local, inos } = this.#context;
    return local.entriesOf(id).map((entry) => ({ parentIno: inos.inoOf(entry.parent), name: entry.name }));
  }

  async #content(id: NodeId, version: NodeVersion): Promise<StepContent> {
    const { side } = this.#context;
    const isNews = side.tree.node(id)?.hash === version.hash;
    const content = (isNews ? side.contentOf(id) : undefined) ?? (await this.#fetchContent(id, version));
    switch (content.kind) {
      case 'target':
        return { kind: 'target', target: content.target };
      case 'inline':
        this.#bytes += content.bytes.length;
        return { kind: 'bytes', bytes: ownBytes(content.bytes) };
      case 'none':
        return version.kind === 'file' ? { kind: 'bytes', bytes: new Uint8Array(0) } : KEEP;
      case 'chunks':
        return await this.#staged(content);
    }
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

  async #staged(content: NodeContent): Promise<StepContent> {
    const { host, remoteId, remote, progress } = this.#context;
    const ino = await host.stage(remoteId);
    try {
      let offset = 0;
      for await (const bytes of piecesOf(remote.readContent(content), FILL_BYTES)) {
        await host.fill(remoteId, { ino, offset, bytes });
        offset += bytes.length;
        this.#bytes += bytes.length;
        progress(0, 0, this.#bytes);
      }
      return { kind: 'stage', ino };
    } catch (error) {
      await host.unstage(remoteId, ino);
      throw error;
    }
  }
}

const KEEP: StepContent = { kind: 'keep' };

function isRemovalOfEntry(change: Change | undefined): boolean {
  return change?.type === 'entry' && change.node === null;
}
