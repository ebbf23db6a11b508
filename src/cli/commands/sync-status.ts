/**
 * `agentfs sync status`.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { renderSyncStatus } from '../render/sync-status.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const workspace = await context.workspace(input.operand(0));
  const status = await workspace.sync.status(input.text('remote'));
  context.output.answer(status, () => renderSyncStatus(status, context.output.palette));
}
