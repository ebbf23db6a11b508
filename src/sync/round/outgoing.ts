/**
 * Carries a plan's `push` out: one commit or several, each whole in itself and after the chunks that it names.
 *
 * A commit never splits what belongs together (commit-units.ts). Only what the next commit holds is in memory. A stale
 * commit ends the push: the round begins anew with a fresh feed.
 */
import type { Timers } from '../../base/index.js';
import type { CommitReference } from '../../store/index.js';
import type { Change, NodeId, NodeVersion } from '../core/index.js';
import type { BaseTree } from '../local/base-tree.js';
import type { LocalChangeReader } from '../local/local-changes.js';
import type { LocalContent } from '../local/local-content.js';
import type { NodeInos } from '../local/node-inos.js';
import {
  COMMIT_MAX_BYTES,
  changeBytes,
  type NodeContent,
  type PushChange,
  type PushContent,
  type RemoteWorkspace,
} from '../remote/index.js';
import type { SyncHost, SyncStep } from '../steps.js';
import type { CommitIds } from './commit-ids.js';
import { CommitSender, type PushResult } from './commit-sender.js';
import { commitUnits } from './commit-units.js';
import { applySteps } from './context.js';
import type { RemoteSide } from './feed-tree.js';
import { manifestOf } from './kept-manifest.js';
import { contentBytes, type TransferProgress } from './transfer-progress.js';

export interface OutgoingContext {
  readonly host: SyncHost;
  readonly remoteId: number;
  readonly remote: RemoteWorkspace;
  readonly inos: NodeInos;
  readonly base: BaseTree;
  readonly side: RemoteSide;
  readonly changes: LocalChangeReader;
  /** Contents that are here under no node yet, and on the remote under another. */
  readonly copies: ReadonlyMap<NodeId, NodeContent>;
  readonly content: LocalContent;
  readonly agent: string;
  /** Whether what is here has something else in a place that is pushed, where that waits for a conflict. */
  readonly waitsHere: (change: Extract<Change, { type: 'entry' }>) => boolean;
  /** Files a commit. */
  readonly batchSize: number;
  readonly ids: CommitIds;
  readonly timers: Timers;
  readonly progress: TransferProgress;
}

interface Commit {
  readonly changes: PushChange[];
  readonly sources: Change[];
}

export class Outgoing {
  readonly #context: OutgoingContext;

  constructor(context: OutgoingContext) {
    this.#context = context;
  }

  async carryOut(changes: readonly Change[]): Promise<PushResult> {
    const { remote, side, ids, timers, content, progress } = this.#context;
    const sender = new CommitSender({
      remote,
      head: side.head,
      ids,
      timers,
      chunk: (hash) => content.chunk(hash),
      progress,
    });
    this.#expect(changes);
    return await sender.send(this.#commits(changes), (commit, as) => this.#record(commit, as));
  }

  /** Says how much there is to do. */
  #expect(changes: readonly Change[]): void {
    let [files, bytes] = [0, 0];
    for (const change of changes) {
      if (change.type !== 'node') continue;
      files += 1;
      const { id, state } = change;
      if (state !== null && !hasContentOf(state, this.#context.side.tree.node(id)))
        bytes += contentBytes(state);
    }
    this.#context.progress.expect(files, bytes);
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
    if (hasContentOf(state, there)) return { kind: 'unchanged' };
    const { changes, copies } = this.#context;
    const copy = copies.get(id);
    if (copy !== undefined) return copy;
    const content = changes.contentOf(id);
    const fresh = there === undefined ? undefined : changes.chunksMissingIn(there.hash, id);
    return content.kind === 'chunks' && fresh !== undefined ? { ...content, fresh } : content;
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

  /** Both sides have what was committed, and the base follows; what waits here instead is a change made on top of it. */
  async #record(commit: Commit, as: CommitReference): Promise<void> {
    const { revision } = as;
    const { host, remoteId, inos, base, agent, waitsHere } = this.#context;
    const reference = (id: NodeId) => ({ id, ino: inos.inoOf(id) });
    const steps = commit.sources.map((change, index): SyncStep => {
      if (change.type === 'node') {
        const version = change.state === null ? null : { ...change.state, revision, agent };
        const dropped = base.dropped(change.id);
        const manifest = manifestOf(commit.changes[index]!);
        return {
          type: 'base-node',
          node: reference(change.id),
          version,
          dropped,
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
        notes: waitsHere(change),
      };
    });
    steps.push({ type: 'commit', ...as });
    await applySteps(host, remoteId, steps);
  }
}

/** The remote has the content of a version already. */
function hasContentOf(state: NodeVersion, there: NodeVersion | undefined): boolean {
  return there?.kind === state.kind && there.hash === state.hash && there.size === state.size;
}
