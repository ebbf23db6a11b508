/**
 * `agentfs fs write`: a file from an argument, a local file or standard input.
 */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path/posix';
import { AgentFsError } from '../../base/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { formatBytes } from '../render/quantities.js';
import { printable } from '../render/table.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const path = input.operand(1);
  const data = await readSource(input);
  const workspace = await context.workspace(input.operand(0));
  if (input.flag('parents')) await workspace.mkdir(dirname(path), { recursive: true });
  await workspace.writeFile(path, data, { flag: input.flag('append') ? 'a' : 'w' });
  context.output.done(
    { path, written: data.length },
    () => `Wrote ${formatBytes(data.length)} to ${printable(path)}`,
  );
}

async function readSource(input: CommandInput): Promise<Uint8Array> {
  const text = input.optionalOperand(2);
  const from = input.text('from');
  if (text !== undefined && from !== undefined) {
    throw new AgentFsError('USAGE', 'a text and --from exclude each other', { hint: 'Give one of them.' });
  }
  if (text !== undefined) return Buffer.from(text);
  if (from === undefined || from === '-') return await readStandardInput();
  try {
    return await readFile(from);
  } catch (cause) {
    throw new AgentFsError('USAGE', `the local file cannot be read: ${(cause as Error).message}`, {
      path: from,
      hint: 'Give a file that this user can read, or - for standard input.',
      cause,
    });
  }
}

async function readStandardInput(): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of process.stdin) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}
