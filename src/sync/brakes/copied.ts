/**
 * Whether somebody else syncs under this agent's id: a copy of this database, or what this one was before it was restored
 * from an older copy. Pure.
 *
 * Every commit is noted durably before it is sent (`SentCommits`), so a commit under this id that was never noted here
 * was made by another database. Neither a lost answer nor a crash or a power cut can make one. Commits up to a cursor
 * have been judged; those before the remote was joined are anybody's.
 */
import type { OwnCommit } from '../remote/types.js';
import type { Brake } from './brake.js';

/** What a remote's state remembers of it. */
export interface NotedState {
  /** The remote's revision when this workspace joined it. */
  readonly joinedAt?: number;
  /** Every commit after this revision was noted; absent where a former version did not note any. */
  readonly notedFrom?: number;
}

/** The revision after which commits under this agent's id are to be known here; undefined where that cannot be asked. */
export function judgedAfter(
  cursor: number,
  { joinedAt = 0, notedFrom }: NotedState,
): { readonly commitsAfter: number } | undefined {
  return notedFrom === undefined ? undefined : { commitsAfter: Math.max(cursor, joinedAt, notedFrom) };
}

/** `unknown`: commits under this agent's id that were never noted here. */
export function judgeCommits(unknown: readonly OwnCommit[]): Brake | undefined {
  const [first, ...others] = unknown;
  if (first === undefined) return undefined;
  const last = others.reduce((latest, it) => (it.revision > latest.revision ? it : latest), first);
  return {
    kind: 'copied',
    commits: unknown.length,
    first: others.reduce((lowest, { revision }) => Math.min(lowest, revision), first.revision),
    last: last.revision,
    lastAtMs: last.committedAtMs,
  };
}
