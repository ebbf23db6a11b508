/**
 * One push or pull by hand, and what is said of it. Pending conflicts are told in a table and end with EXIT_CONFLICTS,
 * since the rest has been synced.
 */
import { AgentFsError } from '../base/index.js';
import type { Conflict } from '../sdk/typescript/index.js';
import type { CommandInput } from './command-input.js';
import type { Context } from './context.js';
import { EXIT_CONFLICTS, EXIT_DONE } from './exit-codes.js';
import { renderPast } from './render/history.js';
import { renderConflicts, renderResolveCommands, renderSyncReport } from './render/sync-report.js';
import { readRunOptions } from './sync-settings.js';
import { TransferBar } from './transfer-bar.js';

const DEFAULT_REMOTE = 'origin';

export async function runSync(
  context: Context,
  input: CommandInput,
  direction: 'push' | 'pull',
): Promise<number> {
  const { output } = context;
  const name = input.operand(0);
  const options = readRunOptions(input);
  const workspace = await context.workspace(name);
  try {
    const bar = new TransferBar(output);
    const report = await bar.during(workspace, options.remote ?? DEFAULT_REMOTE, () =>
      workspace.sync[direction](options),
    );
    const undecided = report.conflicts.filter((conflict) => conflict.winner === undefined);
    output.done(report, () => {
      const dryRun = options.dryRun === true;
      const summary =
        report.past === undefined
          ? renderSyncReport(direction, report, dryRun)
          : renderPast(report.past, { dryRun, workspace: name, before: report.revision });
      if (undecided.length === 0) return summary;
      return `${summary}\n${renderConflicts(undecided)}\n\n${renderResolveCommands(name)}`;
    });
    return undecided.length === 0 ? EXIT_DONE : EXIT_CONFLICTS;
  } catch (error) {
    const conflicts = conflictsOf(error);
    if (conflicts !== undefined && !output.json) {
      output.answer(undefined, () => `${renderConflicts(conflicts)}\n\n${renderResolveCommands(name)}`);
    }
    throw error;
  }
}

/** The conflicts that a SyncConflictError carries. */
function conflictsOf(error: unknown): readonly Conflict[] | undefined {
  if (!(error instanceof AgentFsError) || error.code !== 'SYNC_CONFLICT') return undefined;
  const { conflicts } = error as AgentFsError & { readonly conflicts?: readonly Conflict[] };
  return conflicts;
}
