/**
 * `agentfs umount`: by directory or by workspace; a mount whose owner has died, too. Returns when all is durable.
 */
import { resolve } from 'node:path';
import { AgentFsError } from '../../base/index.js';
import { isSilent, ownerOf } from '../../sdk/typescript/index.js';
import { mountSourceOf, resolveDatabase, type WorkspaceRecord } from '../../workspace/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { clearOrphan, findMount, findMountOf, type MountEntry } from '../mount-table.js';
import { plural } from '../render/quantities.js';
import { printable } from '../render/table.js';

export async function run(context: Context, input: CommandInput): Promise<undefined> {
  const given = input.operand(0);
  const force = input.flag('force');
  const entry = findMount(given);
  const name = entry === undefined ? given : await workspaceOf(context, entry);
  if (name === undefined) {
    // `entry` is a mount of no workspace of this home.
    clearOrphan(entry as MountEntry, { force });
    context.output.done(
      { removed: [entry?.mountpoint], ownerStays: false },
      () => `Unmounted ${printable(given)}`,
    );
    return;
  }
  const workspace = await context.workspace(name).catch((error: unknown) => {
    throw notMounted(given, error);
  });
  if (force) {
    const cut = await cutWhereSilent(workspace.record, entry);
    if (cut !== undefined) {
      context.output.done({ removed: [cut.mountpoint], ownerStays: true }, () => {
        const silent = `the process that owns ${name} does not answer, and was left as it is`;
        return `Unmounted ${printable(cut.mountpoint)}; ${silent}`;
      });
      return;
    }
  }
  const result = await workspace.unmount(entry?.mountpoint, { force });
  context.output.done(result, () => {
    const gone = result.removed.map((mountpoint) => `Unmounted ${printable(mountpoint)}`);
    if (result.ownerStays)
      gone.push(`A background process goes on syncing ${name}; end it: agentfs stop ${name}`);
    return gone.join('\n') || `Nothing was mounted (${plural(0, 'mount')})`;
  });
}

/**
 * Takes away the mount of an owner that is there and does not answer. What it had acknowledged is in its memory yet: when it
 * goes on it finds the mount gone, and writes it.
 */
async function cutWhereSilent(
  record: WorkspaceRecord,
  entry: MountEntry | undefined,
): Promise<MountEntry | undefined> {
  try {
    await ownerOf(record);
    return undefined;
  } catch (error) {
    if (!isSilent(error)) throw error;
  }
  const mounted = entry ?? findMountOf(mountSourceOf(record.name, await resolveDatabase(record.database)));
  if (mounted !== undefined) clearOrphan(mounted, { force: true });
  return mounted;
}

/** The workspace of this home that is mounted there, or undefined. */
async function workspaceOf(context: Context, entry: MountEntry): Promise<string | undefined> {
  const afs = await context.agentfs();
  const summaries = await afs.workspace.list();
  const served = summaries.find((summary) =>
    summary.owner?.mounts.some((mount) => mount.mountpoint === entry.mountpoint),
  );
  if (served !== undefined) return served.name;
  // Its owner has died: the mount table still tells whose it was.
  for (const { name, database, owner } of summaries) {
    if (owner !== null) continue;
    if (entry.source === mountSourceOf(name, await resolveDatabase(database).catch(() => database)))
      return name;
  }
  return undefined;
}

/** What was given is neither a mount nor a workspace. */
function notMounted(given: string, error: unknown): unknown {
  const unknown =
    error instanceof AgentFsError && ['WORKSPACE_NOT_FOUND', 'WORKSPACE_INVALID_NAME'].includes(error.code);
  if (!unknown) return error;
  return new AgentFsError('NOT_MOUNTED', `nothing of AgentFS is mounted at ${printable(resolve(given))}`, {
    operation: 'umount',
    path: resolve(given),
    hint: 'agentfs mount lists the mounts; give a directory or a workspace of it.',
  });
}
