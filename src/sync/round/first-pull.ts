/**
 * The first pull into an empty workspace: each page of the feed goes to the main thread while the next one is on its way.
 *
 * There is nothing to reconcile with, so what is new, and has its directory here by now, is simply made. What that does
 * not cover is left in the feed for the round that follows: the root, further names of a node, large files, rows that
 * this agent's own lost commits made, and whatever hangs on something that never came. The feed has one head over all its
 * pages, so what is left and what was made are of one revision.
 */
import type { RemoteRow } from '../../store/index.js';
import { judgedAfter } from '../brakes/index.js';
import { type NodeId, type NodeVersion, ROOT_NODE } from '../core/index.js';
import type { FeedEntry, FeedNode, FeedPage, RemoteWorkspace } from '../remote/index.js';
import type { NewNodeStep, SyncHost } from '../steps.js';
import {
  assertOwnCommits,
  assertSameRemote,
  progressOf,
  type RoundContext,
  type RoundState,
} from './context.js';
import type { TransferProgress } from './transfer-progress.js';

/** Steps, and bytes of content, in one message to the main thread. */
const MESSAGE_STEPS = 512;
const MESSAGE_BYTES = 2 * 1024 * 1024;
/** Messages that the main thread may have before it: it has something to do while the next page is looked at. */
const MESSAGES_AHEAD = 3;

export interface FirstPullContext {
  readonly host: SyncHost;
  readonly remoteId: number;
  /** Rows of this agent that came after this revision are no news. */
  readonly agent: string;
  readonly joinedAt: number;
  /** Which commits of this agent the first page is to name. */
  readonly judged?: { readonly commitsAfter: number } | undefined;
  /** Called with the first page, before anything is made. Throws where this is another remote than it was. */
  readonly begin: (page: FeedPage) => Promise<void>;
  readonly progress: TransferProgress;
}

export interface FirstPull {
  /** What is left, as one page. */
  readonly rest: FeedPage;
  /** Nodes and entries made. */
  readonly pulled: number;
  /** Somebody here made something meanwhile that has the same name: look at everything again. */
  readonly refused: number;
}

/** Throws SYNC_BRAKE where this is not the remote that it was. The reader's snapshot is a new one afterwards. */
export async function pullIntoBlank(
  context: RoundContext,
  { row, state }: { readonly row: RemoteRow; readonly state: RoundState },
): Promise<FirstPull> {
  const { reader, host, remote, agent } = context;
  const pulled = await firstPull(remote, {
    ...{ host, agent, joinedAt: state.joinedAt ?? 0 },
    remoteId: row.id,
    judged: judgedAfter(row.cursor, state),
    begin: async ({ incarnation, head, ownCommits }) => {
      assertSameRemote(row, { incarnation, revision: head }, context);
      await assertOwnCommits(ownCommits, { remoteId: row.id, context });
      await host.finish({ remote: row.id, isAhead: true });
    },
    progress: progressOf(context, 'pull'),
  });
  reader.end();
  reader.begin();
  return pulled;
}

export async function firstPull(remote: RemoteWorkspace, context: FirstPullContext): Promise<FirstPull> {
  const pull = new Pull(context);
  let page: FeedPage | undefined;
  try {
    for await (page of remote.feed(0, context.judged)) await pull.take(page);
  } finally {
    await pull.settled();
  }
  return await pull.end(page as FeedPage);
}

class Pull {
  readonly #context: FirstPullContext;
  readonly #made = new Set<NodeId>();
  /** Those that are here. */
  readonly #directories = new Set<NodeId>([ROOT_NODE]);
  /** Nodes that have no name yet. */
  readonly #unnamed = new Map<NodeId, FeedNode>();
  /** Entries of directories that are not here yet, and of nodes that have not come yet. */
  readonly #byParent = new Map<NodeId, FeedEntry[]>();
  readonly #byNode = new Map<NodeId, FeedEntry>();
  readonly #rest: { readonly nodes: FeedNode[]; readonly entries: FeedEntry[] } = { nodes: [], entries: [] };
  readonly #quarantined: FeedPage['quarantined'][number][] = [];
  #steps: NewNodeStep[] = [];
  #stepBytes = 0;
  /** Those that are not carried out yet. */
  readonly #sent: Promise<number>[] = [];
  #begun = false;
  #refused = 0;

  constructor(context: FirstPullContext) {
    this.#context = context;
  }

  async take(page: FeedPage): Promise<void> {
    if (!this.#begun) await this.#context.begin(page);
    this.#begun = true;
    if (page.total !== undefined) this.#context.progress.expect(page.total.nodes, page.total.bytes);
    this.#quarantined.push(...page.quarantined);
    for (const node of page.nodes) {
      if (!this.#isPlain(node)) {
        this.#rest.nodes.push(node);
        continue;
      }
      this.#unnamed.set(node.id, node);
      const entry = this.#byNode.get(node.id);
      if (entry !== undefined) this.#place(entry);
      if (this.#isFull()) await this.#send();
    }
    for (const entry of page.entries) {
      if (this.#isOwn(entry)) this.#rest.entries.push(entry);
      else this.#place(entry);
      if (this.#isFull()) await this.#send();
    }
  }

  async end({ head, incarnation, serverTimeMs }: FeedPage): Promise<FirstPull> {
    await this.#send();
    for (const sent of this.#sent) this.#refused += await sent;
    this.#rest.nodes.push(...this.#unnamed.values());
    this.#rest.entries.push(...this.#byNode.values());
    for (const entries of this.#byParent.values()) this.#rest.entries.push(...entries);
    const rest = {
      ...{ head, incarnation, serverTimeMs },
      ...this.#rest,
      quarantined: this.#quarantined,
      ownCommits: [],
      isEmpty: false,
      horizon: 0,
      last: true,
    };
    return { rest, pulled: 2 * (this.#made.size - this.#refused), refused: this.#refused };
  }

  /** Nothing is being carried out any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#sent);
  }

  #isOwn({ agent, revision }: { readonly agent: string; readonly revision: number }): boolean {
    return agent === this.#context.agent && revision > this.#context.joinedAt;
  }

  #isPlain(node: FeedNode): boolean {
    return (
      node.id !== ROOT_NODE && node.state !== null && node.content.kind !== 'chunks' && !this.#isOwn(node)
    );
  }

  /** Makes what an entry means, and then what was waiting for that; or keeps the entry. */
  #place(entry: FeedEntry): void {
    const ready = [entry];
    for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
      const { parent, node } = next;
      if (node === null) continue;
      const found = this.#unnamed.get(node);
      if (!this.#directories.has(parent)) {
        const waiting = this.#byParent.get(parent);
        if (waiting === undefined) this.#byParent.set(parent, [next]);
        else waiting.push(next);
      } else if (found !== undefined) {
        this.#unnamed.delete(node);
        this.#byNode.delete(node);
        this.#add(found, next);
        if (found.state?.kind !== 'directory') continue;
        this.#directories.add(node);
        ready.push(...(this.#byParent.get(node) ?? []));
        this.#byParent.delete(node);
      } else if (this.#made.has(node) || this.#byNode.has(node)) this.#rest.entries.push(next);
      else this.#byNode.set(node, next);
    }
  }

  #add({ id, state, content }: FeedNode, { parent, name, revision }: FeedEntry): void {
    const bytes = content.kind === 'inline' ? content.bytes : undefined;
    const target = content.kind === 'target' ? content.target : undefined;
    this.#made.add(id);
    this.#steps.push({ id, version: state as NodeVersion, bytes, target, parent, name, revision });
    this.#stepBytes += bytes?.length ?? 0;
  }

  #isFull(): boolean {
    return this.#steps.length >= MESSAGE_STEPS || this.#stepBytes >= MESSAGE_BYTES;
  }

  /** Sends the steps once most of those before are carried out: the next are made meanwhile. */
  async #send(): Promise<void> {
    const { host, remoteId, progress } = this.#context;
    if (this.#steps.length === 0) return;
    if (this.#sent.length >= MESSAGES_AHEAD) this.#refused += (await this.#sent.shift()) ?? 0;
    const sent = host.insert(remoteId, packed(this.#steps, this.#stepBytes));
    // Whoever waits for it next gets its failure; until then it is nobody's.
    sent.catch(() => undefined);
    this.#sent.push(sent);
    progress.filesDone(this.#steps.length);
    progress.bytesDone(this.#stepBytes);
    this.#steps = [];
    this.#stepBytes = 0;
  }
}

/**
 * The same steps with their contents in one piece of memory. A message copies the whole memory behind each view, once;
 * and memory of its own for each of a thousand small files costs more than their bytes.
 */
function packed(steps: readonly NewNodeStep[], totalBytes: number): NewNodeStep[] {
  const memory = new Uint8Array(totalBytes);
  let end = 0;
  return steps.map((step) => {
    if (step.bytes === undefined) return step;
    const start = end;
    memory.set(step.bytes, start);
    end += step.bytes.length;
    const { id, version, target, parent, name, revision } = step;
    return { id, version, bytes: memory.subarray(start, end), target, parent, name, revision };
  });
}
