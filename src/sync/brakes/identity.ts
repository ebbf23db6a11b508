/**
 * Whether the remote is still the one that this workspace remembers. Pure.
 */
import type { Brake } from './brake.js';

/** What afs_remote remembers. */
export interface RememberedRemote {
  /** '' before the first contact. */
  readonly incarnation: string;
  readonly cursor: number;
}

export interface FoundRemote {
  readonly incarnation: string;
  readonly revision: number;
}

/** `others`: the remotes of this workspace that were enabled before, by name. */
export function judgeTwin(
  found: FoundRemote,
  others: readonly { readonly name: string; readonly incarnation: string }[],
): Brake | undefined {
  const twin = others.find(({ incarnation }) => incarnation === found.incarnation);
  return twin === undefined ? undefined : { kind: 'twin', of: twin.name };
}

export function judgeIdentity(known: RememberedRemote, found: FoundRemote): Brake | undefined {
  if (known.incarnation === '') return undefined;
  if (known.incarnation !== found.incarnation) return { kind: 'recreated' };
  if (found.revision >= known.cursor) return undefined;
  return { kind: 'rolled-back', there: found.revision, seen: known.cursor };
}
