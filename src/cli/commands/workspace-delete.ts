/**
 * `agentfs workspace delete`: asks on a terminal, else insists on --yes.
 */
import { createInterface } from 'node:readline/promises';
import { AgentFsError } from '../../base/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { EXIT_FAILED } from '../exit-codes.js';

export async function run(context: Context, input: CommandInput): Promise<number | undefined> {
  const name = input.operand(0);
  const afs = await context.agentfs();
  if (!input.flag('yes')) {
    // A name that does not exist is told before anything is asked.
    const workspace = await afs.workspace.get(name);
    await workspace.close();
    if (!(await confirm(context, `Delete workspace ${name} and everything in it? [y/N] `))) {
      context.output.note('Nothing was deleted');
      return EXIT_FAILED;
    }
  }
  await afs.workspace.delete(name);
  context.output.done({ deleted: name }, () => `Deleted workspace ${name}`);
  return undefined;
}

async function confirm(context: Context, question: string): Promise<boolean> {
  if (context.output.json || !process.stdin.isTTY || !process.stderr.isTTY) {
    throw new AgentFsError('USAGE', 'deleting needs a yes, and there is nobody to ask', {
      operation: 'delete workspace',
      hint: 'Add --yes.',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}
