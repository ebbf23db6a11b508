/**
 * The first push, to an empty remote: nothing is compared, what is here goes into commits as it is read.
 *
 * A directory comes before what is in it, a node with its first name, so after each commit the remote is a tree. All is
 * read in one snapshot, and only what the next commit holds is in memory.
 */
import type {
  BaseEntryRow,
  BaseManifestRow,
  BaseNodeRow,
  InodeRow,
  RemoteRow,
  StoreReader,
} from '../../store/index.js';
import { toServerTime } from '../core/clock-offset.js';
import { NOTHING_DROPPED } from '../local/attributes.js';
import { BaseTree, rowOfVersion } from '../local/base-tree.js';
import { LocalChangeReader } from '../local/local-changes.js';
import { LocalContent } from '../local/local-content.js';
import { NodeInos } from '../local/node-inos.js';
import { COMMIT_MAX_BYTES, changeBytes, type PushChange } from '../remote/index.js';
import { CommitSender } from './commit-sender.js';
import { assertSameRemote, progressOf, type RoundContext } from './context.js';
import { manifestOf } from './kept-manifest.js';
import { NOTHING, type RoundResult } from './round-result.js';

const ROOT_INO = 1;
/** Bytes of changes that are read before others get a turn: a commit that is on its way needs this thread to go on. */
const TURN_BYTES = 128 * 1024;

interface FirstCommit {
  readonly changes: PushChange[];
  /** What the base gets when this has become a revision, which is still missing in them. */
  readonly nodes: BaseNodeRow[];
  readonly entries: BaseEntryRow[];
  readonly manifests: BaseManifestRow[];
}

interface FirstPushContext {
  readonly reader: StoreReader;
  readonly inos: NodeInos;
  readonly changes: LocalChangeReader;
  readonly agent: string;
  /** Files a commit. */
  readonly batchSize: number;
}

/** Undefined where the remote is not empty. Throws SYNC_BRAKE where it is not the remote that it was. */
export async function pushToBlank(
  context: RoundContext,
  { row, upToSeq }: { readonly row: RemoteRow; readonly upToSeq: number },
): Promise<RoundResult | undefined> {
  const { reader, host, remote, agent, config, clock, ids, timers } = context;
  const askedAtMs = clock.nowMs();
  const head = await remote.head();
  const answeredAtMs = clock.nowMs();
  if (head.revision > 0) return undefined;
  assertSameRemote(row, head, context);
  await host.finish({ remote: row.id, isAhead: true });
  const inos = new NodeInos(reader, row.id, agent);
  const content = new LocalContent(reader);
  const changes = new LocalChangeReader({
    ...{ reader, inos, content, remote: row, everything: true, upToSeq },
    base: new BaseTree(reader, row.id, inos),
    toServerTime: toServerTime({ ...head, askedAtMs, answeredAtMs }),
  });
  const progress = progressOf(context, 'push');
  const all = reader.totals();
  progress.expect(all.inodes, all.bytes);
  const sender = new CommitSender({
    ...{ remote, head: 0, ids, timers, progress },
    chunk: (hash) => content.chunk(hash),
  });
  const commits = firstCommits({ reader, inos, changes, agent, batchSize: config.batchSize });
  const result = await sender.send(commits, ({ nodes, entries, manifests }, commit) =>
    host.agree(row.id, { nodes, entries, manifests, commit }),
  );
  const { complete, pushed, revision } = result;
  await host.finish({
    remote: row.id,
    cursor: revision,
    isAhead: revision < result.lastCommit,
    ...(complete ? { pushedSeq: Math.max(1, upToSeq) } : {}),
    incarnation: head.incarnation,
    conflicts: [],
  });
  return {
    ...NOTHING,
    ...{ settled: complete, stale: !complete, revision, head: 0, pushed, commits: result.commits },
  };
}

/** Undefined is none yet (CommitSender.send). */
function* firstCommits(context: FirstPushContext): Generator<FirstCommit | undefined> {
  const { reader, batchSize } = context;
  let turnBytes = TURN_BYTES;
  let commit = new CommitBuilder(context);
  commit.addNode(reader.inode(ROOT_INO)!);
  const added = new Set<number>();
  const directories = [ROOT_INO];
  for (const parentIno of directories) {
    for (const { name, inode } of reader.listing(parentIno)) {
      const { ino } = inode;
      if (!added.has(ino)) {
        if (commit.addNode(inode)) directories.push(ino);
        else if (inode.nlink > 1) added.add(ino);
      }
      commit.addEntry(parentIno, name, ino);
      if (commit.files < batchSize && commit.bytes < COMMIT_MAX_BYTES) {
        if (commit.bytes < turnBytes) continue;
        turnBytes = commit.bytes + TURN_BYTES;
        yield undefined;
        continue;
      }
      yield commit;
      commit = new CommitBuilder(context);
      turnBytes = TURN_BYTES;
    }
  }
  if (commit.changes.length > 0) yield commit;
}

class CommitBuilder implements FirstCommit {
  readonly changes: PushChange[] = [];
  readonly nodes: BaseNodeRow[] = [];
  readonly entries: BaseEntryRow[] = [];
  readonly manifests: BaseManifestRow[] = [];
  readonly #context: FirstPushContext;
  bytes = 0;

  constructor(context: FirstPushContext) {
    this.#context = context;
  }

  get files(): number {
    return this.nodes.length;
  }

  /** True for a directory. */
  addNode(inode: InodeRow): boolean {
    const { changes, agent } = this.#context;
    const { id, state, content } = changes.newNode(inode);
    const change: PushChange = { type: 'node', id, state, content, base: 0 };
    this.#add(change);
    const manifest = manifestOf(change);
    if (manifest !== undefined) this.manifests.push({ ino: inode.ino, node: id, hash: state.hash, manifest });
    this.nodes.push({ ...rowOfVersion({ ino: inode.ino, id }, state, NOTHING_DROPPED), agent });
    return state.kind === 'directory';
  }

  addEntry(parentIno: number, name: string, ino: number): void {
    const { inos } = this.#context;
    this.#add({ type: 'entry', parent: inos.nodeOf(parentIno), name, node: inos.nodeOf(ino), base: 0 });
    this.entries.push({ parentIno, name, ino, revision: 0 });
  }

  #add(change: PushChange): void {
    this.changes.push(change);
    this.bytes += changeBytes(change);
  }
}
