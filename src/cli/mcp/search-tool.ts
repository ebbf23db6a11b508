/**
 * The tool `search`: files by a pattern for their paths, and lines by a text in them.
 */
import { posix } from 'node:path';
import picomatch from 'picomatch';
import { z } from 'zod';
import type { Workspace } from '../../sdk/typescript/index.js';
import { ANSWER_CHARACTERS, linesOf, looksBinary } from './text-window.js';
import { pathInput, type Tool, type ToolCall, told, tool } from './tool.js';

const LINE_CHARACTERS = 300;
const LOOK_BYTES = 8192;
const PASSED_OVER = ['.git', 'node_modules'];

const INPUT = {
  pattern: z
    .string()
    .min(1)
    .default('**')
    .describe('Glob for the paths below `path`: *.md anywhere, src/**/*.{ts,js} from there'),
  text: z.string().min(1).optional().describe('Show the lines with this text, taken literally'),
  ignore_case: z.boolean().default(false).describe('Take small and capital letters of `text` for the same'),
  path: pathInput('The directory to search').default('/'),
  everywhere: z.boolean().default(false).describe('Look into .git and node_modules too'),
  limit: z.int().min(1).max(1000).default(100).describe('Files or lines to show'),
};

export const SEARCH_TOOL: Tool = tool({
  name: 'search',
  title: 'Search',
  description:
    'Finds files by a glob, or with `text` the lines that contain it, as path:line: text. ' +
    'Directories .git and node_modules are passed over.',
  input: INPUT,
  effect: 'read',
  run: async ({ pattern, text, ignore_case, path, everywhere, limit }, { workspace, signal }) => {
    const isWanted = picomatch(pattern.replace(/^\/+/, ''), { dot: true, basename: !pattern.includes('/') });
    const found: string[] = [];
    let characters = 0;
    const isFull = (line: string): boolean => {
      characters += line.length + 1;
      found.push(line);
      return found.length > limit || characters > ANSWER_CHARACTERS;
    };
    const files = walk(workspace, path, { passedOver: everywhere ? [] : PASSED_OVER, signal });
    search: for await (const { place, below } of files) {
      if (!isWanted(below)) continue;
      if (text === undefined) {
        if (isFull(place)) break;
        continue;
      }
      const wanted = ignore_case ? text.toLowerCase() : text;
      const hits = matches(place, (line) => (ignore_case ? line.toLowerCase() : line).indexOf(wanted), {
        workspace,
        signal,
      });
      for await (const line of hits) if (isFull(line)) break search;
    }
    const isCut = found.length > limit || characters > ANSWER_CHARACTERS;
    if (isCut) found[found.length - 1] = `[there is more: narrow the pattern, or raise limit]`;
    return told(found.length === 0 ? '[nothing was found]' : found.join('\n'));
  },
});

/** Files below a directory, directories in the order of their names; symlinks are not followed. */
async function* walk(
  workspace: Workspace,
  top: string,
  { passedOver, signal }: { readonly passedOver: readonly string[]; readonly signal: AbortSignal },
): AsyncGenerator<{ readonly place: string; readonly below: string }> {
  const waiting = [''];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const directories: string[] = [];
    for (const { name, kind } of await workspace.readdir(posix.join('/', top, at), { withFileTypes: true })) {
      signal.throwIfAborted();
      const below = posix.join(at, name);
      if (kind === 'file') yield { place: posix.join('/', top, below), below };
      else if (kind === 'directory' && !passedOver.includes(name)) directories.push(below);
    }
    waiting.push(...directories.reverse());
  }
}

/** `path:line: text` of each line in which `indexIn` finds something; nothing of what is no text, or gone meanwhile. */
async function* matches(
  path: string,
  indexIn: (line: string) => number,
  { workspace, signal }: ToolCall,
): AsyncGenerator<string> {
  await using file = await workspace.openFile(path).catch((error: { code?: string }) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null || looksBinary(await file.read(0, LOOK_BYTES))) return;
  let number = 0;
  for await (const line of linesOf(workspace.createReadStream(path, { signal }))) {
    number += 1;
    const at = indexIn(line);
    if (at < 0) continue;
    const start = line.length > LINE_CHARACTERS ? Math.max(0, at - LINE_CHARACTERS / 2) : 0;
    yield `${path}:${number}: ${line.slice(start, start + LINE_CHARACTERS).trimEnd()}`;
  }
}
