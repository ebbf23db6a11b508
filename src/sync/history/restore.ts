/**
 * Brings one file or folder back as it was, at its path, as a change made here.
 *
 * It goes by names: what has moved away since stays where it is, and a folder has afterwards what it had then. A
 * directory above it that is gone is made again. What is replaced and no remote has is kept in history.
 */
import { AgentFsError, splitPath } from '../../base/index.js';
import type { KeptRow } from '../../store/index.js';
import { MemoryTree, type NodeId, type NodeVersion, ROOT_NODE, type TreeView } from '../core/index.js';
import { LocalContent } from '../local/local-content.js';
import type { FeedNode, NodeContent, RemoteWorkspace } from '../remote/index.js';
import { readPastTree } from './past-tree.js';
import { findPlace, isoOf } from './place.js';
import { parseVersion } from './place-text.js';
import { pushKept, uploadOf } from './push-kept.js';
import type { QuestionParts } from './question.js';
import { type ReturnTarget, returnTo } from './return.js';
import { findSlot, pathAt, readTimeline } from './timeline.js';
import type { RestoreOptions, RestoreReport } from './types.js';

const DIRECTORY_MODE = 0o755;

/** A file, or a folder with all in it, and the directories above it. */
interface Found {
  readonly revision: number;
  readonly atMs: number;
  readonly past: TreeView;
  /** From the root's child down to what is wanted; `id` undefined where nothing is known of a directory above. */
  readonly chain: readonly { readonly name: string; readonly id: NodeId | undefined }[];
  readonly contentOf: (id: NodeId) => NodeContent | undefined;
  readonly fetch?: (id: NodeId) => Promise<FeedNode | undefined>;
  readonly source: Pick<RemoteWorkspace, 'getChunks'>;
}

export async function restore(
  parts: QuestionParts,
  path: string,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const names = splitPath(path);
  const shown = `/${names.join('/')}`;
  const dryRun = options.dryRun === true;
  const lost = options.version === undefined ? undefined : parseVersion(options.version);
  const found =
    lost?.kind === 'lost' ? await findLost(parts, names, lost.id) : await findPast(parts, names, options);
  const result = await returnTo(parts, async (local) => target(local, found, shown), {
    dryRun,
    overUnsynced: true,
  });
  return { path: shown, revision: found.revision, at: isoOf(found.atMs), ...result };
}

async function findPast(
  parts: QuestionParts,
  names: readonly string[],
  options: RestoreOptions,
): Promise<Found> {
  const remote = await parts.connect();
  const place = await findPlace(remote, options);
  const file = await findFile(remote, names, place);
  if (file !== undefined) return file;
  const { tree, contents } = await readPastTree(remote, place.revision, () => true);
  const whole = {
    ...place,
    past: tree,
    contentOf: (id: NodeId) => contents.get(id),
    fetch: (id: NodeId) => remote.nodeContent(id, place.revision),
    source: remote,
  };
  const chain = chainOf(tree, names);
  if (chain !== undefined) return { ...whole, chain };
  // It had another name then.
  const former = await formerPath(remote, names, place.revision);
  const formerChain = former === undefined ? undefined : chainOf(tree, splitPath(former));
  const top = formerChain?.at(-1)?.id;
  if (top !== undefined) {
    const above = names.slice(0, -1).map((name) => ({ name, id: undefined }));
    return { ...whole, chain: [...above, { name: names.at(-1)!, id: top }] };
  }
  throw new AgentFsError('ENOENT', `there was no /${names.join('/')} at revision ${place.revision}`, {
    operation: 'restore',
    path: `/${names.join('/')}`,
    hint: `See its versions: agentfs history <workspace> /${names.join('/')}.`,
  });
}

/** One file is found by its names; a folder, or what had another name then, needs the whole tree. */
async function findFile(
  remote: RemoteWorkspace,
  names: readonly string[],
  place: { readonly revision: number; readonly atMs: number },
): Promise<Found | undefined> {
  const { revision } = place;
  const past = new MemoryTree();
  const chain: { name: string; id: NodeId }[] = [];
  let last: FeedNode | undefined;
  let parent = ROOT_NODE;
  for (const name of names) {
    const spans = await remote.history.slots([{ parent, name }]);
    const entry = spans.find((it) => it.from <= revision && (it.to === null || it.to > revision));
    last = entry === undefined ? undefined : await remote.nodeContent(entry.node, revision);
    if (last === undefined || last.state === null) return undefined;
    past.apply([
      { type: 'node', id: last.id, state: last.state },
      { type: 'entry', parent, name, node: last.id },
    ]);
    chain.push({ name, id: last.id });
    parent = last.id;
  }
  if (last === undefined || last.state?.kind === 'directory') return undefined;
  const { id: top, content } = last;
  return {
    revision,
    atMs: place.atMs,
    past,
    chain,
    contentOf: (id) => (id === top ? content : undefined),
    source: remote,
  };
}

async function formerPath(
  remote: RemoteWorkspace,
  names: readonly string[],
  revision: number,
): Promise<string | undefined> {
  const slot = await findSlot(names, remote.history);
  if (slot === undefined) return undefined;
  const events = await readTimeline(slot, remote.history);
  const event = events.find((it) => it.revision <= revision);
  if (event === undefined || event.what === 'deleted') return undefined;
  return await pathAt(event.slot, revision, remote.history);
}

function chainOf(tree: TreeView, names: readonly string[]): Found['chain'] | undefined {
  const chain: { name: string; id: NodeId }[] = [];
  let at = ROOT_NODE;
  for (const name of names) {
    const next = tree.entry(at, name);
    if (next === undefined) return undefined;
    chain.push({ name, id: next });
    at = next;
  }
  return chain;
}

async function findLost(parts: QuestionParts, names: readonly string[], prefix: string): Promise<Found> {
  const here = parts.reader.kept().filter((row) => row.id.startsWith(prefix));
  const [row] = here;
  const above = names.slice(0, -1).map((name) => ({ name, id: undefined }));
  const chain = (id: NodeId) => [...above, { name: names.at(-1)!, id }];
  if (row !== undefined && row.ino !== 0) return { ...lostHere(parts, row), chain: chain(row.node) };
  const remote = await parts.connect();
  const known = parts.reader.remote(parts.remoteName);
  if (row !== undefined && known !== undefined) await pushKept({ ...parts, remote, remoteId: known.id });
  const record = (await remote.history.listKept()).find(({ id }) => id.startsWith(prefix));
  const version = record === undefined ? undefined : await remote.history.kept(record.id);
  if (record === undefined || version === undefined || version.state === null) {
    throw new AgentFsError('INVALID_ARGUMENT', `there is no version lost-${prefix}`, {
      operation: 'restore',
      hint: `See what there is: agentfs history <workspace> /${names.join('/')}.`,
    });
  }
  const { state, content } = version;
  return {
    revision: 0,
    atMs: record.keptAtMs,
    past: new MemoryTree([[record.node, state]]),
    chain: chain(record.node),
    contentOf: () => content,
    source: remote,
  };
}

/** A version that no remote has yet, from the workspace's own database. */
function lostHere({ reader }: QuestionParts, row: KeptRow): Omit<Found, 'chain'> {
  const local = new LocalContent(reader);
  const { version, content } = uploadOf(row, reader, local);
  return {
    revision: 0,
    atMs: row.keptAtMs,
    past: new MemoryTree([[row.node, version]]),
    contentOf: () => (content.kind === 'elsewhere' ? undefined : content),
    source: {
      getChunks: async (references) => {
        const chunks = new Map<string, Uint8Array>();
        const missing: string[] = [];
        for (const { hash } of references) {
          const bytes = local.chunk(hash);
          if (bytes === undefined) missing.push(hash);
          else chunks.set(hash, bytes);
        }
        return { chunks, missing, quarantined: [] };
      },
    },
  };
}

/** Where in the tree here it is to stand; directories above that are not here are part of what is made. */
function target(local: TreeView, found: Found, shown: string): ReturnTarget {
  const { past, chain, contentOf, fetch, source } = found;
  const from = { contentOf, source, ...(fetch === undefined ? {} : { fetch }) };
  if (chain.length === 0) return { past, ...from };
  let parent = ROOT_NODE;
  let depth = 0;
  for (; depth < chain.length - 1; depth += 1) {
    const next = local.entry(parent, chain[depth]!.name);
    if (next === undefined) break;
    if (local.node(next)?.kind !== 'directory') {
      throw new AgentFsError('ENOTDIR', `a directory above ${shown} is none any more`, {
        operation: 'restore',
        path: shown,
        hint: 'Move what has its name out of the way, or restore that first.',
      });
    }
    parent = next;
  }
  const top = chain.at(-1)!;
  if (depth === chain.length - 1) return { past, at: { parent, name: top.name, node: top.id! }, ...from };
  // Only the way down, and below it what is wanted.
  const tree = subtree(past, top.id!);
  let node = top.id!;
  for (let at = chain.length - 2; at >= depth; at -= 1) {
    const { id } = chain[at]!;
    const directory = id ?? `${at.toString(16).padStart(8, '0')}${'0'.repeat(24)}`;
    const state = (id === undefined ? undefined : past.node(id)) ?? newDirectory(past.node(top.id!)!);
    tree.apply([
      { type: 'node', id: directory, state },
      { type: 'entry', parent: directory, name: chain[at + 1]!.name, node },
    ]);
    node = directory;
  }
  return { past: tree, at: { parent, name: chain[depth]!.name, node }, ...from };
}

function subtree(past: TreeView, top: NodeId): MemoryTree {
  const tree = new MemoryTree();
  const queue = [top];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    tree.apply([{ type: 'node', id: at, state: past.node(at)! }]);
    if (past.node(at)?.kind !== 'directory') continue;
    for (const entry of past.children(at)) {
      tree.apply([{ type: 'entry', ...entry }]);
      queue.push(entry.node);
    }
  }
  return tree;
}

/** Nothing is known of it: it gets the owner and the time of what is in it. */
function newDirectory(like: NodeVersion): NodeVersion {
  return { ...like, kind: 'directory', mode: DIRECTORY_MODE, size: 0, hash: '', xattrs: '', rdev: 0 };
}
