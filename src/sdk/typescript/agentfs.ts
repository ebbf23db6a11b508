/**
 * AgentFS: one agent's home and the workspaces in it. Two homes are two agents, also on one machine.
 */
import { resolve } from 'node:path';
import { AgentFsError } from '../../base/index.js';
import {
  OwnerLock,
  Registry,
  resolveDatabase,
  resolveHome,
  type WorkspaceRecord,
} from '../../workspace/index.js';
import type { ConnectionOptions } from './connection.js';
import { ownerOf, stopOwner } from './owner-probe.js';
import type { OwnerInfo } from './service.js';
import { Workspace } from './workspace.js';

export interface AgentFsOptions {
  /** The home; default AGENTFS_HOME, then $XDG_DATA_HOME/agentfs, then ~/.local/share/agentfs. */
  readonly home?: string;
}

export interface CreateOptions extends Omit<ConnectionOptions, 'create' | 'own'> {
  /** Where the database is or shall be, instead of in the home. */
  readonly db?: string;
  /** What to do where the workspace exists: open it (default) or throw WORKSPACE_EXISTS. */
  readonly exist?: 'open' | 'error';
}

export interface WorkspaceSummary {
  readonly name: string;
  readonly database: string;
  readonly createdAt: string;
  /** The process that owns it now, or null. */
  readonly owner: OwnerInfo | null;
}

export class AgentFS implements AsyncDisposable {
  readonly home: string;
  readonly workspace: Workspaces;

  constructor(options: AgentFsOptions = {}) {
    this.home = resolveHome(options.home);
    this.workspace = new Workspaces(this.home);
  }

  /** Closes every workspace that was opened by this. */
  async close(): Promise<void> {
    await this.workspace.closeAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The workspaces of one home. */
export class Workspaces {
  readonly #registry: Registry;
  readonly #open = new Set<Workspace>();

  constructor(home: string) {
    this.#registry = new Registry(home);
  }

  /**
   * Makes a workspace and opens it; one that is there is opened. Throws WORKSPACE_INVALID_NAME, WORKSPACE_EXISTS,
   * DATABASE_…; where it throws, nothing is left behind.
   */
  async create(name: string, options: CreateOptions = {}): Promise<Workspace> {
    const { db, exist = 'open', ...connection } = options;
    const { record, fresh } = await this.#register(name, { db, exist });
    const workspace = this.#hold(record, { ...connection, create: true });
    try {
      return await workspace.open();
    } catch (error) {
      await workspace.close().catch(() => {});
      if (fresh) await this.#registry.remove(name).catch(() => {});
      throw error;
    }
  }

  /** Throws WORKSPACE_NOT_FOUND. The owner is found, or this process becomes it, at the first call. */
  async get(name: string, options: Omit<ConnectionOptions, 'create'> = {}): Promise<Workspace> {
    return this.#hold(await this.#registry.get(name), options);
  }

  /** All workspaces by name, each with its owner. */
  async list(): Promise<WorkspaceSummary[]> {
    const records = await this.#registry.list();
    return await Promise.all(
      records.map(async ({ name, database, createdAt, ...rest }) => ({
        name,
        database,
        createdAt,
        owner: (await ownerOf({ name, database, createdAt, ...rest }).catch(() => undefined)) ?? null,
      })),
    );
  }

  /**
   * Removes a workspace with everything in it; a database that `db` put elsewhere stays. Throws WORKSPACE_BUSY while it is
   * mounted or in use.
   */
  async delete(name: string): Promise<{ readonly kept: string | null }> {
    const record = await this.#registry.get(name);
    const owner = await ownerOf(record);
    if (owner !== undefined) await this.#endOwner(record, owner);
    const database = await resolveDatabase(record.database);
    const lock = await waitForLock(database);
    try {
      if (!record.external) {
        const { removeDatabase } = await import('./remove-database.js');
        await removeDatabase(database);
      }
      await this.#registry.remove(name);
    } finally {
      await lock.releaseAndRemove();
    }
    return { kept: record.external ? database : null };
  }

  /** Closes those that are open. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#open].map((workspace) => workspace.close()));
  }

  #hold(record: WorkspaceRecord, options: ConnectionOptions): Workspace {
    const workspace = new Workspace(record, options, () => this.#open.delete(workspace));
    this.#open.add(workspace);
    return workspace;
  }

  async #register(
    name: string,
    options: { readonly db: string | undefined; readonly exist: 'open' | 'error' },
  ): Promise<{ record: WorkspaceRecord; fresh: boolean }> {
    const { db, exist } = options;
    const existing = await this.#registry.find(name);
    if (existing === undefined) {
      try {
        const place = db === undefined ? {} : { database: db };
        return { record: await this.#registry.create(name, place), fresh: true };
      } catch (error) {
        if (!(error instanceof AgentFsError) || error.code !== 'WORKSPACE_EXISTS' || exist === 'error')
          throw error;
      }
    }
    const record = existing ?? (await this.#registry.get(name));
    const elsewhere = db !== undefined && resolve(db) !== record.database;
    if (exist === 'error' || elsewhere) {
      throw new AgentFsError(
        'WORKSPACE_EXISTS',
        `there is a workspace '${name}' already${elsewhere ? `, in ${record.database}` : ''}`,
        {
          operation: 'create workspace',
          hint: `Choose another name, or remove it: agentfs workspace delete ${name}`,
        },
      );
    }
    return { record, fresh: false };
  }

  /** A background owner that serves nobody is stopped; one that is in use is not. */
  async #endOwner(record: WorkspaceRecord, owner: OwnerInfo): Promise<void> {
    const [mount] = owner.mounts;
    if (mount !== undefined) {
      throw new AgentFsError('WORKSPACE_BUSY', `'${record.name}' is mounted on ${mount.mountpoint}`, {
        operation: 'delete workspace',
        path: mount.mountpoint,
        hint: `Unmount it first: agentfs umount ${record.name}`,
      });
    }
    if (owner.kind === 'in-process') {
      throw new AgentFsError('WORKSPACE_BUSY', `process ${owner.pid} is using '${record.name}'`, {
        operation: 'delete workspace',
        hint: 'Close the workspace there, or wait until that program ends.',
      });
    }
    await stopOwner(record);
  }
}

const LOCK_WAIT_MS = 5000;

/** An owner that was told to stop holds its lock for some milliseconds more. */
async function waitForLock(database: string): Promise<OwnerLock> {
  const deadlineMs = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      return await OwnerLock.acquire(database);
    } catch (error) {
      const busy = error instanceof AgentFsError && error.code === 'WORKSPACE_BUSY';
      if (!busy || performance.now() >= deadlineMs) throw error;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}
