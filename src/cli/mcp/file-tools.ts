/**
 * Tools on files: read, write, edit, list, move, remove.
 */
import { posix } from 'node:path';
import { z } from 'zod';
import { AgentFsError } from '../../base/index.js';
import type { Workspace } from '../../sdk/typescript/index.js';
import { editText } from './exact-edit.js';
import { looksBinary, readWindow } from './text-window.js';
import { pathInput, type Tool, told, tool } from './tool.js';

const LINES = 2000;
const ENTRIES = 1000;
const EDIT_BYTES = 16 * 1024 * 1024;
const LOOK_BYTES = 8192;
const IMAGE_BYTES = 4 * 1024 * 1024;
const IMAGES: Readonly<Record<string, string>> = {
  '.gif': 'image/gif',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
};

export const FILE_TOOLS: readonly Tool[] = [
  tool({
    name: 'read',
    title: 'Read a file',
    description:
      'The lines of a text file as they stand. Of a long one the first part, with the offset to go on with. An image is ' +
      'shown; of other content that is no text only the size is told.',
    input: {
      path: pathInput('The file'),
      offset: z.int().min(1).default(1).describe('The first line to show, from 1'),
      limit: z.int().min(1).max(LINES).default(LINES).describe('Lines to show'),
    },
    effect: 'read',
    run: async ({ path, offset, limit }, { workspace, signal }) => {
      const { size, beginning } = await lookAt(workspace, path);
      if (looksBinary(beginning)) return await showBinary(workspace, path, size);
      const window = await readWindow(workspace.createReadStream(path, { signal }), { offset, limit });
      const notes: string[] = [];
      if (window.lines.length === 0)
        notes.push(size === 0 ? 'the file is empty' : `the file ends before line ${offset}`);
      if (window.next !== undefined) {
        const last = window.next - 1;
        notes.push(
          `lines ${offset} to ${last} of a longer file (${size} bytes): go on with offset ${window.next}`,
        );
      }
      if (window.shortened.length > 0)
        notes.push(`only the beginning is shown of lines ${window.shortened.join(', ')}`);
      const text = window.lines.join('\n');
      return {
        content: [
          { type: 'text', text },
          ...notes.map((note) => ({ type: 'text' as const, text: `[${note}]` })),
        ],
      };
    },
  }),

  tool({
    name: 'write',
    title: 'Write a file',
    description: 'Makes a file with this content, or replaces all of it. Directories above it are made.',
    input: {
      path: pathInput('The file'),
      content: z.string().describe('All of its content'),
      encoding: z.enum(['utf8', 'base64']).default('utf8').describe('base64 for what is no text'),
    },
    effect: 'replace',
    idempotent: true,
    run: async ({ path, content, encoding }, { workspace, signal }) => {
      const data = Buffer.from(content, encoding);
      await workspace.mkdir(posix.dirname(posix.join('/', path)), { recursive: true });
      await workspace.writeFile(path, data, { signal });
      return told(`wrote ${data.length} bytes to ${path}`);
    },
  }),

  tool({
    name: 'edit',
    title: 'Edit a file',
    description:
      'Replaces a text in a file by another. The old text must be there exactly, with its white space, and once; with ' +
      '`all` every place is replaced.',
    input: {
      path: pathInput('The file'),
      old: z.string().min(1).describe('The text as it stands'),
      new: z.string().describe('What comes in its place'),
      all: z.boolean().default(false).describe('Replace it wherever it stands'),
    },
    effect: 'replace',
    run: async ({ path, old, new: to, all }, { workspace, signal }) => {
      const { size } = await workspace.stat(path);
      if (size > EDIT_BYTES) {
        throw new AgentFsError('EFBIG', `'${path}' has ${size} bytes, more than can be edited as a text`, {
          operation: 'edit',
          path,
          hint: `Files up to ${EDIT_BYTES} bytes can be edited.`,
        });
      }
      const before = await workspace.readFile(path, { signal });
      if (looksBinary(before) || !before.equals(Buffer.from(before.toString()))) {
        throw new AgentFsError('INVALID_ARGUMENT', `'${path}' is no text in UTF-8`, {
          operation: 'edit',
          path,
          hint: 'Replace all of it with write and encoding base64.',
        });
      }
      const { text, count } = editText(before.toString(), { path, from: old, to, all });
      await workspace.writeFile(path, text, { signal });
      return told(`replaced ${count === 1 ? 'it once' : `it in ${count} places`} in ${path}`);
    },
  }),

  tool({
    name: 'list',
    title: 'List a directory',
    description:
      'What is in a directory, a line each: kind, size in bytes, last change, path. Directories end in a slash.',
    input: {
      path: pathInput('The directory').default('/'),
      recursive: z.boolean().default(false).describe('Go into its directories too'),
      limit: z.int().min(1).max(10_000).default(ENTRIES).describe('Entries to show'),
    },
    effect: 'read',
    run: async ({ path, recursive, limit }, { workspace, signal }) => {
      const lines: string[] = [];
      const waiting = [path];
      for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
        for (const { name, kind, stat } of await workspace.readdir(at, { stat: true })) {
          signal.throwIfAborted();
          const place = posix.join('/', at, name);
          if (lines.length === limit)
            return told([...lines, `[more than ${limit} entries: list a directory below]`].join('\n'));
          const changed = new Date(stat.mtime.sec * 1000).toISOString();
          lines.push(`${kind} ${stat.size} ${changed} ${place}${kind === 'directory' ? '/' : ''}`);
          if (recursive && kind === 'directory') waiting.push(place);
        }
      }
      return told(lines.length === 0 ? '[the directory is empty]' : lines.join('\n'));
    },
  }),

  tool({
    name: 'move',
    title: 'Move or rename',
    description: 'Gives a file or directory another path. What is there already is not replaced.',
    input: { from: pathInput('What is moved'), to: pathInput('Its path from now on') },
    effect: 'replace',
    run: async ({ from, to }, { workspace }) => {
      await workspace.rename(from, to, { noReplace: true });
      return told(`moved ${from} to ${to}`);
    },
  }),

  tool({
    name: 'remove',
    title: 'Remove',
    description:
      'Removes a file, or a directory that is empty; with `recursive` a directory with all that is in it.',
    input: {
      path: pathInput('What is removed'),
      recursive: z.boolean().default(false).describe('Remove what is in the directory too'),
    },
    effect: 'replace',
    run: async ({ path, recursive }, { workspace, signal }) => {
      const { kind } = await workspace.lstat(path);
      if (kind === 'directory' && !recursive) await workspace.rmdir(path);
      else await workspace.rm(path, { recursive, signal });
      return told(`removed ${path}`);
    },
  }),
];

async function lookAt(workspace: Workspace, path: string): Promise<{ size: number; beginning: Buffer }> {
  await using file = await workspace.openFile(path);
  return { size: file.stats.size, beginning: await file.read(0, LOOK_BYTES) };
}

async function showBinary(workspace: Workspace, path: string, size: number) {
  const mimeType = IMAGES[posix.extname(path).toLowerCase()];
  if (mimeType === undefined || size > IMAGE_BYTES) return told(`[${path} is no text: ${size} bytes]`);
  const data = (await workspace.readFile(path)).toString('base64');
  return { content: [{ type: 'image' as const, data, mimeType }] };
}
