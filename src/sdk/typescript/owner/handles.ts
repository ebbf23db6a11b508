/**
 * Open files of one peer: numbers that mean a file through renames, removal and pulls.
 *
 * A handle pins its node, as the kernel's lookups do for an open descriptor, so an unlinked file lives until its
 * last handle is closed, and content that a pull replaces goes on being read as it was. All are dropped with the peer.
 */
import { randomInt } from 'node:crypto';
import { AgentFsError, posixError } from '../../../base/index.js';
import type { Filesystem } from '../../../vfs/filesystem.js';
import type { Attributes } from '../../../vfs/types.js';

/** As RLIMIT_NOFILE's usual soft limit: a leak shows before it hurts. */
const HANDLES_MAX = 1024;

export interface OpenFile {
  readonly node: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly append: boolean;
}

export class Handles {
  readonly #filesystem: Filesystem;
  readonly #open = new Map<number, OpenFile>();
  /** Begins anywhere, so that a handle of a connection that is gone means nothing on the next one. */
  #next = randomInt(1, 2 ** 40);

  constructor(filesystem: Filesystem) {
    this.#filesystem = filesystem;
  }

  /** Throws INVALID_ARGUMENT when too many are open. */
  open(inode: Attributes, access: Omit<OpenFile, 'node'>): number {
    if (this.#open.size >= HANDLES_MAX) {
      throw new AgentFsError(
        'INVALID_ARGUMENT',
        `more than ${HANDLES_MAX} files are open on one connection`,
        {
          operation: 'fs.open',
          hint: 'Close handles with fs.close when they are no longer needed.',
        },
      );
    }
    const handle = this.#next++;
    this.#open.set(handle, { node: this.#filesystem.pin(inode), ...access });
    return handle;
  }

  /** Throws EBADF. */
  file(handle: number, operation: string): OpenFile {
    const file = this.#open.get(handle);
    if (file === undefined) throw posixError('EBADF', operation);
    return file;
  }

  inode(file: OpenFile): Attributes {
    return this.#filesystem.inodeOfNode(file.node);
  }

  /** Throws EBADF. */
  close(handle: number): void {
    const file = this.file(handle, 'fs.close');
    this.#open.delete(handle);
    this.#filesystem.unpin(file.node);
  }

  closeAll(): void {
    for (const handle of [...this.#open.keys()]) this.close(handle);
  }
}
