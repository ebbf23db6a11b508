/**
 * `agentfs workspace list`.
 */
import { rfc3339 } from '../../base/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { printable, renderTable } from '../render/table.js';

export async function run(context: Context, _input: CommandInput): Promise<undefined> {
  const afs = await context.agentfs();
  const workspaces = await afs.workspace.list();
  context.output.answer(workspaces, () =>
    workspaces.length === 0
      ? 'There is no workspace yet. Create one: agentfs workspace create <name>'
      : renderTable(
          [{ title: 'name' }, { title: 'created' }, { title: 'database' }],
          workspaces.map((record) => [record.name, rfc3339(record.createdAt), printable(record.database)]),
        ),
  );
}
