/**
 * Listing as node:fs lists: whole trees, and a directory a page at a time (Dir).
 */
import { join } from 'node:path/posix';
import type { FileKind, WorkspaceService } from '../service.js';
import { FsDirent } from './fs-stats.js';

export interface OpendirOptions {
  readonly recursive?: boolean;
  /** Node's; a page holds some thousands here, whatever is asked for. */
  readonly bufferSize?: number;
}

export interface Found {
  /** The directory that it is in, relative to the top; '' for the top. */
  readonly below: string;
  readonly name: string;
  readonly kind: FileKind;
}

/** Symlinks are not followed. What goes away while the listing runs is left out, but the top itself must be there. */
export async function* listRecursively(
  service: WorkspaceService,
  top: string,
  options: { readonly recursive: boolean },
): AsyncGenerator<Found> {
  const waiting = [''];
  for (let below = waiting.shift(); below !== undefined; below = waiting.shift()) {
    let after: number | null = 0;
    while (after !== null) {
      const path = below === '' ? top : join(top, below);
      const page = await pageOf(service, path, { after, mayBeGone: below !== '' });
      after = page.next;
      for (const { name, kind } of page.entries) {
        yield { below, name, kind };
        if (options.recursive && kind === 'directory') waiting.push(join(below, name));
      }
    }
  }
}

type Page = { readonly entries: readonly { name: string; kind: FileKind }[]; readonly next: number | null };

async function pageOf(
  service: WorkspaceService,
  path: string,
  options: { readonly after: number; readonly mayBeGone: boolean },
): Promise<Page> {
  try {
    return await service.call('fs.readdir', { path, after: options.after });
  } catch (error) {
    const { code } = error as { code?: string };
    if (options.mayBeGone && (code === 'ENOENT' || code === 'ENOTDIR')) return { entries: [], next: null };
    throw error;
  }
}

/** An open directory; the entries come in no order. Leaving a loop over it closes it. */
export class FsDir implements AsyncIterable<FsDirent>, AsyncDisposable {
  readonly path: string;
  readonly #entries: AsyncGenerator<Found>;
  #closed = false;

  constructor(service: WorkspaceService, path: string, options: OpendirOptions) {
    this.path = path;
    this.#entries = listRecursively(service, path, { recursive: options.recursive === true });
  }

  /** The next entry, or null at the end. */
  async read(): Promise<FsDirent | null> {
    if (this.#closed) {
      throw Object.assign(new Error('Directory handle was closed'), { code: 'ERR_DIR_CLOSED' });
    }
    const { value, done } = await this.#entries.next();
    return done === true ? null : new FsDirent(value.name, join(this.path, value.below), value.kind);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#entries.return(undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FsDirent> {
    try {
      for (let entry = await this.read(); entry !== null; entry = await this.read()) yield entry;
    } finally {
      await this.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
