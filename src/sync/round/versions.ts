/**
 * The contents of the versions in conflict: to be shown to a person, and to be merged.
 *
 * They are those of the conflict as it was listed, or none: a version whose hash is another by now is `changed`. The
 * ancestor is found by the revision that made it and its hash, since its node may have been replaced on both sides.
 */
import type { StoreReader } from '../../store/index.js';
import type { Conflict } from '../core/index.js';
import { mergeText } from '../core/merge-text.js';
import { keepsakeOf } from '../history/losers.js';
import { hashOfTarget, LocalContent } from '../local/local-content.js';
import type { NodeContent, RemoteWorkspace } from '../remote/index.js';
import type { Keepsake } from '../steps.js';
import { sha256 } from '../transfer/index.js';

/** Above this nothing is shown or merged, bytes. */
export const TEXT_MAX_BYTES = 4 * 1024 * 1024;
const ROOT_INO = 1;

export type VersionContent =
  | { readonly kind: 'text'; readonly bytes: Uint8Array }
  /** A file with a NUL byte. */
  | { readonly kind: 'binary' }
  | { readonly kind: 'large' }
  | { readonly kind: 'target'; readonly target: string }
  /** A directory, a device. */
  | { readonly kind: 'none' }
  /** Not that of the conflict any more. */
  | { readonly kind: 'changed' }
  /** The remote keeps it no longer. */
  | { readonly kind: 'lost' };

/** null where a side has no version. */
export interface Versions {
  readonly base: VersionContent | null;
  readonly local: VersionContent | null;
  readonly remote: VersionContent | null;
  /** Of the local file; 0 where there is none. */
  readonly ino: number;
}

export type MergeOutcome =
  | {
      readonly outcome: 'merged';
      readonly ino: number;
      readonly local: Uint8Array;
      readonly bytes: Uint8Array;
      /** What is to be kept of `local`, which no remote has. */
      readonly keep: Keepsake;
    }
  | { readonly outcome: 'changed' }
  | { readonly outcome: 'impossible'; readonly because: string };

interface Sources {
  readonly reader: StoreReader;
  readonly connect: () => Promise<RemoteWorkspace>;
}

interface MergeSources extends Sources {
  readonly remoteName: string;
  readonly agent: string;
  readonly nowMs: () => number;
}

export async function readVersions(conflict: Conflict, { reader, connect }: Sources): Promise<Versions> {
  const remote = await connect();
  // One snapshot: what is here is what the conflict says, or has changed.
  reader.begin();
  try {
    return await versionsOf(conflict, reader, remote);
  } finally {
    reader.end();
  }
}

async function versionsOf(
  conflict: Conflict,
  reader: StoreReader,
  remote: RemoteWorkspace,
): Promise<Versions> {
  const ino = conflict.local === null ? 0 : inoOfPath(conflict.path, reader);
  const { base, remote: there, node, remoteNode = node } = conflict;
  const found = there === null ? undefined : await remote.nodeContent(remoteNode);
  const before = base === null ? undefined : await remote.versionOf(base.revision, base.hash);
  return {
    ino,
    local: localContent(conflict, ino, reader),
    remote:
      there === null
        ? null
        : found?.state?.hash === there.hash
          ? await contentOf(found.content, there.size, remote)
          : { kind: 'changed' },
    base: base === null ? null : await ancestorContent(base, before?.content, remote),
  };
}

/** Merges the two sides' texts. Nothing is written. */
export async function mergeVersions(conflict: Conflict, sources: MergeSources): Promise<MergeOutcome> {
  const { local, remote, base } = conflict;
  if (local === null || remote === null)
    return impossible('one side deleted it: take the local or the remote side');
  if (local.kind !== 'file' || remote.kind !== 'file')
    return impossible('only files are merged: take the local or the remote side');
  if (local.hash === remote.hash)
    return impossible('their contents are equal, only attributes or places differ: take one of the sides');
  if (base === null || base.kind !== 'file')
    return impossible('both were made anew, without a common ancestor: keep both, or take one of them');
  const versions = await readVersions(conflict, sources);
  const texts: string[] = [];
  for (const [name, content] of [
    ['its common ancestor', versions.base],
    ['the file here', versions.local],
    ["the remote's file", versions.remote],
  ] as const) {
    if (content?.kind === 'changed') return { outcome: 'changed' };
    if (content?.kind !== 'text') return impossible(`${name} ${WHY[content?.kind ?? 'none']}`);
    texts.push(Buffer.from(content.bytes).toString('latin1'));
  }
  const merged = mergeText(texts[0]!, texts[1]!, texts[2]!);
  if (merged.outcome === 'overlap')
    return impossible(`the edits of both sides overlap, first at line ${merged.line}`);
  if (merged.outcome === 'too different') return impossible('the versions have too little in common');
  const mine = versions.local?.kind === 'text' ? versions.local.bytes : new Uint8Array(0);
  return {
    outcome: 'merged',
    ino: versions.ino,
    local: mine,
    bytes: new Uint8Array(Buffer.from(merged.text, 'latin1')),
    keep: keepsakeOf(local, {
      remoteId: sources.reader.remote(sources.remoteName)?.id ?? 0,
      ...{ agent: sources.agent, node: conflict.node, path: conflict.path, why: conflict.type },
      atMs: sources.nowMs(),
      digest: (text) => sha256(Buffer.from(text)),
    }),
  };
}

const WHY: Readonly<Record<Exclude<VersionContent['kind'], 'text' | 'changed'>, string>> = {
  binary: 'is binary: keep both, or take one of them',
  large: `is larger than ${TEXT_MAX_BYTES / 2 ** 20} MiB: keep both, or take one of them`,
  lost: 'is no longer in the history of the remote: keep both, or take one of them',
  target: 'is a symlink',
  none: 'is no file',
};

function impossible(because: string): MergeOutcome {
  return { outcome: 'impossible', because };
}

function inoOfPath(path: string, reader: StoreReader): number {
  let ino = ROOT_INO;
  for (const name of path.split('/').filter(Boolean)) ino = reader.entry(ino, name)?.ino ?? 0;
  return ino;
}

function localContent({ local }: Conflict, ino: number, reader: StoreReader): VersionContent | null {
  if (local === null) return null;
  const row = ino === 0 ? undefined : reader.inode(ino);
  if (row === undefined || (local.kind !== 'directory' && row.size !== local.size))
    return { kind: 'changed' };
  if (local.kind === 'symlink') {
    const target = reader.target(ino);
    return hashOfTarget(target) === local.hash ? { kind: 'target', target } : { kind: 'changed' };
  }
  if (local.kind !== 'file') return { kind: 'none' };
  if (row.size > TEXT_MAX_BYTES) return { kind: 'large' };
  if (new LocalContent(reader).hash(ino, row.size).hash !== local.hash) return { kind: 'changed' };
  return textOrBinary(row.size === 0 ? new Uint8Array(0) : new Uint8Array(reader.content(ino, 0, row.size)));
}

async function ancestorContent(
  base: NonNullable<Conflict['base']>,
  content: NodeContent | undefined,
  remote: RemoteWorkspace,
): Promise<VersionContent> {
  if (base.kind === 'file' && base.hash === '') return { kind: 'text', bytes: new Uint8Array(0) };
  return content === undefined ? { kind: 'lost' } : await contentOf(content, base.size, remote);
}

async function contentOf(
  content: NodeContent,
  size: number,
  remote: RemoteWorkspace,
): Promise<VersionContent> {
  if (content.kind === 'target') return { kind: 'target', target: content.target };
  if (content.kind === 'none')
    return size === 0 ? { kind: 'text', bytes: new Uint8Array(0) } : { kind: 'none' };
  if (size > TEXT_MAX_BYTES) return { kind: 'large' };
  const parts: Uint8Array[] = [];
  for await (const part of remote.readContent(content)) parts.push(part);
  return textOrBinary(new Uint8Array(Buffer.concat(parts)));
}

function textOrBinary(bytes: Uint8Array): VersionContent {
  return bytes.includes(0) ? { kind: 'binary' } : { kind: 'text', bytes };
}
