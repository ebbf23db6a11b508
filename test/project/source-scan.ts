/**
 * Reads TypeScript as text: which modules a file imports and how, and what its string literals say.
 *
 * A small lexer rather than a parser: it only has to tell comments, strings, templates and regular expressions apart.
 */
export interface ImportFound {
  readonly from: string;
  /** `type`: vanishes in the build; `lazy`: `import()`; `value`: the rest. */
  readonly kind: 'type' | 'value' | 'lazy';
}

export interface SourceParts {
  /** The source with comments blanked and the insides of strings kept. */
  readonly code: string;
  /** The insides of string and template literals. */
  readonly strings: readonly string[];
}

/** After these a slash begins a regular expression. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+~^%<>*-]|\breturn|\btypeof|\bcase)\s*$/;

export function scanSource(source: string): SourceParts {
  const strings: string[] = [];
  let code = '';
  let at = 0;
  while (at < source.length) {
    const two = source.slice(at, at + 2);
    const one = source[at]!;
    let end = at + 1;
    if (two === '//') {
      end = indexOrEnd(source, '\n', at);
      code += ' ';
    } else if (two === '/*') {
      end = indexOrEnd(source, '*/', at + 2) + 2;
      code += ' ';
    } else if (one === "'" || one === '"' || one === '`') {
      end = endOfLiteral(source, at, one);
      strings.push(source.slice(at + 1, end - 1));
      code += source.slice(at, end);
    } else if (one === '/' && BEFORE_REGEX.test(code.slice(-20))) {
      end = endOfRegex(source, at);
      code += 'REGEX';
    } else {
      code += one;
    }
    at = end;
  }
  return { code, strings };
}

export function findImports(source: string): ImportFound[] {
  const { code } = scanSource(source);
  const found: ImportFound[] = [];
  for (const match of code.matchAll(
    /(?:^|[;\n])\s*(?:import|export)(\s+type)?\s[^'";]*?\bfrom\s*(['"])([^'"]+)\2/g,
  )) {
    found.push({ from: match[3]!, kind: match[1] === undefined ? 'value' : 'type' });
  }
  for (const match of code.matchAll(/(?:^|[;\n])\s*import\s*(['"])([^'"]+)\1/g)) {
    found.push({ from: match[2]!, kind: 'value' });
  }
  for (const match of code.matchAll(/\bimport\s*\(\s*(['"])([^'"]+)\1/g)) {
    found.push({ from: match[2]!, kind: 'lazy' });
  }
  return found;
}

function indexOrEnd(source: string, text: string, from: number): number {
  const index = source.indexOf(text, from);
  return index === -1 ? source.length : index;
}

/** The index after the closing quote. A template's `${…}` is skipped with what it nests. */
function endOfLiteral(source: string, start: number, quote: string): number {
  let at = start + 1;
  while (at < source.length) {
    if (source[at] === '\\') at += 2;
    else if (source[at] === quote) return at + 1;
    else if (quote === '`' && source.startsWith('${', at)) at = endOfSubstitution(source, at + 2);
    else at += 1;
  }
  return at;
}

function endOfSubstitution(source: string, start: number): number {
  let depth = 1;
  let at = start;
  while (at < source.length && depth > 0) {
    const one = source[at]!;
    if (one === "'" || one === '"' || one === '`') {
      at = endOfLiteral(source, at, one);
      continue;
    }
    if (one === '{') depth += 1;
    if (one === '}') depth -= 1;
    at += 1;
  }
  return at;
}

function endOfRegex(source: string, start: number): number {
  let inClass = false;
  let at = start + 1;
  while (at < source.length && source[at] !== '\n') {
    if (source[at] === '\\') at += 1;
    else if (source[at] === '[') inClass = true;
    else if (source[at] === ']') inClass = false;
    else if (source[at] === '/' && !inClass) return at + 1;
    at += 1;
  }
  return at;
}
