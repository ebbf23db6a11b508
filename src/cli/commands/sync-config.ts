/**
 * `agentfs sync config`: changes what is given, then prints all that is set.
 */
import type { SyncConfig } from '../../sdk/typescript/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { keepSyncing } from '../keep-syncing.js';
import { renderFields } from '../render/table.js';
import { readSyncConfig } from '../sync-settings.js';
import { readGivenToken } from '../token.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const token = readGivenToken(input);
  const changes = { ...readSyncConfig(input), ...(token === undefined ? {} : { token }) };
  const remote = input.text('remote');
  const workspace = await context.workspace(input.operand(0));
  const config = await workspace.sync.config(changes, remote === undefined ? {} : { remote });
  if (Object.keys(changes).length === 0) {
    context.output.answer(config, () => renderConfig(config));
    return;
  }
  await keepSyncing(context, workspace);
  context.output.done(config, () => renderConfig(config));
}

function renderConfig(config: SyncConfig): string {
  const globs = (list: readonly string[], none: string) => (list.length === 0 ? none : list.join(' '));
  return renderFields([
    ['Mode', config.mode],
    ['Interval', `${config.interval} s`],
    ['Conflict resolution', config.conflictResolution],
    ['Batch size', String(config.batchSize)],
    ['Include', globs(config.include, 'everything')],
    ['Exclude', globs(config.exclude, 'nothing')],
    ['Compression', String(config.compression)],
    ['Timeout', `${config.timeout} s`],
    ['Keep', config.keep],
  ]);
}
