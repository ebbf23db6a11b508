/**
 * What remotes have and this side does not take, as rows (migration 4): written with the base on the owner's main thread,
 * read in the sync worker's snapshots. Node ids cross this file as 32 hex digits and are stored as 16 bytes.
 *
 * Invariant: what the base has is not here. Whoever writes a row of the base takes the same one out of here.
 */
import type { Database, Statement } from 'better-sqlite3';
import { BASE_NODE_COLUMNS, type BaseNodeRow, type ExcludedEntryRow } from './sync-rows.js';

export class ExcludedRows {
  readonly #putNode: Statement;
  readonly #deleteNode: Statement;
  readonly #putEntry: Statement;
  readonly #deleteEntry: Statement;
  readonly #forget: readonly Statement[];
  readonly #getAny: Statement<[], { some: number }>;
  /** Nearly always nothing is here, and then nothing has to be taken out. */
  #isEmpty: boolean | undefined;

  constructor(db: Database) {
    this.#putNode = db.prepare(
      `INSERT OR REPLACE INTO afs_excluded_node(remote, node, ${BASE_NODE_COLUMNS})
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#deleteNode = db.prepare('DELETE FROM afs_excluded_node WHERE remote = ? AND node = ?');
    this.#putEntry = db.prepare(
      'INSERT OR REPLACE INTO afs_excluded_entry(remote, parent, name, node, revision) VALUES (?, ?, ?, ?, ?)',
    );
    this.#deleteEntry = db.prepare(
      'DELETE FROM afs_excluded_entry WHERE remote = ? AND parent = ? AND name = ?',
    );
    this.#forget = [
      db.prepare('DELETE FROM afs_excluded_node WHERE remote = ?'),
      db.prepare('DELETE FROM afs_excluded_entry WHERE remote = ?'),
    ];
    this.#getAny = db.prepare(
      `SELECT EXISTS (SELECT 1 FROM afs_excluded_node) OR EXISTS (SELECT 1 FROM afs_excluded_entry) AS some`,
    );
  }

  /** `ino` means nothing here. */
  putNode(remote: number, row: BaseNodeRow): void {
    this.#isEmpty = false;
    const { revision, agent, editedAtMs, kind, mode, uid, gid, rdev, size, mtimeSec, mtimeNsec } = row;
    this.#putNode.run(
      ...[
        remote,
        Buffer.from(row.node, 'hex'),
        revision,
        agent,
        editedAtMs,
        kind,
        mode,
        uid,
        gid,
        rdev,
        size,
      ],
      ...[mtimeSec, mtimeNsec, row.hash, row.xattrs],
    );
  }

  deleteNode(remote: number, node: string): void {
    if (!this.isEmpty) this.#deleteNode.run(remote, Buffer.from(node, 'hex'));
  }

  putEntry(remote: number, { parent, name, node, revision }: ExcludedEntryRow): void {
    this.#isEmpty = false;
    this.#putEntry.run(remote, Buffer.from(parent, 'hex'), name, Buffer.from(node, 'hex'), revision);
  }

  deleteEntry(remote: number, parent: string, name: string): void {
    if (!this.isEmpty) this.#deleteEntry.run(remote, Buffer.from(parent, 'hex'), name);
  }

  /** All of a remote. */
  forget(remote: number): void {
    for (const statement of this.#forget) statement.run(remote);
    this.#isEmpty = undefined;
  }

  get isEmpty(): boolean {
    this.#isEmpty ??= this.#getAny.get()?.some === 0;
    return this.#isEmpty;
  }
}

const NODE_SELECT = `SELECT 0 AS ino, lower(hex(node)) AS node, revision, agent, edited_at_ms AS editedAtMs, kind, mode, uid, gid,
  rdev, size, mtime_sec AS mtimeSec, mtime_nsec AS mtimeNsec, hash, xattrs FROM afs_excluded_node`;
const ENTRY_SELECT =
  'SELECT lower(hex(parent)) AS parent, name, lower(hex(node)) AS node, revision FROM afs_excluded_entry';

export class ExcludedReader {
  readonly #getNode: Statement<[number, Buffer], BaseNodeRow>;
  readonly #getEntry: Statement<[number, Buffer, string], ExcludedEntryRow>;
  readonly #listEntriesByNode: Statement<[number, Buffer], ExcludedEntryRow>;
  readonly #listEntriesByParent: Statement<[number, Buffer], ExcludedEntryRow>;
  readonly #listNodesAfter: Statement<[number, number], BaseNodeRow>;
  readonly #listEntriesAfter: Statement<[number, number], ExcludedEntryRow>;

  constructor(db: Database) {
    this.#getNode = db.prepare(`${NODE_SELECT} WHERE remote = ? AND node = ?`);
    this.#getEntry = db.prepare(`${ENTRY_SELECT} WHERE remote = ? AND parent = ? AND name = ?`);
    this.#listEntriesByNode = db.prepare(`${ENTRY_SELECT} WHERE remote = ? AND node = ?`);
    this.#listEntriesByParent = db.prepare(`${ENTRY_SELECT} WHERE remote = ? AND parent = ?`);
    this.#listNodesAfter = db.prepare(`${NODE_SELECT} WHERE remote = ? AND revision > ?`);
    this.#listEntriesAfter = db.prepare(`${ENTRY_SELECT} WHERE remote = ? AND revision > ?`);
  }

  node(remote: number, node: string): BaseNodeRow | undefined {
    return this.#getNode.get(remote, Buffer.from(node, 'hex'));
  }

  entry(remote: number, parent: string, name: string): ExcludedEntryRow | undefined {
    return this.#getEntry.get(remote, Buffer.from(parent, 'hex'), name);
  }

  entriesOf(remote: number, node: string): ExcludedEntryRow[] {
    return this.#listEntriesByNode.all(remote, Buffer.from(node, 'hex'));
  }

  children(remote: number, parent: string): ExcludedEntryRow[] {
    return this.#listEntriesByParent.all(remote, Buffer.from(parent, 'hex'));
  }

  /** Looks at all of them. */
  nodesAfter(remote: number, revision: number): BaseNodeRow[] {
    return this.#listNodesAfter.all(remote, revision);
  }

  entriesAfter(remote: number, revision: number): ExcludedEntryRow[] {
    return this.#listEntriesAfter.all(remote, revision);
  }
}
