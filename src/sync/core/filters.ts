/**
 * Which paths are synced at all. Pure.
 *
 * The patterns are those of gitignore, case sensitive, and of two lists. Precedence, from the strongest:
 * 1. the root is always included;
 * 2. what an exclude pattern matches, or what is in a directory that one matches, is excluded;
 * 3. without include patterns everything else is included;
 * 4. with them, a directory is included, because what they mean may be in it, and
 *    anything else only if a pattern matches it or a directory that it is in.
 * Within one list a later pattern beats an earlier one and `!` takes back, as in a .gitignore.
 */
import ignore, { type Ignore } from 'ignore';

export interface PathFilter {
  /** `path` begins with a slash, as conflicts' paths do. */
  includes(path: string, isDirectory: boolean): boolean;
}

export interface FilterPatterns {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export const EVERYTHING: PathFilter = { includes: () => true };

export function createFilter({ include, exclude }: FilterPatterns): PathFilter {
  if (include.length === 0 && exclude.length === 0) return EVERYTHING;
  const [included, excluded] = [matcher(include), matcher(exclude)];
  return {
    includes(path, isDirectory) {
      const relative = path.replace(/^\/+|\/+$/g, '');
      if (relative === '') return true;
      const subject = isDirectory ? `${relative}/` : relative;
      if (excluded?.ignores(subject)) return false;
      return isDirectory || !included || included.ignores(subject);
    },
  };
}

function matcher(patterns: readonly string[]): Ignore | undefined {
  return patterns.length === 0
    ? undefined
    : ignore({ ignorecase: false, allowRelativePaths: true }).add([...patterns]);
}
