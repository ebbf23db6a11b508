/**
 * `agentfs fs ls`: names in the order of their bytes, one a line.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { listDirectory } from '../listing.js';
import { markOf, renderLongListing } from '../render/files.js';
import { printable } from '../render/table.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const path = input.optionalOperand(1) ?? '/';
  const workspace = await context.workspace(input.operand(0));
  const entries = await listDirectory(workspace, path);
  context.output.answer(entries, () =>
    input.flag('long')
      ? renderLongListing(entries)
      : entries.map((entry) => printable(entry.name) + markOf(entry.kind)).join('\n'),
  );
}
