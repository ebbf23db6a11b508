/**
 * `agentfs sync enable`.
 */
import { AgentFsError } from '../../base/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { keepSyncing } from '../keep-syncing.js';
import { renderSyncStatus } from '../render/sync-status.js';
import { readSyncConfig } from '../sync-settings.js';
import { readToken } from '../token.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const name = input.operand(0);
  const tursoDb = input.text('tursoDb');
  if (tursoDb === undefined) {
    throw new AgentFsError('USAGE', 'sync enable needs --turso-db', {
      hint: `agentfs sync enable ${name} --turso-db libsql://<database>.turso.io, or file:/a/path.db without an account`,
    });
  }
  const token = readToken(input);
  const remote = input.text('remote');
  const workspace = await context.workspace(name);
  const status = await workspace.sync.enable({
    tursoDb,
    ...readSyncConfig(input),
    ...(token === undefined ? {} : { token }),
    ...(remote === undefined ? {} : { remote }),
  });
  await keepSyncing(context, workspace);
  context.output.done(status, () => renderSyncStatus(status, context.output.palette));
}
