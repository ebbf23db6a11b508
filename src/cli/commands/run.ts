/**
 * `agentfs run`: a command in a mount that lasts as long as the command, or in the one that is there.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentFsError } from '../../base/index.js';
import type { Workspace } from '../../sdk/typescript/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { reportFailure } from '../failure.js';
import { readMountOptions } from '../mount-options.js';

/** As sh(1) has them. */
const EXIT_NO_PROGRAM = 127;
const EXIT_CANNOT_EXECUTE = 126;

export async function run(context: Context, input: CommandInput): Promise<number> {
  const workspace = await context.workspace(input.operand(0), { create: input.flag('create') });
  const command = input.restOperands(1);
  const afs = await context.agentfs();
  const summary = (await afs.workspace.list()).find((other) => other.name === workspace.name);
  const existing = summary?.owner?.mounts[0];
  if (existing !== undefined)
    return await runIn(context, workspace, { directory: existing.mountpoint, command });

  const directory = await mkdtemp(join(tmpdir(), `agentfs-${workspace.name}-`));
  try {
    const mount = await workspace.mount(directory, readMountOptions(input));
    try {
      return await runIn(context, workspace, { directory, command });
    } finally {
      // What the command left running in the background may still use it.
      await mount.unmount().catch(async (error: unknown) => {
        if (!(error instanceof AgentFsError) || error.code !== 'MOUNTPOINT_BUSY') throw error;
        context.output.warn(
          'something that the command started still uses the mount; unmounting all the same',
        );
        await mount.unmount({ force: true });
      });
    }
  } finally {
    await rmdir(directory).catch(() => {});
  }
}

/** The command's exit code; 128 and its number where a signal ended it; 127 and 126 as a shell has them. */
async function runIn(
  context: Context,
  workspace: Workspace,
  at: { readonly directory: string; readonly command: readonly string[] },
): Promise<number> {
  const { directory, command } = at;
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    cwd: directory,
    stdio: 'inherit',
    env: { ...process.env, PWD: directory, AGENTFS_WORKSPACE: workspace.name },
  });
  // The terminal signals the command itself; this process stays to unmount.
  const ignore = (): void => {};
  const forward = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', ignore);
  process.on('SIGTERM', forward);
  try {
    return await new Promise((resolve) => {
      child.on('exit', (code, signal) =>
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
      );
      child.on('error', (error: NodeJS.ErrnoException) => resolve(cannotRun(context, program, error)));
    });
  } finally {
    process.off('SIGINT', ignore);
    process.off('SIGTERM', forward);
  }
}

/** Says why and returns the exit code that a shell would give: 127 where there is no such program, else 126. */
function cannotRun(context: Context, program: string, error: NodeJS.ErrnoException): number {
  const absent = error.code === 'ENOENT';
  const failure = new AgentFsError(absent ? 'ENOENT' : 'EACCES', `cannot run ${program}: ${error.message}`, {
    operation: 'run',
    hint: absent ? 'Is it installed and on PATH?' : 'Is it executable?',
    cause: error,
  });
  reportFailure(failure, context.output);
  return absent ? EXIT_NO_PROGRAM : EXIT_CANNOT_EXECUTE;
}
