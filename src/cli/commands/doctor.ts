/**
 * `agentfs doctor`: what this machine lacks; with a workspace, whether its database is sound.
 */
import { resolveHome } from '../../workspace/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { type Check, checkMachine, isHealthy } from '../doctor/checks.js';
import { readMachineFacts } from '../doctor/machine.js';
import { EXIT_DONE, EXIT_FAILED } from '../exit-codes.js';
import type { Palette } from '../render/palette.js';
import { printable } from '../render/table.js';

export async function run(context: Context, input: CommandInput): Promise<number> {
  const name = input.optionalOperand(0);
  return name === undefined ? examineMachine(context) : await examineWorkspace(context, name);
}

function examineMachine(context: Context): number {
  const checks = checkMachine(readMachineFacts(resolveHome(context.home)));
  const healthy = isHealthy(checks);
  context.output.answer({ healthy, checks }, () =>
    [
      ...checks.flatMap((check) => describe(check, context.output.palette)),
      '',
      healthy ? 'This machine has what AgentFS needs' : 'This machine lacks something that AgentFS needs',
    ].join('\n'),
  );
  return healthy ? EXIT_DONE : EXIT_FAILED;
}

function describe(check: Check, palette: Palette): string[] {
  const mark = check.ok
    ? palette.green('ok     ')
    : check.required
      ? palette.red('missing')
      : palette.yellow('absent ');
  const line = `${mark}  ${check.name}: ${printable(check.detail)}`;
  return check.remedy === undefined ? [line] : [line, `         ${palette.dim('remedy:')} ${check.remedy}`];
}

async function examineWorkspace(context: Context, name: string): Promise<number> {
  const workspace = await context.workspace(name);
  const problems = await workspace.check();
  const healthy = problems.length === 0;
  context.output.answer({ workspace: name, healthy, problems }, () =>
    healthy ? `The database of ${name} is sound` : problems.map(printable).join('\n'),
  );
  return healthy ? EXIT_DONE : EXIT_FAILED;
}
