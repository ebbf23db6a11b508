/**
 * `agentfs agents`: who syncs a workspace.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { formatCount } from '../render/quantities.js';
import { printable, renderTable } from '../render/table.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const workspace = await context.workspace(input.operand(0));
  const agents = await workspace.sync.agents(input.text('remote'));
  context.output.answer(agents, () =>
    agents.length === 0
      ? 'No agent has been seen yet'
      : renderTable(
          [
            { title: 'agent' },
            { title: 'host' },
            { title: 'last seen' },
            { title: 'revision', align: 'right' },
            { title: '' },
          ],
          agents.map(({ agent, host, lastSeen, revision, self }) => [
            printable(agent),
            printable(host),
            lastSeen,
            formatCount(revision),
            self ? '(this one)' : '',
          ]),
        ),
  );
}
