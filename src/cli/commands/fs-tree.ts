/**
 * `agentfs fs tree`: a directory and what is below it, drawn with lines.
 */
import type { Workspace } from '../../sdk/typescript/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { listDirectory } from '../listing.js';
import { renderTree, type TreeNode } from '../render/tree.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const path = input.optionalOperand(1) ?? '/';
  const workspace = await context.workspace(input.operand(0));
  const children = await readTree(workspace, path, input.integer('depth') ?? Number.POSITIVE_INFINITY);
  const tree: TreeNode = { name: path, kind: 'directory', children };
  context.output.answer(tree, () => renderTree(tree, context.output.palette));
}

async function readTree(workspace: Workspace, path: string, depth: number): Promise<TreeNode[]> {
  const nodes: TreeNode[] = [];
  for (const { name, kind, size } of await listDirectory(workspace, path)) {
    if (kind !== 'directory') nodes.push({ name, kind, size });
    else if (depth <= 1) nodes.push({ name, kind });
    else nodes.push({ name, kind, children: await readTree(workspace, `${path}/${name}`, depth - 1) });
  }
  return nodes;
}
