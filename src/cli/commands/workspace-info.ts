/**
 * `agentfs workspace info`.
 */
import { rfc3339 } from '../../base/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { formatBytes, formatCount } from '../render/quantities.js';
import { printable, renderFields } from '../render/table.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const workspace = await context.workspace(input.operand(0));
  const info = await workspace.info();
  const { owner, filesystem } = info;
  context.output.answer(info, () =>
    renderFields([
      ['Workspace', info.name],
      ['Database', `${printable(info.database)} (${formatBytes(info.databaseBytes)})`],
      ['Created', rfc3339(info.createdAt)],
      ['Agent', info.agent],
      ['Files', formatCount(filesystem.files - filesystem.filesFree)],
      ['Owner', owner.kind === 'background' ? `background process ${owner.pid}` : 'none running'],
      ...owner.mounts.map((mount): [string, string] => ['Mounted at', printable(mount.mountpoint)]),
    ]),
  );
}
