/**
 * `agentfs start`: from nothing to a mounted, syncing workspace in one command, until a signal ends it.
 *
 * Each step is skipped where it is done already, so that a second start goes on where the first one ended. The mount
 * is served by a background owner; what this process began it ends, what was there before it stays.
 */
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AgentFsError } from '../../base/index.js';
import { type MountInfo, ownerOf, type Workspace } from '../../sdk/typescript/index.js';
import type { CommandInput } from '../command-input.js';
import { commandName } from '../command-name.js';
import type { Context } from '../context.js';
import { LiveStatus } from '../live-status.js';
import { readMountOptions } from '../mount-options.js';
import { printable } from '../render/table.js';
import { readSyncConfig } from '../sync-settings.js';
import { readToken } from '../token.js';
import { waitForSignal } from '../wait-for-signal.js';

const DEFAULT_WORKSPACE = 'my-workspace';
const DEFAULT_REMOTE = 'origin';
const BUSY_RETRY_MS = 500;

export async function run(context: Context, input: CommandInput): Promise<number> {
  const name = input.optionalOperand(0) ?? DEFAULT_WORKSPACE;
  const directory = resolve(input.optionalOperand(1) ?? join(homedir(), 'agentfs', name));
  const workspace = await context.workspace(name, { create: true });
  const before = await ownerOf(workspace.record);
  const signal = waitForSignal();
  await workspace.startOwner();
  let mount: MountInfo | undefined;
  try {
    await enableSync(context, workspace, input);
    mount = before?.mounts.find((other) => other.mountpoint === directory);
    if (mount === undefined) {
      await mkdir(directory, { recursive: true });
      mount = (await workspace.mount(directory, readMountOptions(input))).info;
    }
    await announce(context, workspace, mount);
  } catch (error) {
    if (before?.kind !== 'background') await workspace.service.call('owner.stop', {}).catch(() => {});
    throw error;
  }
  const live = new LiveStatus(context.output, workspace, DEFAULT_REMOTE);
  live.begin();
  const exitCode = await signal.first;
  await live.end();
  context.output.note('Syncing what is pending and unmounting…');
  const stay = before?.kind === 'background';
  await endWhenFree(context, signal.second, async (force) => {
    if (stay) await workspace.unmount(mount.mountpoint, { force });
    else await workspace.service.call('owner.stop', { force });
  });
  context.output.note(`Unmounted ${printable(mount.mountpoint)}`);
  return exitCode;
}

/** Enables the remote that was asked for, or the embedded default where there is none; applies what was given. */
async function enableSync(context: Context, workspace: Workspace, input: CommandInput): Promise<void> {
  const tursoDb = input.text('tursoDb');
  const config = readSyncConfig(input);
  const enabled = (await workspace.sync.remotes()).includes(DEFAULT_REMOTE);
  if (tursoDb === undefined && enabled) {
    if (Object.keys(config).length > 0) await workspace.sync.config(config);
    return;
  }
  if (tursoDb === undefined) {
    const { home } = await context.agentfs();
    await workspace.sync.enable({ ...config, tursoDb: pathToFileURL(join(home, 'remote.db')).href });
    return;
  }
  if (enabled && (await workspace.sync.status()).url === tursoDb) {
    if (Object.keys(config).length > 0) await workspace.sync.config(config);
    return;
  }
  const token = readToken(input);
  await workspace.sync.enable({ ...config, tursoDb, ...(token === undefined ? {} : { token }) });
}

async function announce(context: Context, workspace: Workspace, mount: MountInfo): Promise<void> {
  const { output } = context;
  const { url, mode } = await workspace.sync.status();
  const { bold } = output.palette;
  const command = commandName();
  output.done({ ...mount, url, mode }, () =>
    [
      `${workspace.name} is mounted at ${bold(printable(mount.mountpoint))}`,
      `It syncs with ${printable(url)} (${mode})`,
      '',
      'Try, in another terminal:',
      `  cd ${printable(mount.mountpoint)} && echo hello > hello.txt && git init`,
      `  ${command} sync status ${workspace.name}`,
      `  ${command} fs tree ${workspace.name}`,
      '',
      'Ctrl-C syncs what is pending and unmounts.',
      '',
    ].join('\n'),
  );
}

/** Tries until nothing uses the mount, or a second signal forces it. */
async function endWhenFree(
  context: Context,
  second: Promise<number>,
  attempt: (force: boolean) => Promise<void>,
): Promise<void> {
  let force = false;
  let told = false;
  void second.then(() => {
    force = true;
  });
  for (;;) {
    try {
      await attempt(force);
      return;
    } catch (error) {
      if (!(error instanceof AgentFsError) || error.code !== 'MOUNTPOINT_BUSY' || force) throw error;
      if (!told)
        context.output.warn(`${error.message}; waiting until it is free. Ctrl-C again unmounts all the same`);
      told = true;
    }
    await Promise.race([second, new Promise((done) => setTimeout(done, BUSY_RETRY_MS))]);
  }
}
