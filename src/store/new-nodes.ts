/**
 * Writes whole new nodes with their first entries, row by row into the open transaction.
 *
 * For a first pull: nobody can have seen what is made, so there are no live objects to go through. Constraint of the
 * caller: inode numbers and entry ids were never given out before, and no row of that name is in the directory.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { InodeRow } from './rows.js';
import { runInode, type WriteStatements } from './statements.js';

const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;

export interface NewNode {
  readonly inode: InodeRow;
  readonly entry: { readonly id: number; readonly parentIno: number; readonly name: string };
  /** Of a file; cut into chunks here. */
  readonly content: Uint8Array | undefined;
  /** Of a symbolic link. */
  readonly target: string | undefined;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

export class NewNodeWriter {
  readonly #write: WriteStatements;
  readonly #chunkSize: number;
  readonly #countSubdirectory: Statement<[number]>;

  constructor(db: Database, write: WriteStatements, chunkSize: number) {
    this.#write = write;
    this.#chunkSize = chunkSize;
    this.#countSubdirectory = db.prepare('UPDATE fs_inode SET nlink = nlink + 1 WHERE ino = ?');
  }

  /** Inside a transaction. Returns the number of rows. */
  add({ inode, entry, content, target, xattrs }: NewNode): number {
    const w = this.#write;
    const { ino } = inode;
    let rows = 2;
    runInode(w.insertInode, inode);
    w.insertDentry.run(entry.id, entry.name, entry.parentIno, ino);
    if ((inode.mode & S_IFMT) === S_IFDIR) rows += this.#countSubdirectory.run(entry.parentIno).changes;
    if (content !== undefined) rows += this.#addContent(ino, content);
    if (target !== undefined) rows += w.putSymlink.run(ino, target).changes;
    for (const [name, value] of xattrs) rows += w.putXattr.run(ino, name, value).changes;
    return rows;
  }

  #addContent(ino: number, content: Uint8Array): number {
    let index = 0;
    for (let at = 0; at < content.length; at += this.#chunkSize) {
      this.#write.insertChunk.run(ino, index, content.subarray(at, at + this.#chunkSize));
      index += 1;
    }
    return index;
  }
}
