/**
 * The mounts of one workspace, as its owner serves them: at most one at a time.
 *
 * Invariant: no path is looked at that may lie in a mount of ours; what is mounted where is read from the kernel's mount
 * table. A mount that somebody unmounts from outside is noticed and flushed. What a killed owner left behind is
 * cleared by the next `add` or `remove` of the workspace.
 */
import { AgentFsError } from '../base/index.js';
import {
  checkMountpoint,
  clearDeadMount,
  forceUnmount,
  listMounts,
  type Mount,
  mount,
  mountAt,
} from '../fuse/index.js';
import type { MountInfo, MountOptions, OwnerStatistics } from '../sdk/typescript/index.js';
import type { MountContext, MountHost } from '../sdk/typescript/owner/index.js';
import type { Vfs } from '../vfs/index.js';
import { mountSourceOf } from '../workspace/index.js';

interface Served {
  readonly mount: Mount;
  readonly info: MountInfo;
}

export class Mounts implements MountHost {
  readonly #context: MountContext<Vfs>;
  /** Resolved path of the database file. */
  readonly #database: string;
  /** What the mount table shows for this workspace. */
  readonly #source: string;
  readonly #served = new Map<string, Served>();
  #adding: string | undefined;

  constructor(context: MountContext<Vfs>) {
    this.#context = context;
    this.#database = context.filesystem.databasePath;
    this.#source = mountSourceOf(context.workspace.name, this.#database);
  }

  async add(mountpoint: string, options: MountOptions): Promise<MountInfo> {
    const elsewhere = this.#adding ?? [...this.#served.keys()][0];
    if (elsewhere !== undefined) throw alreadyMounted(this.#context.workspace.name, elsewhere);
    this.#adding = mountpoint;
    try {
      await this.#clearDead();
      await clearDeadMount(mountpoint);
      const place = checkMountpoint(mountpoint);
      this.#refuseAround(place);
      return await this.#serve(place, options);
    } finally {
      this.#adding = undefined;
    }
  }

  async remove(
    mountpoint: string | undefined,
    { force }: { readonly force: boolean },
  ): Promise<readonly string[]> {
    const removed: string[] = [];
    for (const served of this.#wanted(mountpoint)) {
      await this.#unmount(served, force);
      removed.push(served.info.mountpoint);
    }
    if (mountpoint === undefined) removed.push(...(await this.#clearDead()));
    else if (removed.length === 0 && (await clearDeadMount(mountpoint))) removed.push(mountpoint);
    if (removed.length > 0) return removed;
    throw new AgentFsError(
      'NOT_MOUNTED',
      mountpoint === undefined
        ? `'${this.#context.workspace.name}' is not mounted`
        : `'${this.#context.workspace.name}' is not mounted on ${mountpoint}`,
      { operation: 'unmount', hint: '`agentfs mount` lists what is mounted.' },
    );
  }

  list(): readonly MountInfo[] {
    return [...this.#served.values()].map(({ info }) => info);
  }

  statistics(): OwnerStatistics['mounts'] {
    return [...this.#served].map(([mountpoint, { mount: served }]) => ({
      mountpoint,
      requests: served.counts(),
    }));
  }

  #wanted(mountpoint: string | undefined): Served[] {
    if (mountpoint === undefined) return [...this.#served.values()];
    const place = mountAt(mountpoint)?.mountpoint ?? mountpoint;
    const served = this.#served.get(place);
    return served === undefined ? [] : [served];
  }

  async #serve(place: string, options: MountOptions): Promise<MountInfo> {
    const { filesystem, workspace, log } = this.#context;
    const served = await mount(filesystem, {
      mountpoint: place,
      workspace: this.#source,
      ...options,
      log: (message, details) => log.warn(message, details),
    });
    const info: MountInfo = {
      workspace: workspace.name,
      mountpoint: place,
      driver: served.driver,
      readOnly: options.readOnly === true,
      pid: process.pid,
      since: new Date().toISOString(),
    };
    this.#served.set(place, { mount: served, info });
    log.info('mounted', { mountpoint: place, driver: served.driver, readOnly: info.readOnly });
    void served.closed.then(() => this.#gone(place));
    return info;
  }

  async #unmount({ mount: served, info }: Served, force: boolean): Promise<void> {
    try {
      await served.unmount();
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'NOT_MOUNTED') return;
      if (code !== 'MOUNTPOINT_BUSY' || !force) throw error;
      this.#context.log.warn('unmounted while in use', { mountpoint: info.mountpoint });
      // A lazy unmount alone would serve whoever is in there for as long as they like.
      await this.#context.filesystem.sync();
      await forceUnmount(info.mountpoint);
      await served.closed;
    } finally {
      if (isKnownToBeGone(info.mountpoint)) this.#gone(info.mountpoint);
    }
  }

  #gone(place: string): void {
    if (!this.#served.delete(place)) return;
    const { filesystem, log, changed } = this.#context;
    log.info('unmounted', { mountpoint: place });
    filesystem.sync().catch((error: unknown) => log.error('flush failed', { error: String(error) }));
    changed();
  }

  /** Dead mounts of this workspace: its owner's lock is ours, so whoever served them is gone. */
  async #clearDead(): Promise<string[]> {
    const cleared: string[] = [];
    for (const entry of listMounts()) {
      if (entry.source !== this.#source || this.#served.has(entry.mountpoint)) continue;
      if (await clearDeadMount(entry.mountpoint)) cleared.push(entry.mountpoint);
    }
    return cleared;
  }

  /** A database, or a log, inside its own mount would wait for itself. */
  #refuseAround(place: string): void {
    const { workspace } = this.#context;
    for (const path of [this.#database, workspace.directory]) {
      if (!path.startsWith(`${place}/`) && path !== place) continue;
      throw new AgentFsError('MOUNTPOINT_INVALID', `${path} lies in '${place}', which the mount would hide`, {
        operation: 'mount',
        path: place,
        hint: 'Mount somewhere outside the directory that holds the workspace.',
      });
    }
  }
}

/** False where the mount table cannot be read: the channel tells the end of a mount too. */
function isKnownToBeGone(place: string): boolean {
  try {
    return mountAt(place) === undefined;
  } catch {
    return false;
  }
}

function alreadyMounted(workspace: string, where: string): AgentFsError {
  return new AgentFsError('ALREADY_MOUNTED', `'${workspace}' is mounted on ${where} already`, {
    operation: 'mount',
    path: where,
    hint: `Use it there, or unmount it first: agentfs umount ${workspace}`,
  });
}
