/**
 * Carries a plan's `push` out: one commit or several, each whole in itself and after the chunks that it names.
 *
 * A commit never splits what belongs together (commit-units.ts). Only what the next commit holds is in memory. A stale
 * commit ends the push: the round begins anew with a fresh feed.
 */
import type { Change, NodeId, NodeVersion } from '../core/index.js';
import type { BaseTree } from '../local/base-tree.js';
import { DELTA_MIN_BYTES, type LocalChangeReader } from '../local/local-changes.js';
import type { LocalContent } from '../local/local-content.js';
import type { NodeInos } from '../local/node-inos.js';
import {
  type Chunk,
  type ChunkReference,
  COMMIT_MAX_BYTES,
  changeBytes,
  type PushChange,
  type PushContent,
  type RemoteWorkspace,
} from '../remote/index.js';
import type { SyncHost, SyncStep } from '../steps.js';
import { encodeManifest } from '../transfer/index.js';
import { commitUnits } from './commit-units.js';
import type { RemoteSide } from './feed-tree.js';

/** Bytes of chunks in one upload. */
const UPLOAD_BYTES = 4 * 1024 * 1024;
const HAVE_WANT_HASHES = 8192;
const RECORD_STEPS = 1024;

export interface OutgoingContext {
  readonly host: SyncHost;
  readonly remoteId: number;
  readonly remote: RemoteWorkspace;
  readonly inos: NodeInos;
  readonly base: BaseTree;
  readonly side: RemoteSide;
  readonly changes: LocalChangeReader;
  readonly content: LocalContent;
  readonly agent: string;
  /** Files a commit. */
  readonly batchSize: number;
  readonly newUuid: () => string;
  readonly progress: (done: number, total: number, bytes: number) => void;
}

export interface PushResult {
  /** False when the remote had moved on: nothing after that commit was sent. */
  readonly complete: boolean;
  readonly pushed: number;
  readonly commits: number;
  /** The revision up to which this agent has everything; the feed's head where others committed in between. */
  readonly revision: number;
  /** Of the last commit; 0 where there was none. */
  readonly lastCommit: number;
}

interface Commit {
  readonly changes: PushChange[];
  readonly sources: Change[];
}

export class Outgoing {
  readonly #context: OutgoingContext;
  #bytes = 0;
  /** The base follows one commit while the next one is under way. */
  #recorded: Promise<void> = Promise.resolve();

  constructor(context: OutgoingContext) {
    this.#context = context;
  }

  async carryOut(changes: readonly Change[]): Promise<PushResult> {
    try {
      return await this.#sendAll(changes);
    } finally {
      await this.#recorded;
    }
  }

  async #sendAll(changes: readonly Change[]): Promise<PushResult> {
    const { remote, side, progress } = this.#context;
    let { head: revision } = side;
    let contiguous = true;
    let pushed = 0;
    let commits = 0;
    let lastCommit = 0;
    for (const commit of this.#commits(changes)) {
      await this.#uploadChunks(commit.changes);
      const outcome = await remote.push({
        commitId: this.#context.newUuid(),
        // What others committed in between was not seen: a move of a directory must then be planned anew.
        baseRevision: contiguous ? revision : side.head,
        changes: commit.changes,
      });
      if (outcome.outcome === 'stale') {
        return { complete: false, pushed, commits, revision: side.head, lastCommit };
      }
      commits += 1;
      lastCommit = outcome.revision;
      contiguous &&= outcome.revision === revision + 1;
      revision = outcome.revision;
      await this.#recorded;
      this.#recorded = this.#record(commit, outcome.revision);
      // Whoever waits for it next gets its failure; until then it is nobody's.
      this.#recorded.catch(() => undefined);
      pushed += commit.changes.length;
      progress(pushed, changes.length, this.#bytes);
    }
    return { complete: true, pushed, commits, revision: contiguous ? revision : side.head, lastCommit };
  }

  #prepare(change: Change): PushChange {
    const { side } = this.#context;
    if (change.type === 'entry') {
      const { parent, name, node } = change;
      return { type: 'entry', parent, name, node, base: side.entryRevision(parent, name) };
    }
    const there = side.tree.node(change.id);
    return {
      type: 'node',
      id: change.id,
      state: change.state,
      base: there?.revision ?? 0,
      content: change.state === null ? { kind: 'none' } : this.#content(change.id, change.state, there),
    };
  }

  #content(id: NodeId, state: NodeVersion, there: NodeVersion | undefined): PushContent {
    const same =
      there !== undefined &&
      there.kind === state.kind &&
      there.hash === state.hash &&
      there.size === state.size;
    if (same) return { kind: 'unchanged' };
    const { changes } = this.#context;
    const content = changes.contentOf(id);
    const fresh = there === undefined ? undefined : changes.chunksMissingIn(there.hash, id);
    return content.kind === 'chunks' && fresh !== undefined ? { ...content, fresh } : content;
  }

  async #uploadChunks(changes: Iterable<PushChange>): Promise<void> {
    const wanted = new Set<string>();
    for (const change of changes) {
      if (change.type === 'node' && change.content.kind === 'chunks') {
        for (const chunk of freshChunks(change.content)) wanted.add(chunk.hash);
      }
    }
    const hashes = [...wanted];
    for (let at = 0; at < hashes.length; at += HAVE_WANT_HASHES) {
      const missing = await this.#context.remote.chunksMissing(hashes.slice(at, at + HAVE_WANT_HASHES));
      await this.#upload(missing);
    }
  }

  async #upload(hashes: readonly string[]): Promise<void> {
    let batch: Chunk[] = [];
    let bytes = 0;
    const send = async () => {
      if (batch.length > 0) await this.#context.remote.putChunks(batch);
      this.#bytes += bytes;
      this.#context.progress(0, 0, this.#bytes);
      batch = [];
      bytes = 0;
    };
    for (const hash of hashes) {
      const data = this.#context.content.chunk(hash);
      if (data === undefined) continue;
      batch.push({ hash, size: data.length, data });
      bytes += data.length;
      if (bytes >= UPLOAD_BYTES) await send();
    }
    await send();
  }

  /** Slices the changes into commits; what is small enough is one commit in the plan's own order. */
  *#commits(changes: readonly Change[]): Generator<Commit> {
    let commit: Commit = { changes: [], sources: [] };
    let bytes = 0;
    let files = 0;
    for (const unit of commitUnits(changes, (parent, name) => this.#context.side.tree.entry(parent, name))) {
      for (const change of unit) {
        const push = this.#prepare(change);
        commit.changes.push(push);
        commit.sources.push(change);
        bytes += changeBytes(push);
      }
      files += 1;
      if (files < this.#context.batchSize && bytes < COMMIT_MAX_BYTES) continue;
      yield commit;
      commit = { changes: [], sources: [] };
      bytes = 0;
      files = 0;
    }
    if (commit.changes.length > 0) yield commit;
  }

  /** Both sides have what was committed: the base follows. */
  async #record(commit: Commit, revision: number): Promise<void> {
    const { host, remoteId, inos, base, agent } = this.#context;
    const reference = (id: NodeId) => ({ id, ino: inos.inoOf(id) });
    const steps = commit.sources.map((change, index): SyncStep => {
      if (change.type === 'node') {
        const version = change.state === null ? null : { ...change.state, revision, agent };
        const droppedBits = base.hasDroppedBits(change.id);
        const manifest = manifestOf(commit.changes[index]!);
        return {
          type: 'base-node',
          node: reference(change.id),
          version,
          droppedBits,
          notes: false,
          ...(manifest === undefined ? {} : { manifest }),
        };
      }
      const { parent, name, node } = change;
      return {
        type: 'base-entry',
        parent: reference(parent),
        name,
        node: node === null ? null : reference(node),
        revision,
        notes: false,
      };
    });
    for (let at = 0; at < steps.length; at += RECORD_STEPS) {
      await host.apply(remoteId, steps.slice(at, at + RECORD_STEPS));
    }
  }
}

/** The list of chunks to remember of a large file. */
function manifestOf(change: PushChange): Uint8Array | undefined {
  if (change.type === 'entry' || change.content.kind !== 'chunks') return undefined;
  return (change.state?.size ?? 0) < DELTA_MIN_BYTES ? undefined : encodeManifest(change.content.chunks);
}

/** Chunks that the remote may lack. */
function freshChunks(content: Extract<PushContent, { kind: 'chunks' }>): readonly ChunkReference[] {
  return 'fresh' in content ? content.fresh : content.chunks;
}
