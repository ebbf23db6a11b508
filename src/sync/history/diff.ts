/**
 * Differences between two places in the past, or between one and what is here now, with the lines of text files.
 */
import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';
import { AgentFsError, splitPath } from '../../base/index.js';
import { ORIGIN_RESTORE } from '../../vfs/types.js';
import {
  FilteredTree,
  type NodeId,
  type NodeVersion,
  type PathFilter,
  type TreeView,
  wholeTree,
} from '../core/index.js';
import type { NodeContent, RemoteWorkspace } from '../remote/index.js';
import { type Difference, diffTrees } from './diff-trees.js';
import { readPastTree } from './past-tree.js';
import { type FoundPlace, findPlaceOf, isoOf } from './place.js';
import type { QuestionParts } from './question.js';
import { readLocal } from './return.js';
import type { DiffEntry, DiffOptions, DiffReport, DiffSide } from './types.js';

/** A larger file is compared by its hash alone, and so are all after so much text. */
const TEXT_BYTES = 1024 * 1024;
const PATCHES_BYTES = 8 * 1024 * 1024;
/** Two files with nothing in common are not worth more. */
const PATCH_MS = 2000;

interface Side {
  readonly tree: TreeView;
  /** Where the tree lacks what it excludes. */
  readonly filter?: PathFilter;
  readonly place: { readonly revision: number; readonly at: string } | null;
  bytes(id: NodeId): Promise<Uint8Array>;
}

export async function diff(parts: QuestionParts, options: DiffOptions): Promise<DiffReport> {
  const remote = await parts.connect();
  const { reader, host } = parts;
  const names = splitPath(options.path ?? '/');
  await host.begin(ORIGIN_RESTORE);
  try {
    reader.begin();
    const from = await pastSide(remote, await placeOf(parts, remote, options.from));
    const to =
      options.to === undefined
        ? localSide(parts)
        : await pastSide(remote, await findPlaceOf(remote, options.to));
    // What is not synced here is no difference to what is here.
    const shown = to.filter === undefined ? from.tree : filtered(from.tree, to.filter);
    const differences = diffTrees(shown, to.tree, names);
    const entries: DiffEntry[] = [];
    let room = PATCHES_BYTES;
    for (const difference of differences) {
      const entry = await withText(difference, { from, to, room });
      room -= entry.patch?.length ?? 0;
      entries.push(entry);
    }
    return { from: from.place!, to: to.place, entries };
  } finally {
    reader.end();
    await host.end(ORIGIN_RESTORE);
  }
}

/** Without a word, what was last synced. */
async function placeOf(
  { reader, remoteName }: QuestionParts,
  remote: RemoteWorkspace,
  said: string | undefined,
): Promise<FoundPlace> {
  const cursor = reader.remote(remoteName)?.cursor ?? 0;
  if (said === undefined && cursor === 0) {
    throw new AgentFsError('INVALID_ARGUMENT', 'nothing was synced yet to compare with', {
      operation: 'diff',
      hint: 'Push first: agentfs sync push <workspace>.',
    });
  }
  return await findPlaceOf(remote, said ?? String(cursor));
}

async function pastSide(remote: RemoteWorkspace, { revision, atMs }: FoundPlace): Promise<Side> {
  const { tree, contents } = await readPastTree(remote, revision, ({ state }) => isSmallFile(state));
  const contentOf = async (id: NodeId): Promise<NodeContent> =>
    contents.get(id) ?? (await remote.nodeContent(id, revision))?.content ?? { kind: 'none' };
  return {
    tree,
    place: { revision, at: isoOf(atMs) },
    bytes: async (id) => {
      const content = await contentOf(id);
      if (content.kind === 'target') return Buffer.from(content.target);
      const pieces: Uint8Array[] = [];
      for await (const piece of remote.readContent(content)) pieces.push(piece);
      return Buffer.concat(pieces);
    },
  };
}

function localSide(parts: QuestionParts): Side {
  const { reader, remoteName } = parts;
  const { local, base, inos, filter, kindOf } = readLocal(parts, reader.remote(remoteName)!);
  const isBased = (id: NodeId) => base.node(id) !== undefined;
  const shown =
    kindOf === undefined
      ? {}
      : { filter, tree: new FilteredTree({ ...wholeTree(local), kindOf }, { filter, isBased }) };
  return {
    tree: local,
    ...shown,
    place: null,
    bytes: async (id) => {
      const ino = inos.inoOf(id);
      const { kind, size = 0 } = local.node(id) ?? {};
      if (kind === 'symlink') return Buffer.from(reader.target(ino));
      return size === 0 ? Buffer.alloc(0) : reader.content(ino, 0, size);
    },
  };
}

function filtered(tree: TreeView, filter: PathFilter): TreeView {
  return new FilteredTree(wholeTree(tree), { filter, isBased: () => true });
}

function isSmallFile({ kind, size }: Pick<NodeVersion, 'kind' | 'size'>): boolean {
  return kind === 'symlink' || (kind === 'file' && size <= TEXT_BYTES);
}

async function withText(
  difference: Difference,
  of: { readonly from: Side; readonly to: Side; readonly room: number },
): Promise<DiffEntry> {
  const { beforeId, afterId, ...entry } = difference;
  const { before, after } = entry;
  const hasContent = [before, after].some((side) => side?.kind === 'file' || side?.kind === 'symlink');
  const isChanged = before?.hash !== after?.hash || before?.kind !== after?.kind;
  if (!hasContent || !isChanged) return { ...entry, binary: false };
  const small = [before, after].every(
    (side) => side === null || side.kind === 'directory' || isSmallFile(side),
  );
  if (!small || of.room <= 0) return { ...entry, binary: true };
  const [old, now] = await Promise.all([textOf(of.from, beforeId, before), textOf(of.to, afterId, after)]);
  if (old === undefined || now === undefined) return { ...entry, binary: true };
  const patch = structuredPatch(
    before === null ? '/dev/null' : `a${before.path}`,
    after === null ? '/dev/null' : `b${after.path}`,
    old,
    now,
    undefined,
    undefined,
    { context: 3, timeout: PATCH_MS },
  );
  if (patch === undefined) return { ...entry, binary: true };
  return { ...entry, binary: false, patch: formatPatch(patch, FILE_HEADERS_ONLY) };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** undefined where it is no text. */
async function textOf(side: Side, id: NodeId | undefined, of: DiffSide | null): Promise<string | undefined> {
  if (id === undefined || of === null || (of.kind !== 'file' && of.kind !== 'symlink')) return '';
  const bytes = await side.bytes(id);
  if (bytes.includes(0)) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
