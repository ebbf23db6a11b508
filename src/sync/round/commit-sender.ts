/**
 * Sends commits one after the other, each after the chunks that it names. The next is made and packed while one is
 * under way, in pieces: a request of some MiB leaves only as fast as this thread lets it.
 *
 * A stale commit ends the push: the round begins anew with a fresh feed. What `record` does of a commit (the base follows)
 * goes on beside the next commit, and is over when `send` returns.
 */
import type { Timers } from '../../base/index.js';
import type { CommitReference } from '../../store/index.js';
import type {
  Chunk,
  ChunkReference,
  PackedChanges,
  PushChange,
  PushContent,
  RemoteWorkspace,
} from '../remote/index.js';
import type { CommitIds } from './commit-ids.js';
import { summaryOf } from './commit-summary.js';
import { contentBytes, type TransferProgress } from './transfer-progress.js';

/** Bytes of chunks in one upload. */
const UPLOAD_BYTES = 4 * 1024 * 1024;
const HAVE_WANT_HASHES = 8192;

export interface CommitSenderContext {
  readonly remote: RemoteWorkspace;
  /** The revision that the commits were planned on. */
  readonly head: number;
  readonly ids: CommitIds;
  readonly timers: Timers;
  /** The bytes of a chunk that a commit names. */
  readonly chunk: (hash: string) => Uint8Array | undefined;
  readonly progress: TransferProgress;
}

export interface PushResult {
  /** False when the remote had moved on: nothing after that commit was sent. */
  readonly complete: boolean;
  readonly pushed: number;
  readonly commits: number;
  /** The revision up to which this agent has everything; `head` where others committed in between. */
  readonly revision: number;
  /** Of the last commit; 0 where there was none. */
  readonly lastCommit: number;
}

export class CommitSender {
  readonly #context: CommitSenderContext;
  /** Bytes of chunks that went up for the commits that are not through yet. */
  #uploaded = 0;

  constructor(context: CommitSenderContext) {
    this.#context = context;
  }

  /** Of `commits`, undefined is none yet: whoever waits for this thread gets it. */
  async send<C extends { readonly changes: readonly PushChange[] }>(
    commits: Iterator<C | undefined>,
    record: (commit: C, as: CommitReference) => Promise<void>,
  ): Promise<PushResult> {
    const { remote, head, ids, timers, progress } = this.#context;
    let recorded: Promise<void> = Promise.resolve();
    let revision = head;
    let contiguous = true;
    let [pushed, commitCount, lastCommit] = [0, 0, 0];
    try {
      for (let next = await this.#next(commits); next !== undefined; ) {
        const { commit, packed } = next;
        const id = ids.next();
        id.catch(() => undefined);
        await this.#uploadChunks(commit.changes);
        const commitId = await id;
        const sending = remote.push({
          commitId,
          // What others committed in between was not seen: a move of a directory must then be planned anew.
          baseRevision: contiguous ? revision : head,
          changes: commit.changes,
          packed,
          message: summaryOf(commit.changes),
        });
        // Its failure is thrown below; until then it is nobody's.
        sending.catch(() => undefined);
        await timers.turn();
        next = await this.#next(commits);
        if (next !== undefined) ids.prepare();
        const outcome = await sending;
        if (outcome.outcome === 'stale') {
          return { complete: false, pushed, commits: commitCount, revision: head, lastCommit };
        }
        commitCount += 1;
        lastCommit = outcome.revision;
        contiguous &&= outcome.revision === revision + 1;
        revision = outcome.revision;
        await recorded;
        recorded = record(commit, { id: commitId, revision });
        recorded.catch(() => undefined);
        pushed += commit.changes.length;
        this.#told(commit.changes);
      }
    } finally {
      await recorded;
    }
    progress.end();
    const seen = contiguous ? revision : head;
    return { complete: true, pushed, commits: commitCount, revision: seen, lastCommit };
  }

  async #next<C extends { readonly changes: readonly PushChange[] }>(
    commits: Iterator<C | undefined>,
  ): Promise<{ readonly commit: C; readonly packed: PackedChanges } | undefined> {
    const { remote, timers } = this.#context;
    for (let next = commits.next(); !next.done; next = commits.next()) {
      const commit = next.value;
      if (commit !== undefined) return { commit, packed: await remote.pack(commit.changes) };
      await timers.turn();
    }
    return undefined;
  }

  /** Content that was in the commit itself, or there before, is done with it. */
  #told(changes: readonly PushChange[]): void {
    let files = 0;
    let bytes = 0;
    for (const change of changes) {
      if (change.type !== 'node') continue;
      files += 1;
      if (change.content.kind !== 'unchanged') bytes += contentBytes(change.state);
    }
    const uploaded = Math.min(this.#uploaded, bytes);
    this.#uploaded -= uploaded;
    this.#context.progress.filesDone(files);
    this.#context.progress.bytesDone(bytes - uploaded);
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
      this.#uploaded += bytes;
      this.#context.progress.bytesDone(bytes);
      batch = [];
      bytes = 0;
    };
    for (const hash of hashes) {
      const data = this.#context.chunk(hash);
      if (data === undefined) continue;
      batch.push({ hash, size: data.length, data });
      bytes += data.length;
      if (bytes >= UPLOAD_BYTES) await send();
    }
    await send();
  }
}

/** Chunks that the remote may lack. */
function freshChunks(content: Extract<PushContent, { kind: 'chunks' }>): readonly ChunkReference[] {
  return 'fresh' in content ? content.fresh : content.chunks;
}
