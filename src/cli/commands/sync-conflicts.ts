/**
 * `agentfs sync conflicts`.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { EXIT_CONFLICTS, EXIT_DONE } from '../exit-codes.js';
import { renderConflicts } from '../render/sync-report.js';

export async function run(context: Context, input: CommandInput): Promise<number> {
  const workspace = await context.workspace(input.operand(0));
  const conflicts = await workspace.sync.conflicts(input.text('remote'));
  context.output.answer(conflicts, () => renderConflicts(conflicts));
  return conflicts.length > 0 ? EXIT_CONFLICTS : EXIT_DONE;
}
