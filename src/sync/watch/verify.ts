/**
 * Compares everything on both sides, hash by hash, and changes nothing.
 *
 * Both sides are walked by path. What differs since it is still to be pushed or pulled is counted apart; what else
 * differs is a problem: missing on a side, different, corrupt on the remote (a row that cannot be believed, content that is
 * missing or has another hash), or orphaned there (a node without a name, a name of nothing). Runs in the worker.
 */
import type { RemoteRow, StoreReader } from '../../store/index.js';
import { clockOffsetMs } from '../core/clock-offset.js';
import { wholeTree } from '../core/filtered-tree.js';
import { type Entry, MemoryTree, type NodeId } from '../core/index.js';
import { slotKey } from '../core/slot.js';
import { BaseTree } from '../local/base-tree.js';
import { LocalChangeReader } from '../local/local-changes.js';
import { hashOfTarget, LocalContent } from '../local/local-content.js';
import { LocalTree } from '../local/local-tree.js';
import { NodeInos } from '../local/node-inos.js';
import { S_IFMT, TYPE_BITS } from '../local/node-kind.js';
import type { ChunkReference, FeedEntry, FeedNode, Quarantined, RemoteWorkspace } from '../remote/index.js';
import { holdBack } from '../round/quarantine.js';
import type { SyncConfig } from '../types.js';
import { shownPaths } from './shown-paths.js';
import {
  type LocalFile,
  localPaths,
  type RemoteFile,
  type RemoteListing,
  remotePaths,
  remoteTree,
} from './verify-paths.js';
import type { VerifyProblem, VerifyReport } from './verify-report.js';

const PROBLEMS_TOLD = 1000;
const CHUNKS_A_REQUEST = 16;
const LATENCY_SAMPLES = 3;

export interface VerifyContext {
  readonly remote: RemoteWorkspace;
  readonly reader: StoreReader;
  readonly row: RemoteRow;
  readonly workspace: string;
  readonly agent: string;
  readonly config: SyncConfig;
  readonly nowMs: () => number;
  /** Milliseconds that only grow. */
  readonly elapsedMs: () => number;
  readonly progress: (done: number, total: number, bytes: number) => void;
}

interface Sides {
  readonly here: ReadonlyMap<string, LocalFile>;
  readonly there: ReadonlyMap<string, RemoteFile>;
  readonly listing: RemoteListing;
}

export async function verify(context: VerifyContext): Promise<VerifyReport> {
  return await new Verification(context).run();
}

class Verification {
  readonly #context: VerifyContext;
  readonly #problems: VerifyProblem[] = [];
  readonly #counts = { missing: 0, different: 0, corrupt: 0, orphaned: 0 };
  readonly #corrupt = new Set<string>();
  #pendingHere = 0;
  #pendingThere = 0;
  #bytes = 0;

  constructor(context: VerifyContext) {
    this.#context = context;
  }

  async run(): Promise<VerifyReport> {
    const { remote, row, workspace, progress } = this.#context;
    const { latencyMs, clockOffsetMs } = await this.#measure();
    const mayWrite = await remote.mayWrite();
    const { malformed, head, ...listing } = await this.#readRemote();
    const sound = holdBack(listing, { known: new MemoryTree(), remembered: [], malformed, isWhole: true });
    for (const { shown, reason, waits, what } of sound.held) {
      if (waits) continue;
      const isOrphan = what === 'node' ? reason === 'it has no name' : reason.endsWith('is not there');
      this.#tell(isOrphan ? 'orphaned' : 'corrupt', shown, reason);
    }
    const there = remotePaths(listing);
    const here = localPaths(this.#context.reader);
    const total = here.size + there.size;
    progress(0, total, 0);
    this.#compare({ here, there, listing }, total);
    await this.#checkChunks(there, total);
    this.#problems.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    const found = Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
    return {
      ...{ workspace, remote: row.name, url: row.url },
      ...{ latencyMs, clockOffsetMs, mayWrite, revision: head, cursor: row.cursor },
      schemaVersion: remote.schemaVersion,
      filesHere: here.size,
      filesThere: there.size,
      bytesChecked: this.#bytes,
      pendingHere: this.#pendingHere,
      pendingThere: this.#pendingThere,
      ...this.#counts,
      problems: this.#problems,
      ok: found === 0,
    };
  }

  /** The median of some round trips, and the server's clock by the shortest of them. */
  async #measure(): Promise<{ readonly latencyMs: number; readonly clockOffsetMs: number }> {
    const { remote, nowMs, elapsedMs } = this.#context;
    const samples: { readonly tookMs: number; readonly offsetMs: number }[] = [];
    for (let i = 0; i < LATENCY_SAMPLES; i += 1) {
      const [began, askedAtMs] = [elapsedMs(), nowMs()];
      const { serverTimeMs } = await remote.head();
      const offsetMs = clockOffsetMs({ serverTimeMs, askedAtMs, answeredAtMs: nowMs() });
      samples.push({ tookMs: elapsedMs() - began, offsetMs });
    }
    samples.sort((a, b) => a.tookMs - b.tookMs);
    return {
      latencyMs: Math.round(samples[Math.floor(LATENCY_SAMPLES / 2)]!.tookMs * 10) / 10,
      clockOffsetMs: Math.round(samples[0]!.offsetMs),
    };
  }

  async #readRemote() {
    const nodes = new Map<NodeId, FeedNode>();
    const entries = new Map<string, FeedEntry>();
    const malformed: Quarantined[] = [];
    let head = 0;
    for await (const page of this.#context.remote.feed(0)) {
      head = page.head;
      for (const node of page.nodes) nodes.set(node.id, node);
      for (const entry of page.entries) entries.set(slotKey(entry), entry);
      malformed.push(...page.quarantined);
    }
    return { nodes, entries, malformed, head };
  }

  #compare({ here, there, listing }: Sides, total: number): void {
    const { reader, row, agent, config, progress } = this.#context;
    const inos = new NodeInos(reader, row.id, agent);
    const base = new BaseTree(reader, row.id, inos);
    const content = new LocalContent(reader);
    const changes = new LocalChangeReader({
      ...{ reader, inos, base, content, remote: row },
      everything: row.pushedSeq === 0,
      upToSeq: reader.lastSeq(),
      toServerTime: (atMs) => atMs,
    }).read();
    const touchedSlots = new Set(changes.touched.entries.map(slotKey));
    const waiting = new Set([
      ...reader.unsettled.nodes(row.id).map(({ node }) => node),
      ...reader.unsettled.entries(row.id).map(slotKey),
    ]);
    const isNewThere = ({ node, entry }: RemoteFile) =>
      Math.max(node.revision, entry.revision) > row.cursor ||
      waiting.has(node.id) ||
      waiting.has(slotKey(entry));
    const slotOf = ({ parentIno, name, ino }: LocalFile): Entry => ({
      ...{ parent: inos.nodeOf(parentIno), name, node: inos.nodeOf(ino) },
    });
    const shown = shownPaths(config, () => ({
      here: {
        tree: new LocalTree(reader, inos, () => undefined),
        entries: new Map([...here].map(([path, file]) => [path, slotOf(file)])),
      },
      there: {
        tree: wholeTree(remoteTree(listing)),
        entries: new Map([...there].map(([path, { node, entry }]) => [path, { ...entry, node: node.id }])),
      },
      isBased: (directory) => base.node(directory) !== undefined,
    }));
    let done = 0;
    for (const [path, file] of here) {
      done += 1;
      if (done % 256 === 0) progress(done, total, this.#bytes);
      if (!shown.here(path)) continue;
      const slot = slotOf(file);
      const isTouched = touchedSlots.has(slotKey(slot)) || changes.touched.nodes.has(slot.node);
      const other = there.get(path);
      if (other === undefined) {
        if (isTouched) this.#pendingHere += 1;
        // What is there is told of already.
        else if (this.#corrupt.has(path)) continue;
        else if (waiting.has(slotKey(slot))) this.#pendingThere += 1;
        else if (base.entryRevision(slot.parent, slot.name) > 0 || row.cursor > 0)
          this.#tell('missing', path, 'it is here and not on the remote');
        else this.#pendingHere += 1;
        continue;
      }
      const difference = this.#differenceOf(file, other.node, content);
      if (difference === undefined) continue;
      if (isTouched) this.#pendingHere += 1;
      else if (isNewThere(other)) this.#pendingThere += 1;
      else this.#tell('different', path, difference);
    }
    for (const [path, file] of there) {
      done += 1;
      if (here.has(path) || !shown.there(path)) continue;
      if (touchedSlots.has(slotKey(file.entry))) this.#pendingHere += 1;
      else if (isNewThere(file)) this.#pendingThere += 1;
      else if (!hasTouchedParent(path, here)) this.#tell('missing', path, 'it is on the remote and not here');
      else this.#pendingHere += 1;
    }
  }

  /** What is not the same, in words. */
  #differenceOf(file: LocalFile, node: FeedNode, content: LocalContent): string | undefined {
    const { reader } = this.#context;
    const inode = reader.inode(file.ino);
    const { state } = node;
    if (inode === undefined || state === null) return 'it cannot be read here';
    const type = inode.mode & S_IFMT;
    const isPlaceholder = type === TYPE_BITS.file && (state.kind === 'block' || state.kind === 'character');
    if (isPlaceholder) return undefined;
    if (type !== TYPE_BITS[state.kind]) return `it is a ${state.kind} on the remote, and another thing here`;
    if (state.kind === 'symlink') {
      const isSame = hashOfTarget(reader.target(file.ino)) === state.hash;
      return isSame ? undefined : 'its target differs';
    }
    if (state.kind === 'file') {
      if (inode.size !== state.size) return `it has ${inode.size} bytes here, ${state.size} on the remote`;
      this.#bytes += inode.size;
      if (content.hash(file.ino, inode.size).hash !== state.hash) return 'its content differs';
    }
    // Set-id bits are not taken over from a remote.
    return (inode.mode & 0o1777) === (state.mode & 0o1777) ? undefined : 'its permissions differ';
  }

  /** Fetches every chunk that something here or there is made of, once. */
  async #checkChunks(there: ReadonlyMap<string, RemoteFile>, total: number): Promise<void> {
    const { remote, progress } = this.#context;
    const wanted = new Map<string, { readonly chunk: ChunkReference; readonly path: string }>();
    for (const [path, { node }] of there) {
      if (node.content.kind !== 'chunks') continue;
      for (const chunk of node.content.chunks)
        if (!wanted.has(chunk.hash)) wanted.set(chunk.hash, { chunk, path });
    }
    const all = [...wanted.values()];
    for (let at = 0; at < all.length; at += CHUNKS_A_REQUEST) {
      const part = all.slice(at, at + CHUNKS_A_REQUEST);
      const { missing, quarantined } = await remote.getChunks(part.map(({ chunk }) => chunk));
      for (const hash of missing)
        this.#tell('corrupt', wanted.get(hash)!.path, `its chunk ${hash} is missing`);
      for (const { id, reason } of quarantined)
        this.#tell('corrupt', wanted.get(id)!.path, `its chunk ${id} cannot be used: ${reason}`);
      for (const { chunk } of part) this.#bytes += chunk.size;
      progress(total, total, this.#bytes);
    }
  }

  #tell(kind: VerifyProblem['kind'], path: string, detail: string): void {
    this.#counts[kind] += 1;
    if (kind === 'corrupt') this.#corrupt.add(path);
    if (this.#problems.length < PROBLEMS_TOLD) this.#problems.push({ kind, path, detail });
  }
}

/** Whether a directory above was removed, moved or replaced here. */
function hasTouchedParent(path: string, here: ReadonlyMap<string, LocalFile>): boolean {
  const cut = path.lastIndexOf('/');
  return cut > 0 && !here.has(path.slice(0, cut));
}
