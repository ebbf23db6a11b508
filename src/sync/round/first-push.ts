/**
 * The commits of a first push to an empty remote: nothing is compared, what is here goes into them as it is read.
 *
 * A directory comes before what is in it, a node with its first name, so after each commit the remote is a tree. All is
 * read in one snapshot, and only what the next commit holds is in memory.
 */
import type { BaseEntryRow, BaseManifestRow, BaseNodeRow, InodeRow, StoreReader } from '../../store/index.js';
import { rowOfVersion } from '../local/base-tree.js';
import type { LocalChangeReader } from '../local/local-changes.js';
import type { NodeInos } from '../local/node-inos.js';
import { COMMIT_MAX_BYTES, changeBytes, type PushChange } from '../remote/index.js';
import { manifestOf } from './kept-manifest.js';

const ROOT_INO = 1;

export interface FirstCommit {
  readonly changes: PushChange[];
  /** What the base gets when this has become a revision, which is still missing in them. */
  readonly nodes: BaseNodeRow[];
  readonly entries: BaseEntryRow[];
  readonly manifests: BaseManifestRow[];
}

export interface FirstPushContext {
  readonly reader: StoreReader;
  readonly inos: NodeInos;
  readonly changes: LocalChangeReader;
  readonly agent: string;
  /** Files a commit. */
  readonly batchSize: number;
}

export function* firstCommits(context: FirstPushContext): Generator<FirstCommit> {
  const { reader, batchSize } = context;
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
      if (commit.files < batchSize && commit.bytes < COMMIT_MAX_BYTES) continue;
      yield commit;
      commit = new CommitBuilder(context);
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
    this.nodes.push({ ...rowOfVersion({ ino: inode.ino, id }, state, false), agent });
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
