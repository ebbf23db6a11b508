/**
 * `agentfs sync pull`.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { runSync } from '../sync-run.js';

export async function run(context: Context, input: CommandInput): Promise<number> {
  return await runSync(context, input, 'pull');
}
