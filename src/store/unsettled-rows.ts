/**
 * What both sides have not agreed on, though the cursor and the log's mark are past it, as rows (migration 7): written at the
 * end of a round on the owner's main thread, read in the sync worker's snapshots. Node ids cross this file as 32 hex digits
 * and are stored as 16 bytes.
 *
 * Invariant: a cursor that passes a row of the remote which the base has not followed, and a mark that passes a change which
 * the remote has not, move in the transaction that puts it here.
 */
import type { Database, Statement } from 'better-sqlite3';

/** What a remote said last of a node. */
export interface UnsettledNodeRow {
  readonly node: string;
  readonly revision: number;
  readonly agent: string;
  readonly committedAtMs: number;
  /** JSON: NodeVersion or null. */
  readonly state: string;
}

export interface UnsettledContent {
  readonly kind: string;
  readonly content: Uint8Array;
}

/** What a remote said last of an entry; `node` is '' where it was removed. */
export interface UnsettledEntryRow {
  readonly parent: string;
  readonly name: string;
  readonly node: string;
  readonly revision: number;
  readonly agent: string;
  readonly committedAtMs: number;
}

/** What the change log said of an inode (`parentIno` 0) or of an entry. */
export interface UnsettledChangeRow {
  readonly parentIno: number;
  readonly name: string;
  readonly ino: number;
  readonly what: number;
  readonly atMs: number;
  /** When a name that it has or had was given away last, and when it lost one last; 0 where that is not known. */
  readonly nameAtMs: number;
  readonly lostAtMs: number;
  /** JSON: pairs of numbers, or null for everywhere. */
  readonly ranges: string;
  /** Of the content as it was found, null where nobody looked. */
  readonly hash: string | null;
}

/** What changes of the remote's rows. */
export interface UnsettledThere {
  readonly nodes: readonly (UnsettledNodeRow & UnsettledContent)[];
  readonly entries: readonly UnsettledEntryRow[];
  /** Keys of those that are settled by now. */
  readonly settledNodes: readonly string[];
  readonly settledEntries: readonly { readonly parent: string; readonly name: string }[];
}

export class UnsettledRows {
  readonly #putNode: Statement;
  readonly #putEntry: Statement;
  readonly #putChange: Statement;
  readonly #deleteNode: Statement;
  readonly #deleteEntry: Statement;
  readonly #forgetThere: readonly Statement[];
  readonly #forgetHere: Statement;

  constructor(db: Database) {
    this.#putNode = db.prepare(
      `INSERT OR REPLACE INTO afs_unsettled_node(remote, node, revision, agent, committed_at_ms, state, kind, content)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#putEntry = db.prepare(
      `INSERT OR REPLACE INTO afs_unsettled_entry(remote, parent, name, node, revision, agent, committed_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#putChange = db.prepare(
      `INSERT OR REPLACE INTO afs_unsettled_change(remote, parent_ino, name, ino, what, at_ms, name_at_ms, lost_at_ms, ranges, hash)
       VALUES (:remote, :parentIno, :name, :ino, :what, :atMs, :nameAtMs, :lostAtMs, :ranges, :hash)`,
    );
    this.#deleteNode = db.prepare('DELETE FROM afs_unsettled_node WHERE remote = ? AND node = ?');
    this.#deleteEntry = db.prepare(
      'DELETE FROM afs_unsettled_entry WHERE remote = ? AND parent = ? AND name = ?',
    );
    this.#forgetThere = [
      db.prepare('DELETE FROM afs_unsettled_node WHERE remote = ?'),
      db.prepare('DELETE FROM afs_unsettled_entry WHERE remote = ?'),
    ];
    this.#forgetHere = db.prepare('DELETE FROM afs_unsettled_change WHERE remote = ?');
  }

  changeThere(remote: number, { nodes, entries, settledNodes, settledEntries }: UnsettledThere): void {
    for (const node of settledNodes) this.#deleteNode.run(remote, bytesOf(node));
    for (const { parent, name } of settledEntries) this.#deleteEntry.run(remote, bytesOf(parent), name);
    for (const { node, revision, agent, committedAtMs, state, kind, content } of nodes)
      this.#putNode.run(remote, bytesOf(node), revision, agent, committedAtMs, state, kind, content);
    for (const { parent, name, node, revision, agent, committedAtMs } of entries)
      this.#putEntry.run(remote, bytesOf(parent), name, bytesOf(node), revision, agent, committedAtMs);
  }

  /** Replaces all that waits here. */
  setHere(remote: number, changes: readonly UnsettledChangeRow[]): void {
    this.#forgetHere.run(remote);
    for (const change of changes) this.#putChange.run({ remote, ...change });
  }

  /** All of a remote. */
  forget(remote: number): void {
    for (const statement of this.#forgetThere) statement.run(remote);
    this.#forgetHere.run(remote);
  }
}

function bytesOf(node: string): Buffer {
  return Buffer.from(node, 'hex');
}

export class UnsettledReader {
  readonly #listNodes: Statement<[number], UnsettledNodeRow>;
  readonly #listEntries: Statement<[number], UnsettledEntryRow>;
  readonly #listChanges: Statement<[number], UnsettledChangeRow>;
  readonly #getContent: Statement<[number, Buffer], { kind: string; content: Buffer }>;
  readonly #getOther: Statement<[{ remote: number; from: number }], { found: number }>;

  constructor(db: Database) {
    this.#listNodes = db.prepare(
      `SELECT lower(hex(node)) AS node, revision, agent, committed_at_ms AS committedAtMs, state
       FROM afs_unsettled_node WHERE remote = ?`,
    );
    this.#listEntries = db.prepare(
      `SELECT lower(hex(parent)) AS parent, name, lower(hex(node)) AS node, revision, agent,
         committed_at_ms AS committedAtMs FROM afs_unsettled_entry WHERE remote = ?`,
    );
    this.#listChanges = db.prepare(
      `SELECT parent_ino AS parentIno, name, ino, what, at_ms AS atMs, name_at_ms AS nameAtMs,
         lost_at_ms AS lostAtMs, ranges, hash
       FROM afs_unsettled_change WHERE remote = ? ORDER BY parent_ino, name, ino`,
    );
    this.#getContent = db.prepare(
      'SELECT kind, content FROM afs_unsettled_node WHERE remote = ? AND node = ?',
    );
    this.#getOther = db.prepare(
      `SELECT 1 AS found FROM afs_change c WHERE c.seq > :from AND c.origin <> :remote AND c.what <> 0
         AND NOT EXISTS (SELECT 1 FROM afs_unsettled_change u
           WHERE u.remote = :remote AND u.parent_ino = 0 AND u.name = '' AND u.ino = c.ino)
         AND NOT EXISTS (SELECT 1 FROM afs_unsettled_change u
           WHERE u.remote = :remote AND c.name <> '' AND u.parent_ino = c.parent_ino AND u.name = c.name)
       LIMIT 1`,
    );
  }

  nodes(remote: number): UnsettledNodeRow[] {
    return this.#listNodes.all(remote);
  }

  entries(remote: number): UnsettledEntryRow[] {
    return this.#listEntries.all(remote);
  }

  /** Places here, those of inodes first. */
  changes(remote: number): UnsettledChangeRow[] {
    return this.#listChanges.all(remote);
  }

  contentOf(remote: number, node: string): UnsettledContent | undefined {
    return this.#getContent.get(remote, bytesOf(node));
  }

  /** Whether the change log after `from` has anything of this side's that does not wait already. */
  hasOtherChanges(remote: number, from: number): boolean {
    return this.#getOther.get({ remote, from }) !== undefined;
  }
}
