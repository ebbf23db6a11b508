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
  if (name !== undefined) return await examineWorkspace(context, name);
  return input.flag('check') ? await examineAll(context) : examineMachine(context);
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

interface Examined {
  readonly workspace: string;
  readonly healthy: boolean;
  readonly problems: readonly string[];
}

async function examineWorkspace(context: Context, name: string): Promise<number> {
  const examined = await examine(context, name);
  context.output.answer(examined, () => textOf(examined));
  return examined.healthy ? EXIT_DONE : EXIT_FAILED;
}

async function examineAll(context: Context): Promise<number> {
  const workspaces: Examined[] = [];
  for (const { name } of await (await context.agentfs()).workspace.list()) {
    workspaces.push(await examine(context, name));
  }
  const healthy = workspaces.every((examined) => examined.healthy);
  context.output.answer({ healthy, workspaces }, () =>
    workspaces.length === 0 ? 'There is no workspace yet' : workspaces.map(textOf).join('\n'),
  );
  return healthy ? EXIT_DONE : EXIT_FAILED;
}

async function examine(context: Context, name: string): Promise<Examined> {
  const problems = await (await context.workspace(name)).check();
  return { workspace: name, healthy: problems.length === 0, problems };
}

function textOf({ workspace, healthy, problems }: Examined): string {
  return healthy ? `The database of ${workspace} is sound` : problems.map(printable).join('\n');
}
