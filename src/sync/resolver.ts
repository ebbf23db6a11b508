/**
 * Resolving conflicts, on the owner's main thread: which ones are meant, what a merge writes here, and what is said of it.
 *
 * A resolve is a round of sync with decisions; core/decide.ts checks them against both sides' versions. A conflict that is
 * named by its id must be as it was listed on both sides. A path means what is here now, so there only the remote's version
 * must be the one listed, unless it is to take the place of what is here. Only a merge writes here first, and only over
 * what it has read; what it read stays in history, by the same commit.
 */
import { randomUUID } from 'node:crypto';
import { AgentFsError, type ErrorCode } from '../base/index.js';
import { ORIGIN_RESTORE, type Vfs } from '../vfs/index.js';
import {
  type ConflictContent,
  type ConflictContents,
  type ConflictReference,
  listConflicts,
  publicConflict,
  type ResolveOptions,
  type ResolveRefusal,
  type ResolveReport,
  type SyncConflict,
} from './conflicts.js';
import type { Choice, Conflict, Refusal } from './core/index.js';
import type { MergeOutcome, VersionContent, Versions } from './round/versions.js';
import type { ResolveRun } from './schedule/pending-choices.js';

/** How many conflicts that were resolved are remembered. */
const SETTLED_MAX = 10_000;

/** Asks the worker. */
export type ResolverCall = <T>(method: string, ...params: unknown[]) => Promise<T>;

export interface ResolverPorts {
  readonly vfs: Vfs;
  /** Number of the remote's row. */
  readonly remoteId: number;
  readonly call: ResolverCall;
}

/** Of each remote of a workspace, the conflicts that were resolved and who won: a resolve may be repeated. */
const SETTLED = new WeakMap<Vfs, Map<number, Map<string, string | undefined>>>();

interface Target {
  readonly listed: Conflict;
  readonly check: Choice['check'];
}

/** Of one remote. */
export class Resolver {
  readonly #ports: ResolverPorts;
  readonly #settled: Map<string, string | undefined>;

  constructor(ports: ResolverPorts) {
    this.#ports = ports;
    const { vfs, remoteId } = ports;
    const remotes = SETTLED.get(vfs) ?? new Map<number, Map<string, string | undefined>>();
    SETTLED.set(vfs, remotes);
    this.#settled = remotes.get(remoteId) ?? new Map<string, string | undefined>();
    remotes.set(remoteId, this.#settled);
  }

  /** The pending conflicts as they are known. */
  #listed(): Conflict[] {
    const { vfs, remoteId } = this.#ports;
    return listConflicts(vfs.syncState.conflicts(remoteId));
  }

  /** `references` undefined: all that is pending. */
  async resolve(
    references: readonly ConflictReference[] | undefined,
    { strategy, force = false }: ResolveOptions,
  ): Promise<ResolveReport> {
    const { vfs, call } = this.#ports;
    vfs.flush();
    const refused: ResolveRefusal[] = [];
    const targets = this.#targets(references, strategy, refused);
    const choices: Choice[] = [];
    const merged = new Map<string, Conflict>();
    const changed: Conflict[] = [];
    for (const target of targets) {
      const { listed } = target;
      const copyId = randomUUID().replaceAll('-', '');
      if (strategy !== 'merge') choices.push({ ...target, strategy, copyId });
      else {
        const outcome = await this.#merge(listed);
        if (outcome === 'merged') {
          merged.set(listed.id, listed);
          choices.push({ listed, strategy: 'local', check: 'remote', copyId });
        } else if (outcome === 'changed') changed.push(listed);
        else refused.push(outcome);
      }
    }
    const remaining = () => this.#listed().map(publicConflict);
    if (choices.length + changed.length === 0) return { resolved: [], refused, remaining: remaining() };
    vfs.flush();
    const { decided } = await call<ResolveRun>('resolve', { choices, force });
    const resolved = [...decided.resolved];
    for (const refusal of decided.refused) {
      // What was merged may be what the remote has already.
      const before = refusal.reason === 'gone' ? merged.get(refusal.listed.id) : undefined;
      if (before === undefined) refused.push(toRefusal(refusal));
      else resolved.push({ ...before, winner: 'local' });
    }
    for (const { id, winner } of decided.settled) this.#remember(id, winner);
    // That was a look at both sides: what could not be merged is shown as it is now.
    const listed = this.#listed();
    for (const before of changed) {
      const now =
        listed.find((it) => it.node === before.node) ?? listed.find((it) => it.path === before.path);
      refused.push(
        toRefusal(now ? { listed: before, reason: 'changed', now } : { listed: before, reason: 'gone' }),
      );
    }
    return { resolved: resolved.map(publicConflict), refused, remaining: remaining() };
  }

  /** Throws SYNC_CONFLICT_GONE. */
  async contents(reference: ConflictReference): Promise<ConflictContents> {
    this.#ports.vfs.flush();
    const conflict = this.#listed().find((it) =>
      typeof reference === 'string' ? it.path === reference : it.id === reference.id,
    );
    if (conflict === undefined) {
      const path = typeof reference === 'string' ? reference : (reference.path ?? reference.id);
      throw refusalError(goneRefusal(path, typeof reference === 'string' ? '' : reference.id));
    }
    const { base, local, remote } = await this.#ports.call<Versions>('versions', conflict);
    return {
      conflict: publicConflict(conflict),
      base: toContent(base),
      local: toContent(local),
      remote: toContent(remote),
    };
  }

  #targets(
    references: readonly ConflictReference[] | undefined,
    strategy: ResolveOptions['strategy'],
    refused: ResolveRefusal[],
  ): Iterable<Target> {
    const listed = this.#listed();
    const targets = new Map<string, Target>();
    const byPath = strategy === 'remote' ? 'both' : 'remote';
    const add = (conflict: Conflict, check: Choice['check']) => {
      if (!targets.has(conflict.id)) targets.set(conflict.id, { listed: conflict, check });
    };
    if (references === undefined) for (const conflict of listed) add(conflict, byPath);
    for (const reference of references ?? []) {
      if (typeof reference === 'string') {
        const found = listed.filter((it) => isAtOrBelow(it, reference));
        for (const conflict of found) add(conflict, byPath);
        if (found.length === 0) refused.push(goneRefusal(reference, ''));
        continue;
      }
      const { id, path } = reference;
      const found = listed.find((it) => it.id === id);
      if (found !== undefined) add(found, 'both');
      else if (!(this.#settled.has(id) && isSameSide(this.#settled.get(id), strategy))) {
        const now = listed.find((it) => it.path === path);
        if (now === undefined) refused.push(goneRefusal(path ?? id, id));
        else refused.push({ ...toRefusal({ listed: now, reason: 'changed', now }), id });
      }
    }
    return targets.values();
  }

  /** Writes the merge over the local file it was made of, if both sides are as they were listed. */
  async #merge(conflict: Conflict): Promise<'merged' | 'changed' | ResolveRefusal> {
    const merge = await this.#ports.call<MergeOutcome>('merge', conflict);
    if (merge.outcome === 'impossible')
      return toRefusal({ listed: conflict, reason: 'impossible', because: merge.because });
    return merge.outcome === 'merged' && this.#write(merge) ? 'merged' : 'changed';
  }

  /** In one go, so that nobody can write in between. */
  #write({ ino, local, bytes, keep }: Extract<MergeOutcome, { outcome: 'merged' }>): boolean {
    const { vfs } = this.#ports;
    return vfs.outside(() => {
      const inode = vfs.inode(ino);
      const now = Buffer.alloc(inode.size);
      vfs.read(inode, 0, now);
      if (inode.nlink === 0 || Buffer.compare(now, local) !== 0) return false;
      vfs.importer(ORIGIN_RESTORE).keepCopy(now, keep);
      vfs.write(inode, 0, bytes);
      vfs.setattr(inode, { size: bytes.length });
      return true;
    });
  }

  #remember(id: string, winner: string | undefined): void {
    this.#settled.set(id, winner);
    for (const oldest of this.#settled.keys()) {
      if (this.#settled.size <= SETTLED_MAX) break;
      this.#settled.delete(oldest);
    }
  }
}

/** The error of a resolve of one conflict that was refused. */
export function refusalError(refusal: ResolveRefusal): AgentFsError {
  const { message, hint, path, conflict } = refusal;
  return new AgentFsError(CODES[refusal.reason], message, {
    operation: 'resolve',
    path,
    ...(hint === undefined ? {} : { hint }),
    data: { refused: [refusal], conflicts: conflict === undefined ? [] : [conflict] },
  });
}

const CODES: Readonly<Record<ResolveRefusal['reason'], ErrorCode>> = {
  gone: 'SYNC_CONFLICT_GONE',
  changed: 'SYNC_CONFLICT_CHANGED',
  waits: 'SYNC_CONFLICT_WAITS',
  impossible: 'SYNC_UNMERGEABLE',
};

function isSameSide(winner: string | undefined, strategy: ResolveOptions['strategy']): boolean {
  return winner !== undefined && (strategy === 'local' || strategy === 'remote') ? winner === strategy : true;
}

function isAtOrBelow({ path, remotePath }: Conflict, at: string): boolean {
  const top = at.replace(/\/+$/, '');
  return [path, remotePath].some((it) => it !== undefined && (it === top || it.startsWith(`${top}/`)));
}

function goneRefusal(path: string, id: string): ResolveRefusal {
  return {
    id,
    path,
    reason: 'gone',
    message: `nothing is in conflict at ${path}`,
    hint: 'See what is: agentfs sync conflicts <workspace>.',
  };
}

function toRefusal({ listed, reason, now = listed, others = [], because = '' }: Refusal): ResolveRefusal {
  const { id, path } = listed;
  const conflict = publicConflict(now);
  const refusal = { id, path, reason, conflict };
  switch (reason) {
    case 'gone':
      return { id, path, reason, message: `${path} is in conflict no longer` };
    case 'changed':
      return {
        ...refusal,
        message: `${path} has changed since it was listed: here ${told(conflict.local)}, on the remote ${told(conflict.remote)}`,
        hint: 'Nothing was decided there. Look at it again: agentfs sync conflicts <workspace>.',
      };
    case 'waits': {
      const names = [...new Set(others.map((it) => it.path))];
      const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
      return {
        ...refusal,
        message: `${path} cannot be resolved before ${names.slice(0, 3).join(', ') || 'another conflict'}${more}`,
        hint: 'Resolve them together, or those first.',
      };
    }
    case 'impossible':
      return { ...refusal, message: `${path}: ${because}` };
  }
}

function told(side: SyncConflict['local']): string {
  if (side === null) return 'deleted';
  const what = side.kind === 'file' ? `${side.size} bytes` : side.kind;
  return `${what} of ${side.mtime}`;
}

function toContent(content: VersionContent | null): ConflictContent | null {
  if (content === null) return null;
  if (content.kind === 'text') return { kind: 'text', text: Buffer.from(content.bytes).toString('utf8') };
  if (content.kind === 'target') return { kind: 'symlink', target: content.target };
  return { kind: content.kind };
}
