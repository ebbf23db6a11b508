/**
 * Which paths are synced at all. Pure.
 *
 * The patterns are those of gitignore, case sensitive, and of two lists. Precedence, from the strongest:
 * 1. the root is always included;
 * 2. what an exclude pattern matches, or what is in a directory that one matches, is excluded;
 * 3. without include patterns everything else is included;
 * 4. with them, a file is included if a pattern matches it or a directory that it is in. Directories are only the way to what
 *    is included: they come along when something is in them, or for their own sake where a pattern matches.
 * Within one list a later pattern beats an earlier one and `!` takes back, as in a .gitignore.
 */
import ignore, { type Ignore } from 'ignore';

export interface PathFilter {
  /** False where everything is included: then nobody needs to ask. */
  readonly isActive: boolean;
  /** A directory's new name may change what is included in it, even where the directory itself stays included. */
  readonly dependsOnParents: boolean;
  /** `path` begins with a slash, as conflicts' paths do. A directory is included where something in it may be. */
  includes(path: string, isDirectory: boolean): boolean;
  /** Whether an included directory is synced though nothing is in it. */
  wants(directory: string): boolean;
  /** Which rule decides. */
  explain(path: string, isDirectory: boolean): FilterVerdict;
}

export interface FilterPatterns {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export interface FilterRule {
  readonly list: 'include' | 'exclude';
  readonly pattern: string;
  /** Which part of the path it matches: the path itself or a directory above. */
  readonly matches: string;
}

export interface FilterVerdict {
  readonly included: boolean;
  /** null where no pattern had a say. */
  readonly rule: FilterRule | null;
  /** A sentence for a person. */
  readonly reason: string;
}

const NOTHING_SET = 'There are no include or exclude patterns: everything is synced.';

export const EVERYTHING: PathFilter = {
  isActive: false,
  dependsOnParents: false,
  includes: () => true,
  wants: () => true,
  explain: () => ({ included: true, rule: null, reason: NOTHING_SET }),
};

export function createFilter(patterns: FilterPatterns): PathFilter {
  const { include, exclude } = patterns;
  return include.length === 0 && exclude.length === 0 ? EVERYTHING : new PatternFilter(patterns);
}

class PatternFilter implements PathFilter {
  readonly isActive = true;
  readonly dependsOnParents: boolean;
  readonly #patterns: FilterPatterns;
  readonly #included: Ignore | undefined;
  readonly #excluded: Ignore | undefined;

  constructor(patterns: FilterPatterns) {
    this.#patterns = patterns;
    this.#included = matcher(patterns.include);
    this.#excluded = matcher(patterns.exclude);
    this.dependsOnParents =
      patterns.include.length > 0 || patterns.exclude.some((pattern) => /\/./.test(pattern));
  }

  includes(path: string, isDirectory: boolean): boolean {
    const subject = subjectOf(path, isDirectory);
    if (subject === '') return true;
    if (this.#excluded?.ignores(subject)) return false;
    return isDirectory || !this.#included || this.#included.ignores(subject);
  }

  wants(directory: string): boolean {
    return !this.#included || this.#included.ignores(subjectOf(directory, true));
  }

  explain(path: string, isDirectory: boolean): FilterVerdict {
    const subject = subjectOf(path, isDirectory);
    if (subject === '') return { included: true, rule: null, reason: 'The root is always synced.' };
    const { include, exclude } = this.#patterns;
    const kept = this.#ruleOf('exclude', subject);
    if (kept !== null && this.#excluded!.ignores(subject)) {
      return {
        included: false,
        rule: kept,
        reason: sentence(`${described(kept, path)}, so it is not synced.`),
      };
    }
    const unless =
      exclude.length === 0 ? '' : kept === null ? 'no exclude pattern matches' : described(kept, path);
    const and = unless === '' ? '' : `${unless}, and `;
    if (include.length === 0) {
      const reason = sentence(`${unless}, and there are no include patterns: it is synced.`);
      return { included: true, rule: kept, reason };
    }
    const wanted = this.#ruleOf('include', subject);
    if (wanted !== null && this.#included!.ignores(subject)) {
      const reason = sentence(`${and}${described(wanted, path)}: it is synced.`);
      return { included: true, rule: wanted, reason };
    }
    const taken = wanted === null ? 'no include pattern matches' : described(wanted, path);
    const included = isDirectory;
    const reason = isDirectory
      ? `${taken}, but a directory comes along when something in it is synced.`
      : `${taken}, so it is not synced.`;
    return { included, rule: wanted, reason: sentence(`${and}${reason}`) };
  }

  /** The last pattern of the list that matches the path, or the outermost directory above it that is ignored by one. */
  #ruleOf(list: FilterRule['list'], subject: string): FilterRule | null {
    const all = list === 'include' ? this.#included : this.#excluded;
    if (all === undefined) return null;
    const names = subject.replace(/\/$/, '').split('/');
    for (let count = 1; count < names.length; count += 1) {
      const above = `${names.slice(0, count).join('/')}/`;
      if (all.ignores(above)) return this.#lastMatch(list, above);
    }
    return this.#lastMatch(list, subject);
  }

  #lastMatch(list: FilterRule['list'], subject: string): FilterRule | null {
    const pattern = this.#patterns[list].findLast((one) =>
      matcher([one.replace(/^!/, '')])?.ignores(subject),
    );
    return pattern === undefined ? null : { list, pattern, matches: `/${subject}` };
  }
}

function described({ list, pattern, matches }: FilterRule, path: string): string {
  const what = matches.replace(/\/$/, '') === path.replace(/\/+$/, '') ? 'it' : matches;
  return pattern.startsWith('!')
    ? `the ${list} pattern '${pattern}' takes ${what} back`
    : `the ${list} pattern '${pattern}' matches ${what}`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** As the matcher reads it: relative, and a directory ends in a slash; '' for the root. */
function subjectOf(path: string, isDirectory: boolean): string {
  const relative = path.replace(/^\/+|\/+$/g, '');
  return isDirectory && relative !== '' ? `${relative}/` : relative;
}

function matcher(patterns: readonly string[]): Ignore | undefined {
  return patterns.length === 0
    ? undefined
    : ignore({ ignorecase: false, allowRelativePaths: true }).add([...patterns]);
}
