/**
 * `agentfs mount`: a background process serves the mount, or with -f a child of this one; never this process itself,
 * which would deadlock on the first path it looks at inside.
 */
import { resolve } from 'node:path';
import { AgentFsError, rfc3339 } from '../../base/index.js';
import type { MountInfo } from '../../sdk/typescript/index.js';
import type { CommandInput } from '../command-input.js';
import type { Context } from '../context.js';
import { serveForeground } from '../foreground-mount.js';
import { readMountOptions, readOwnerOptions } from '../mount-options.js';
import { printable, renderTable } from '../render/table.js';

export async function run(context: Context, input: CommandInput): Promise<number | undefined> {
  const name = input.optionalOperand(0);
  const directory = input.optionalOperand(1);
  if (name === undefined) {
    await listMounts(context);
    return undefined;
  }
  if (directory === undefined) {
    throw new AgentFsError('USAGE', 'mount needs a directory', {
      hint: `agentfs mount ${name} <dir>, an existing and empty directory`,
    });
  }
  const workspace = await context.workspace(name, { create: input.flag('create') });
  if (input.flag('foreground')) return await serveForeground(context, workspace, { directory, input });
  const { info } = await workspace.mount(resolve(directory), {
    ...readMountOptions(input),
    ...readOwnerOptions(input),
  });
  context.output.done(info, () => `Mounted ${name} at ${printable(info.mountpoint)}`);
  return undefined;
}

async function listMounts(context: Context): Promise<void> {
  const afs = await context.agentfs();
  const mounts = (await afs.workspace.list()).flatMap(
    (summary): readonly MountInfo[] => summary.owner?.mounts ?? [],
  );
  context.output.answer(mounts, () =>
    mounts.length === 0
      ? 'Nothing is mounted'
      : renderTable(
          [
            { title: 'workspace' },
            { title: 'mounted at' },
            { title: 'driver' },
            { title: 'pid', align: 'right' },
            { title: 'since' },
          ],
          mounts.map((mount) => [
            mount.workspace,
            printable(mount.mountpoint) + (mount.readOnly ? ' (read-only)' : ''),
            mount.driver,
            String(mount.pid),
            rfc3339(mount.since),
          ]),
        ),
  );
}
