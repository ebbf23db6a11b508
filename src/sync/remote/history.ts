/**
 * The past of one workspace on the remote: versions that were live once, and those that lost without ever being live.
 *
 * Nothing here changes what is live now. For sync/history.
 */
import { AgentFsError, type Timers } from '../../base/index.js';
import type { NodeId } from '../core/tree.js';
import { type CheckpointRecord, deleteCheckpoint, listCheckpoints, putCheckpoint } from './checkpoints.js';
import type { Connection } from './connection.js';
import { readFeed } from './feed.js';
import { type Collection, collectGarbage, GARBAGE_GRACE_MS } from './garbage.js';
import { type KeptRecord, type KeptUpload, listKept, putKept, readKept } from './kept.js';
import { claimUpkeep, type Pruning, prune } from './retention.js';
import {
  type CommitRecord,
  findCommit,
  type HistoryRange,
  listCommits,
  type Place,
  readRange,
} from './revisions.js';
import type { FeedNode, FeedPage } from './types.js';
import {
  type EntrySpan,
  type NodeSpan,
  readCommits,
  readNodeSpans,
  readPlaceSpans,
  readSlotSpans,
  type Slot,
} from './versions.js';

export interface RemoteHistoryOptions {
  readonly connection: Connection;
  /** Finds the workspace's row. */
  readonly workspace: () => Promise<{ readonly id: number }>;
  readonly compression: boolean;
  readonly timers: Timers;
}

export class RemoteHistory {
  readonly #options: RemoteHistoryOptions;

  constructor(options: RemoteHistoryOptions) {
    this.#options = options;
  }

  async #target(): Promise<{ connection: Connection; workspace: number; compression: boolean }> {
    const { connection, compression, workspace } = this.#options;
    return { connection, compression, workspace: (await workspace()).id };
  }

  /** Stores versions that lost; returns the ids of those that are there now. */
  async putKept(uploads: readonly KeptUpload[]): Promise<string[]> {
    return await putKept(uploads, await this.#target());
  }

  async listKept(
    of: { readonly path?: string; readonly nodes?: readonly NodeId[] } = {},
  ): Promise<KeptRecord[]> {
    return await listKept(of, await this.#target());
  }

  async range(): Promise<HistoryRange> {
    return await readRange(await this.#target());
  }

  /** The last commit at or before a time, or of or before a revision. */
  async commitAt(at: { readonly atMs: number } | { readonly revision: number }): Promise<Place | undefined> {
    return await findCommit(at, await this.#target());
  }

  /** Commits at or before a revision, the newest first. */
  async commits(page: { readonly before: number; readonly limit: number }): Promise<CommitRecord[]> {
    return await listCommits(page, await this.#target());
  }

  /** All that was there at a revision. */
  async *treeAt(revision: number): AsyncGenerator<FeedPage> {
    yield* readFeed(0, { ...(await this.#target()), timers: this.#options.timers, upTo: revision });
  }

  /** False where the name is taken. */
  async putCheckpoint(checkpoint: { readonly name: string; readonly revision: number }): Promise<boolean> {
    return await putCheckpoint(checkpoint, await this.#target());
  }

  async checkpoints(name?: string): Promise<CheckpointRecord[]> {
    return await listCheckpoints(name, await this.#target());
  }

  /** False where there is none. */
  async deleteCheckpoint(name: string): Promise<boolean> {
    return await deleteCheckpoint(name, await this.#target());
  }

  /** All versions of these nodes, in the order of their beginning. */
  async nodes(ids: readonly NodeId[]): Promise<NodeSpan[]> {
    return await readNodeSpans(ids, await this.#target());
  }

  /** Whatever stood in these places. */
  async slots(slots: readonly Slot[]): Promise<EntrySpan[]> {
    return await readSlotSpans(slots, await this.#target());
  }

  /** Wherever these nodes stood. */
  async places(ids: readonly NodeId[]): Promise<EntrySpan[]> {
    return await readPlaceSpans(ids, await this.#target());
  }

  /** Who made these revisions, and when. */
  async commitsOf(
    revisions: readonly number[],
  ): Promise<Map<number, { readonly atMs: number; readonly agent: string }>> {
    return await readCommits(revisions, await this.#target());
  }

  /** True where nobody has claimed it within `everyMs`. */
  async claimUpkeep(everyMs: number): Promise<boolean> {
    return await claimUpkeep(everyMs, await this.#target());
  }

  /** Deletes versions that ended longer than `keepMs` ago, but for those that a checkpoint needs. */
  async prune(keepMs: number): Promise<Pruning> {
    return await prune(keepMs, await this.#target());
  }

  /** Notes chunks that no version needs, and deletes those that were noted longer than `graceMs` ago. */
  async collectGarbage(graceMs = GARBAGE_GRACE_MS): Promise<Collection> {
    return await collectGarbage(this.#options.connection, graceMs);
  }

  /** Throws REMOTE_CORRUPT. */
  async kept(id: string): Promise<FeedNode | undefined> {
    const found = await readKept(id, await this.#target());
    if (typeof found === 'string') throw corrupt(`kept version ${id}: ${found}`);
    return found;
  }
}

function corrupt(what: string): AgentFsError {
  return new AgentFsError('REMOTE_CORRUPT', `the remote sent what cannot be believed: ${what}`, {
    operation: 'history',
  });
}
