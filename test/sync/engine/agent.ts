/**
 * An agent for a test of sync: a real workspace database and a real engine in this process, without a mount.
 *
 * Tokens are in memory. `tree` tells everything that must be equal on two agents, so two equal texts are two equal
 * workspaces. Everything goes when the test ends, and the database is checked then: a leak or damage fails the test.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Test } from 'tap';
import type { Clock } from '#src/base/index.js';
import { openSyncEngine, type SyncCredentials, type SyncEngine } from '#src/sync/index.js';
import {
  type Attributes,
  openVfs,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  type Vfs,
} from '#src/vfs/index.js';

const OWNER = { uid: 1000, gid: 1000 };
let agents = 0;

export interface AgentOptions {
  readonly clock?: Clock;
  /** An agent's id; made up where absent. */
  readonly agent?: string;
  /** The workspace's name on the remote; default `shared`. */
  readonly workspace?: string;
  /** A database to open instead of a fresh one; it stays when the test ends. */
  readonly database?: string;
}

function freshId(): string {
  agents += 1;
  return `${agents.toString(16).padStart(8, '0')}${'ab'.repeat(12)}`;
}

/** A fresh folder, removed when the test ends. */
export function freshFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'agentfs-sync-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The address of a remote that is a file. */
export function fileRemote(t: Test): string {
  return pathToFileURL(join(freshFolder(t), 'remote.db')).href;
}

export function openAgent(t: Test, options: AgentOptions = {}): Agent {
  const database = options.database ?? join(freshFolder(t), 'workspace.db');
  const agent = new Agent(database, options);
  t.teardown(async () => {
    await agent.close();
    const vfs = openVfs(database);
    const findings = vfs.check();
    await vfs.close();
    if (findings.length > 0) throw new Error(`the database is damaged: ${JSON.stringify(findings)}`);
  });
  return agent;
}

export class Agent {
  /** Its id; `reset` and a brake may give it another one. */
  id: string;
  readonly database: string;
  readonly tokens = new Map<string, string>();
  /** What went wrong without anybody waiting for it. */
  readonly errors: unknown[] = [];
  vfs!: Vfs;
  engine!: SyncEngine;
  readonly #options: AgentOptions;
  #closed = false;

  constructor(database: string, options: AgentOptions) {
    this.id = options.agent ?? freshId();
    this.database = database;
    this.#options = options;
    this.open();
  }

  /** After `close`. */
  open(): void {
    const { clock } = this.#options;
    const clockOption = clock === undefined ? {} : { clock };
    this.vfs = openVfs(this.database, {
      create: true,
      onError: (error) => this.errors.push(error),
      ...clockOption,
    });
    const credentials: SyncCredentials = {
      token: async (remote) => this.tokens.get(remote),
      store: async (remote, token) => void this.tokens.set(remote, token),
      remove: async (remote) => void this.tokens.delete(remote),
    };
    this.engine = openSyncEngine({
      vfs: this.vfs,
      workspace: this.#options.workspace ?? 'shared',
      agent: this.id,
      newAgentId: async () => {
        this.id = freshId();
        return this.id;
      },
      credentials,
      onError: (error) => this.errors.push(error),
      ...clockOption,
    });
    this.#closed = false;
  }

  /** As a new start of the owner does, after an orderly end. */
  async reopen(): Promise<void> {
    await this.close();
    this.open();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.engine.stop();
    await this.vfs.close();
  }

  inode(path: string): Attributes {
    const found = this.find(path);
    if (found === undefined) throw new Error(`no ${path}`);
    return found;
  }

  find(path: string): Attributes | undefined {
    let at: Attributes | undefined = this.vfs.inode(1);
    for (const name of path.split('/')) {
      if (name !== '' && at !== undefined) at = this.vfs.lookup(at, name);
    }
    return at;
  }

  #place(path: string): { parent: Attributes; name: string } {
    const cut = path.lastIndexOf('/');
    return { parent: this.inode(path.slice(0, cut)), name: path.slice(cut + 1) };
  }

  /** Runs a change as the SDK does, so that mounts hear of it. */
  #change<T>(change: () => T): T {
    return this.vfs.outside(change);
  }

  #create(path: string, mode: number, target?: string): Attributes {
    const { parent, name } = this.#place(path);
    const node = { ...OWNER, mode, ...(target === undefined ? {} : { target }) };
    return this.#change(() => this.vfs.create(parent, name, node));
  }

  mkdir(path: string): void {
    this.#create(path, S_IFDIR | 0o755);
  }

  symlink(target: string, path: string): void {
    this.#create(path, S_IFLNK | 0o777, target);
  }

  mknod(path: string, mode = S_IFIFO | 0o600): void {
    this.#create(path, mode);
  }

  /** Writes a file whole, in place where there is one. */
  write(path: string, content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const inode = this.find(path) ?? this.#create(path, S_IFREG | 0o644);
    this.#change(() => {
      this.vfs.setattr(inode, { size: 0 });
      for (let at = 0; at < bytes.length; at += 1 << 20)
        this.vfs.write(inode, at, bytes.subarray(at, at + (1 << 20)));
    });
  }

  /** As an editor saves: a new file renamed over the old one. */
  replace(path: string, content: string): void {
    this.write(`${path}~`, content);
    this.rename(`${path}~`, path);
  }

  writeAt(path: string, offset: number, content: string): void {
    this.#change(() => this.vfs.write(this.inode(path), offset, Buffer.from(content)));
  }

  read(path: string): string {
    return this.bytes(this.inode(path)).toString();
  }

  bytes(inode: Attributes): Buffer {
    const bytes = Buffer.alloc(inode.size);
    this.vfs.read(inode, 0, bytes);
    return bytes;
  }

  rename(from: string, to: string, flags = 0): void {
    const [source, target] = [this.#place(from), this.#place(to)];
    this.#change(() =>
      this.vfs.rename(source.parent, source.name, { directory: target.parent, name: target.name, flags }),
    );
  }

  link(from: string, to: string): void {
    const { parent, name } = this.#place(to);
    this.#change(() => this.vfs.link(this.inode(from), parent, name));
  }

  unlink(path: string): void {
    const { parent, name } = this.#place(path);
    this.#change(() => this.vfs.unlink(parent, name));
  }

  rmdir(path: string): void {
    const { parent, name } = this.#place(path);
    this.#change(() => this.vfs.rmdir(parent, name));
  }

  /** Removes a directory with everything in it. */
  remove(path: string): void {
    const inode = this.inode(path);
    if (!this.isDirectory(inode)) {
      this.unlink(path);
      return;
    }
    for (const name of this.names(path)) this.remove(`${path}/${name}`);
    this.rmdir(path);
  }

  setattr(path: string, changes: Parameters<Vfs['setattr']>[1]): void {
    this.#change(() => this.vfs.setattr(this.inode(path), changes));
  }

  setxattr(path: string, name: string, value: string | Uint8Array): void {
    const data = typeof value === 'string' ? Buffer.from(value) : value;
    this.#change(() => this.vfs.setxattr(this.inode(path), name, { data, flags: 0 }));
  }

  names(path: string): string[] {
    const names: string[] = [];
    this.vfs.readdir(this.inode(path), 0, ({ name }) => {
      names.push(name);
      return true;
    });
    return names.sort();
  }

  isDirectory(inode: Attributes): boolean {
    return (inode.mode & S_IFMT) === S_IFDIR;
  }

  /** One line a name: kind, mode, owner, size, mtime, links, content, attributes. */
  tree(options: { times?: boolean } = {}): string {
    const links = new Map<number, string>();
    const lines: string[] = [];
    const visit = (path: string) => {
      const inode = this.inode(path);
      const first = links.get(inode.ino) ?? path;
      links.set(inode.ino, first);
      lines.push(`${JSON.stringify(path)} ${this.#describe(inode, options.times ?? true)} =${first}`);
      if (this.isDirectory(inode)) for (const name of this.names(path)) visit(`${path}/${name}`);
    };
    visit('');
    return lines.join('\n');
  }

  #describe(inode: Attributes, times: boolean): string {
    const type = inode.mode & S_IFMT;
    const content =
      type === S_IFREG
        ? createHash('sha256').update(this.bytes(inode)).digest('hex').slice(0, 16)
        : type === S_IFLNK
          ? this.vfs.readlink(inode)
          : '';
    const xattrs = this.vfs
      .listxattr(inode)
      .sort()
      .map((name) => `${name}=${Buffer.from(this.vfs.getxattr(inode, name)).toString('base64')}`);
    return [
      inode.mode.toString(8),
      `${inode.uid}:${inode.gid}`,
      `n${inode.nlink}`,
      type === S_IFDIR ? '-' : inode.size,
      times ? `${inode.mtimeSec}.${inode.mtimeNsec}` : '',
      content,
      ...xattrs,
    ].join(' ');
  }

  /** Rows of the database itself, behind the filesystem's back. */
  rows<T>(sql: string): T[] {
    this.vfs.flush();
    return this.vfs.state.store.db.prepare<[], T>(sql).all();
  }
}

/** Waits for a condition; throws what it last threw, or `what`, at the deadline. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    if (await condition()) return;
    if (performance.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Two agents of one remote, in manual mode unless told. */
export async function pair(
  t: Test,
  remote: { url: string; token?: string },
  config: Partial<Parameters<SyncEngine['enable']>[0]> = {},
): Promise<{ a: Agent; b: Agent }> {
  const [a, b] = [openAgent(t), openAgent(t)];
  for (const { engine } of [a, b]) {
    const token = remote.token === undefined ? {} : { token: remote.token };
    await engine.enable({ tursoDb: remote.url, mode: 'manual', ...token, ...config });
  }
  return { a, b };
}

/** Pushes and pulls both ways until neither has anything left. */
export async function settle(...pair: Agent[]): Promise<void> {
  for (let i = 0; i < 2; i += 1) {
    for (const { engine } of pair) {
      await engine.pull();
      await engine.push();
    }
  }
}
