/**
 * Which paths a round is about, and whether the base was made for the same ones. Pure.
 *
 * What afs_remote.state has as `scope` is the filters under which everything was compared last. Under other filters
 * everything is looked at again, until one round has left nothing to do; so a round that dies, or a pull alone, costs
 * another look and loses nothing.
 */
import { createFilter, type FilterPatterns, type PathFilter } from '../core/index.js';

/** Stands for a scope that fits no filters: look at everything again. */
export const LOOK_AGAIN = 'again';

export interface Scope {
  readonly filter: PathFilter;
  /** What to remember when everything was compared. */
  readonly key: string;
  /** Everything has to be compared: the base was made under other filters. */
  readonly isNew: boolean;
  /** There are no filters and there were none: nothing has to be asked for its path. */
  readonly isWhole: boolean;
}

export function scopeOf({ include, exclude }: FilterPatterns, known: string | undefined): Scope {
  const filter = createFilter({ include, exclude });
  const key = filter.isActive ? JSON.stringify([include, exclude]) : '';
  const before = known ?? '';
  return { filter, key, isNew: key !== before, isWhole: key === '' && before === '' };
}
