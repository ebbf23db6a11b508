/**
 * A workspace database for a test, in a fresh folder that goes with the test, and short ways to look into it.
 *
 * The caches are as small as they can be, so that objects fall out of memory all the time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { AgentFsError, type Clock } from '#src/base/index.js';
import { type Attributes, openVfs, S_IFDIR, S_IFLNK, S_IFREG, type Vfs } from '#src/vfs/index.js';

export const OWNER = { uid: 1000, gid: 1000 };
const TINY_CACHE_BYTES = 1;

export interface ScratchOptions {
  readonly clock?: Clock;
  readonly cacheSizeBytes?: number;
}

export class ScratchWorkspace {
  readonly folder: string;
  readonly path: string;
  vfs: Vfs;
  readonly #options: ScratchOptions;

  constructor(options: ScratchOptions = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'agentfs-vfs-'));
    this.path = join(this.folder, 'workspace.db');
    this.#options = options;
    this.vfs = this.#open();
  }

  #open(): Vfs {
    return openVfs(this.path, { create: true, cacheSizeBytes: TINY_CACHE_BYTES, ...this.#options });
  }

  get root(): Attributes {
    return this.vfs.inode(1);
  }

  async reopen(): Promise<Vfs> {
    await this.vfs.close();
    this.vfs = this.#open();
    return this.vfs;
  }

  async remove(): Promise<void> {
    await this.vfs.close().catch(() => undefined);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Makes a regular file. */
  file(name: string, content: string | Uint8Array = '', parent: Attributes = this.root): Attributes {
    const inode = this.vfs.create(parent, name, { ...OWNER, mode: S_IFREG | 0o644 });
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    if (bytes.length > 0) this.vfs.write(inode, 0, bytes);
    return inode;
  }

  directory(name: string, parent: Attributes = this.root): Attributes {
    return this.vfs.create(parent, name, { ...OWNER, mode: S_IFDIR | 0o755 });
  }

  symlink(name: string, target: string, parent: Attributes = this.root): Attributes {
    return this.vfs.create(parent, name, { ...OWNER, mode: S_IFLNK | 0o777, target });
  }

  /** The whole content. */
  content(inode: Attributes): Buffer {
    const bytes = Buffer.alloc(inode.size, 0xee);
    const got = this.vfs.read(inode, 0, bytes);
    if (got !== inode.size) throw new Error(`read ${got} of ${inode.size} bytes`);
    return bytes;
  }

  names(directory: Attributes): string[] {
    const names: string[] = [];
    this.vfs.readdir(directory, 0, (entry) => {
      names.push(entry.name);
      return true;
    });
    return names;
  }

  /** Rows of the database itself, behind the filesystem's back. */
  rows<T>(sql: string): T[] {
    return this.vfs.state.store.db.prepare<[], T>(sql).all();
  }
}

export function scratch(t: Test, options: ScratchOptions = {}): ScratchWorkspace {
  const workspace = new ScratchWorkspace(options);
  t.teardown(() => workspace.remove());
  return workspace;
}

/** The code of the AgentFsError that `act` throws; `none` where it does not throw. */
export function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof AgentFsError) return error.code;
    throw error;
  }
  return 'none';
}

/** A clock that moves only when told, by a nanosecond with each look. */
export class TestClock implements Clock {
  sec = 1_700_000_000;
  #nsec = 0;

  realtime(): { sec: number; nsec: number } {
    this.#nsec += 1;
    return { sec: this.sec, nsec: this.#nsec };
  }

  nowMs(): number {
    return this.sec * 1000;
  }

  monotonicMs(): number {
    return this.sec * 1000;
  }
}
