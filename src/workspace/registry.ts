/**
 * The registry: which workspaces a home has, and where their databases are.
 *
 *     <home>/workspaces/<name>/workspace.json    {version, createdAt, database?}; database where `--db` put it elsewhere
 *     <home>/workspaces/<name>/workspace.db      the workspace, unless it is elsewhere
 *     <home>/workspaces/<name>/{agent-id, credentials.json, owner.log}
 *
 * A workspace appears and vanishes by one rename of its directory, so it is never half there. Nothing here opens a
 * database. Names are checked on every way in, so no name ever becomes a path elsewhere.
 */
import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { AgentFsError, assertWorkspaceName } from '../base/index.js';
import { makePrivateDirectory } from './home.js';
import { parseObject, readIfThere, writePrivateFile } from './private-file.js';

const RECORD_VERSION = 1;
const RECORD_FILE = 'workspace.json';
const DATABASE_FILE = 'workspace.db';

export interface WorkspaceRecord {
  readonly name: string;
  readonly home: string;
  /** Where the workspace's own files are; absolute. */
  readonly directory: string;
  /** The database file; absolute, not resolved through symlinks. */
  readonly database: string;
  /** True where the database was put elsewhere by `--db`: deleting the workspace leaves it. */
  readonly external: boolean;
  /** RFC 3339 in UTC. */
  readonly createdAt: string;
  /** The background owner's log. */
  readonly logFile: string;
}

export class Registry {
  readonly home: string;
  readonly #root: string;

  /** `home` is absolute (`resolveHome`). Nothing is made before the first `create`. */
  constructor(home: string) {
    this.home = home;
    this.#root = join(home, 'workspaces');
  }

  /** Sorted by name. Directories that are no workspace are passed over. */
  async list(): Promise<WorkspaceRecord[]> {
    let names: string[];
    try {
      names = await readdir(this.#root);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    const visible = names.filter((name) => !name.startsWith('.')).sort();
    const found = await Promise.all(visible.map((name) => this.#read(name).catch(() => undefined)));
    return found.filter((record) => record !== undefined);
  }

  /** Undefined where there is none. Throws WORKSPACE_INVALID_NAME. */
  async find(name: string): Promise<WorkspaceRecord | undefined> {
    assertWorkspaceName(name);
    return await this.#read(name);
  }

  /** Throws WORKSPACE_NOT_FOUND, WORKSPACE_INVALID_NAME. */
  async get(name: string): Promise<WorkspaceRecord> {
    const record = await this.find(name);
    if (record !== undefined) return record;
    const names = (await this.list()).map((other) => other.name);
    throw new AgentFsError('WORKSPACE_NOT_FOUND', `there is no workspace '${name}' in ${this.home}`, {
      operation: 'open workspace',
      hint:
        names.length === 0
          ? `Create it: agentfs workspace create ${name}`
          : `There are: ${names.slice(0, 10).join(', ')}. Create it: agentfs workspace create ${name}`,
    });
  }

  /** Registers a name; the database is not made here. Throws WORKSPACE_EXISTS, WORKSPACE_INVALID_NAME. */
  async create(name: string, options: { readonly database?: string } = {}): Promise<WorkspaceRecord> {
    assertWorkspaceName(name);
    await makePrivateDirectory(this.home);
    await makePrivateDirectory(this.#root);
    const staged = join(this.#root, `.${name}.${randomBytes(6).toString('hex')}`);
    await makePrivateDirectory(staged);
    const database = options.database === undefined ? {} : { database: resolve(options.database) };
    const record = { version: RECORD_VERSION, createdAt: new Date().toISOString(), ...database };
    try {
      await writePrivateFile(join(staged, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`);
      await rename(staged, join(this.#root, name));
    } catch (error) {
      await rm(staged, { recursive: true, force: true });
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTEMPTY' || code === 'EEXIST') throw alreadyThere(name);
      throw error;
    }
    return await this.get(name);
  }

  /** Removes the workspace's directory. The caller holds its owner lock. */
  async remove(name: string): Promise<void> {
    const record = await this.get(name);
    const doomed = join(this.#root, `.${name}.${randomBytes(6).toString('hex')}`);
    await rename(record.directory, doomed);
    await rm(doomed, { recursive: true, force: true });
  }

  async #read(name: string): Promise<WorkspaceRecord | undefined> {
    assertWorkspaceName(name);
    const directory = join(this.#root, name);
    const text = await readIfThere(join(directory, RECORD_FILE));
    if (text === undefined) return await this.#readBare(name, directory);
    const json = parseObject(text);
    const createdAt = json?.createdAt;
    const database = json?.database;
    if (json?.version !== RECORD_VERSION || typeof createdAt !== 'string' || !validPlace(database)) {
      throw new AgentFsError('INVALID_ARGUMENT', `${join(directory, RECORD_FILE)} is damaged or newer`, {
        operation: 'read workspace record',
        path: join(directory, RECORD_FILE),
        hint: 'If the workspace was made by a newer AgentFS, use that; else repair or remove the file.',
      });
    }
    return describe(this.home, { name, directory, createdAt, database });
  }

  /** A directory with a database and no record (copied by hand) is a workspace too. */
  async #readBare(name: string, directory: string): Promise<WorkspaceRecord | undefined> {
    try {
      const { birthtime } = await stat(join(directory, DATABASE_FILE));
      return describe(this.home, {
        name,
        directory,
        createdAt: birthtime.toISOString(),
        database: undefined,
      });
    } catch {
      return undefined;
    }
  }
}

function describe(
  home: string,
  found: { name: string; directory: string; createdAt: string; database: string | undefined },
): WorkspaceRecord {
  const { name, directory, createdAt, database } = found;
  return {
    name,
    home,
    directory,
    database: database ?? join(directory, DATABASE_FILE),
    external: database !== undefined,
    createdAt,
    logFile: join(directory, 'owner.log'),
  };
}

function validPlace(database: unknown): database is string | undefined {
  return (
    database === undefined ||
    (typeof database === 'string' && isAbsolute(database) && basename(database) !== '')
  );
}

function alreadyThere(name: string): AgentFsError {
  return new AgentFsError('WORKSPACE_EXISTS', `there is a workspace '${name}' already`, {
    operation: 'create workspace',
    hint: `Use it, choose another name, or remove it: agentfs workspace delete ${name}`,
  });
}
