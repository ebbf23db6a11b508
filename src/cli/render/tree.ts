/**
 * A directory tree as lines, with its counts below. Pure.
 */
import { markOf } from './files.js';
import type { Palette } from './palette.js';
import { plural } from './quantities.js';
import { printable } from './table.js';

export interface TreeNode {
  readonly name: string;
  readonly kind: string;
  /** Bytes, of what is no directory. */
  readonly size?: number;
  /** Absent where it is no directory or was not looked into. */
  readonly children?: readonly TreeNode[];
}

export function renderTree(root: TreeNode, palette: Palette): string {
  const counts = { directories: 0, files: 0 };
  const lines = [palette.bold(printable(root.name))];
  draw(root, '', { lines, counts, palette });
  return [
    ...lines,
    '',
    `${plural(counts.directories, 'directory', 'directories')}, ${plural(counts.files, 'file')}`,
  ].join('\n');
}

interface Drawing {
  readonly lines: string[];
  readonly counts: { directories: number; files: number };
  readonly palette: Palette;
}

function draw(node: TreeNode, indent: string, drawing: Drawing): void {
  const children = node.children ?? [];
  for (const [index, child] of children.entries()) {
    const last = index === children.length - 1;
    const directory = child.kind === 'directory';
    if (directory) drawing.counts.directories += 1;
    else drawing.counts.files += 1;
    const name = printable(child.name) + markOf(child.kind);
    drawing.lines.push(`${indent}${last ? '└── ' : '├── '}${directory ? drawing.palette.bold(name) : name}`);
    draw(child, `${indent}${last ? '    ' : '│   '}`, drawing);
  }
}
