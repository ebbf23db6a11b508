/**
 * `agentfs sync config`: changes what is given, then prints all that is set; or says why a path is synced or not.
 */
import type { FilterExplanation, SyncConfig } from '../../sdk/typescript/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { keepSyncing } from '../keep-syncing.js';
import { printable, renderFields } from '../render/table.js';
import { readSyncConfig } from '../sync-settings.js';
import { readGivenToken } from '../token.js';

const PRECEDENCE = 'exclude beats include; in a list the last pattern that matches counts, and ! takes back';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const token = readGivenToken(input);
  const changes = { ...readSyncConfig(input), ...(token === undefined ? {} : { token }) };
  const remote = input.text('remote');
  const options = remote === undefined ? {} : { remote };
  const path = input.text('explain');
  const workspace = await context.workspace(input.operand(0));
  const config = await workspace.sync.config(changes, options);
  const isChanged = Object.keys(changes).length > 0;
  if (isChanged) await keepSyncing(context, workspace);
  if (path !== undefined) {
    const explanation = await workspace.sync.explain(path, options);
    context.output.answer(explanation, () => renderExplanation(explanation));
  } else if (isChanged) context.output.done(config, () => renderConfig(config));
  else context.output.answer(config, () => renderConfig(config));
}

function renderExplanation({ path, isDirectory, included, reason }: FilterExplanation): string {
  const name = printable(isDirectory && path !== '/' ? `${path}/` : path);
  return `${name}: ${included ? 'synced' : 'not synced'}\n${printable(reason)}`;
}

function renderConfig(config: SyncConfig): string {
  const globs = (list: readonly string[], none: string) =>
    list.length === 0 ? none : list.map((glob) => printable(/\s/.test(glob) ? `'${glob}'` : glob)).join(' ');
  const isFiltered = config.include.length + config.exclude.length > 0;
  return renderFields([
    ['Mode', config.mode],
    ['Interval', `${config.interval} s`],
    ['Conflict resolution', config.conflictResolution],
    ['Batch size', String(config.batchSize)],
    ['Include', globs(config.include, 'everything')],
    ['Exclude', globs(config.exclude, 'nothing')],
    ...(isFiltered ? [['Precedence', PRECEDENCE] as const] : []),
    ['Compression', String(config.compression)],
    ['Timeout', `${config.timeout} s`],
    ['Keep', config.keep],
  ]);
}
