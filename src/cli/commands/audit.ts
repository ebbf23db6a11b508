/**
 * `agentfs audit`: who did what to a workspace.
 */
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { auditDetail } from '../render/audit-detail.js';
import { printable, renderTable } from '../render/table.js';

const AGENT_SHOWN = 8;

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const workspace = await context.workspace(input.operand(0));
  const remote = input.text('remote');
  const limit = input.integer('limit');
  const log = await workspace.audit({
    ...(remote === undefined ? {} : { remote }),
    ...(limit === undefined ? {} : { limit }),
  });
  if (!log.complete) context.output.note('The remote cannot be asked: what others did is not shown');
  context.output.answer(log, () =>
    log.entries.length === 0
      ? 'Nothing was noted yet'
      : renderTable(
          [
            { title: 'time' },
            { title: 'agent' },
            { title: 'action' },
            { title: 'revision', align: 'right' },
            { title: 'detail' },
          ],
          log.entries.map(({ at, agent, self, action, revision, detail }) => [
            at,
            `${printable(agent.slice(0, AGENT_SHOWN))}${self ? ' (this one)' : ''}`,
            printable(action),
            revision === undefined ? '' : String(revision),
            printable(auditDetail(detail)),
          ]),
        ),
  );
}
