/**
 * `mount -f`: the owner as a child of this process, with its log on stderr, until it ends or a signal ends it.
 */
import { resolve } from 'node:path';
import { AgentFsError } from '../base/index.js';
import type { Workspace } from '../sdk/typescript/index.js';
import type { CommandInput } from './command-input.js';
import type { Context } from './context.js';
import { EXIT_INTERRUPTED, EXIT_TERMINATED } from './exit-codes.js';
import { readMountOptions, readOwnerOptions } from './mount-options.js';
import { printable } from './render/table.js';

/** Resolves to the owner's exit code, 130 or 143 where a signal ended it. */
export async function serveForeground(
  context: Context,
  workspace: Workspace,
  request: { readonly directory: string; readonly input: CommandInput },
): Promise<number> {
  const { directory, input } = request;
  const { child, exited } = await workspace.startOwner({ ...readOwnerOptions(input), foreground: true });
  if (child === undefined || exited === undefined) {
    throw new AgentFsError('INTERNAL', 'the owner is not a child of this process', { operation: 'mount' });
  }
  let signalled: number | undefined;
  const end = (code: number) => () => {
    signalled = code;
    void stopOwner(context, workspace.name);
  };
  process.on('SIGINT', end(EXIT_INTERRUPTED));
  process.on('SIGTERM', end(EXIT_TERMINATED));
  try {
    const info = await workspace.service.call('mount.add', {
      mountpoint: resolve(directory),
      ...readMountOptions(input),
    });
    context.output.done(
      info,
      () => `Mounted ${workspace.name} at ${printable(info.mountpoint)}; Ctrl-C unmounts`,
    );
    // A client would keep the owner from ending by itself when the mount goes.
    await workspace.close();
  } catch (error) {
    child.kill('SIGTERM');
    await exited;
    throw error;
  }
  const code = await exited;
  return signalled ?? code;
}

/**
 * Asks rather than signals: a terminal's Ctrl-C has reached the child as well, and a second signal would end it before
 * it has flushed.
 */
async function stopOwner(context: Context, name: string): Promise<void> {
  const afs = await context.agentfs();
  const workspace = await afs.workspace.get(name, { own: false });
  try {
    await workspace.service.call('owner.stop', { force: true });
  } catch {
    // It is ending already.
  } finally {
    await workspace.close();
  }
}
