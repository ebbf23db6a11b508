/**
 * Conflicts as callers see them: plain JSON, the same in `--json`, the SDKs and over JSON-RPC. Pure.
 *
 * What a caller hands back to resolve one is its `id` (or its path): the id names both sides' versions and places, so a
 * conflict that has changed since it was listed has another.
 */
import type { Conflict, ConflictType, NodeKind, NodeVersion } from './core/tree.js';

/** One side's version of what is in conflict. */
export interface ConflictSide {
  readonly kind: NodeKind;
  /** Bytes. */
  readonly size: number;
  /** RFC 3339 in UTC, to the millisecond. */
  readonly mtime: string;
  /** Content hash, 64 hex digits; '' where there is no content. */
  readonly hash: string;
  /** Permission bits. */
  readonly mode: number;
  /** Who made it; absent where it is this agent's, not pushed yet. */
  readonly agent?: string;
  /** The remote's revision that made it; absent where it is not on the remote. */
  readonly revision?: number;
}

/** A side is null where it is deleted, and where there is no common ancestor (`base`). */
export interface SyncConflict {
  readonly id: string;
  /** Beginning with a slash, as it is here (else on the remote). */
  readonly path: string;
  readonly type: ConflictType;
  readonly base: ConflictSide | null;
  readonly local: ConflictSide | null;
  readonly remote: ConflictSide | null;
  /** Who won; absent while it waits for a person. */
  readonly winner?: 'local' | 'remote';
  /** Where the remote has it at another path. */
  readonly remotePath?: string;
}

export function publicConflict(conflict: Conflict): SyncConflict {
  const { id, path, type, base, local, remote, winner, remotePath } = conflict;
  return {
    id,
    path,
    type,
    base: sideOf(base),
    local: sideOf(local),
    remote: sideOf(remote),
    ...(winner === undefined ? {} : { winner }),
    ...(remotePath === undefined ? {} : { remotePath }),
  };
}

/** Conflicts as the store keeps them, by path. */
export function listConflicts(stored: readonly string[]): Conflict[] {
  const conflicts = stored.map((json) => JSON.parse(json) as Conflict);
  return conflicts.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function sideOf(version: NodeVersion | null): ConflictSide | null {
  if (version === null) return null;
  const { kind, size, hash, mode, agent, revision, mtimeSec, mtimeNsec } = version;
  return {
    kind,
    size,
    mtime: mtimeText(mtimeSec, mtimeNsec),
    hash,
    mode,
    ...(agent === '' ? {} : { agent }),
    ...(revision === 0 ? {} : { revision }),
  };
}

/** A file may carry a time that no calendar has: the nearest one that can be written. */
function mtimeText(sec: number, nsec: number): string {
  const ms = sec * 1000 + Math.trunc(nsec / 1e6);
  return new Date(Math.max(-8.64e15, Math.min(8.64e15, ms))).toISOString();
}

export type ResolveStrategy = 'local' | 'remote' | 'both' | 'merge';

/** A conflict by its id; its path is for messages, and what else a listing told of it does not count. */
export interface ConflictKey {
  readonly id: string;
  readonly path?: string;
  readonly [told: string]: unknown;
}

/**
 * From the root of the workspace.
 * @pattern ^/
 */
export type AbsolutePath = string;

/** A conflict as it was listed; or, by a path, whatever is in conflict there or below. */
export type ConflictReference = AbsolutePath | ConflictKey | SyncConflict;

export interface ResolveOptions {
  readonly strategy: ResolveStrategy;
  /** Although a brake would stop what it deletes. */
  readonly force?: boolean;
  readonly remote?: string;
  /** Seconds a request may take. */
  readonly timeout?: number;
}

/**
 * `gone`: it is no conflict any more; `changed`: one of the sides is not as it was listed; `waits`: another conflict has
 * to be resolved with it; `impossible`: the strategy cannot be had for it.
 */
export interface ResolveRefusal {
  readonly id: string;
  readonly path: string;
  readonly reason: 'gone' | 'changed' | 'waits' | 'impossible';
  readonly message: string;
  readonly hint?: string;
  /** As it is now. */
  readonly conflict?: SyncConflict;
}

export interface ResolveReport {
  /** With their winners; also those that were decided along, since they are about the same file. */
  readonly resolved: readonly SyncConflict[];
  readonly refused: readonly ResolveRefusal[];
  /** What still waits for a person. */
  readonly remaining: readonly SyncConflict[];
}

/** The content of a version: text where it is a file without NUL bytes and not too large. */
export type ConflictContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'symlink'; readonly target: string }
  | { readonly kind: 'binary' | 'large' | 'none' | 'changed' | 'lost' };

export interface ConflictContents {
  readonly conflict: SyncConflict;
  readonly base: ConflictContent | null;
  readonly local: ConflictContent | null;
  readonly remote: ConflictContent | null;
}
