/**
 * `agentfs sync conflicts`.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { EXIT_CONFLICTS, EXIT_DONE } from '../exit-codes.js';
import { renderConflicts, renderResolveCommands } from '../render/sync-report.js';

export async function run(context: Context, input: CommandInput): Promise<number> {
  const name = input.operand(0);
  const workspace = await context.workspace(name);
  const conflicts = await workspace.sync.conflicts(input.text('remote'));
  context.output.answer(conflicts, () =>
    conflicts.length === 0
      ? renderConflicts(conflicts)
      : `${renderConflicts(conflicts)}\n\n${renderResolveCommands(name)}`,
  );
  return conflicts.length > 0 ? EXIT_CONFLICTS : EXIT_DONE;
}
