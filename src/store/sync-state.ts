/**
 * What sync remembers, as rows: remotes, the base of each, conflicts. Writers run on the owner's main thread, inside
 * the batch of the changes that they describe; readers run on either connection.
 *
 * Node ids cross this file as 32 hex digits and are stored as 16 bytes.
 */
import type { Database, Statement } from 'better-sqlite3';
import { BASE_NODE_COLUMNS, type BaseEntryRow, type BaseNodeRow, type RemoteRow } from './sync-rows.js';

export class SyncState {
  readonly #putNode: Statement;
  readonly #deleteNode: Statement;
  readonly #putEntry: Statement;
  readonly #deleteEntry: Statement;
  readonly #setCursor: Statement;
  readonly #setPushed: Statement;
  readonly #listRemotes: Statement<[], RemoteRow>;
  readonly #insertRemote: Statement;
  readonly #updateRemote: Statement;
  readonly #forgetRemote: readonly Statement[];
  readonly #forgetBase: readonly Statement[];
  readonly #putConflict: Statement;
  readonly #deleteConflict: Statement;
  readonly #trimLog: Statement;

  constructor(db: Database) {
    this.#putNode = db.prepare(
      `INSERT OR REPLACE INTO afs_base_node(remote, ino, node, ${BASE_NODE_COLUMNS})
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#deleteNode = db.prepare('DELETE FROM afs_base_node WHERE remote = ? AND ino = ?');
    this.#putEntry = db.prepare(
      'INSERT OR REPLACE INTO afs_base_entry(remote, parent_ino, name, ino, revision) VALUES (?, ?, ?, ?, ?)',
    );
    this.#deleteEntry = db.prepare(
      'DELETE FROM afs_base_entry WHERE remote = ? AND parent_ino = ? AND name = ?',
    );
    this.#setCursor = db.prepare('UPDATE afs_remote SET cursor = ? WHERE id = ?');
    this.#setPushed = db.prepare('UPDATE afs_remote SET pushed_seq = max(pushed_seq, ?) WHERE id = ?');
    this.#listRemotes = db.prepare(
      'SELECT id, name, url, config, incarnation, cursor, pushed_seq AS pushedSeq, state FROM afs_remote ORDER BY id',
    );
    this.#insertRemote = db.prepare(
      "INSERT INTO afs_remote(name, url, config, incarnation, cursor, pushed_seq, state) VALUES (?, ?, ?, '', 0, 0, '{}')",
    );
    this.#updateRemote = db.prepare(
      'UPDATE afs_remote SET url = ?, config = ?, incarnation = ?, state = ? WHERE id = ?',
    );
    this.#forgetBase = [
      db.prepare('DELETE FROM afs_base_node WHERE remote = ?'),
      db.prepare('DELETE FROM afs_base_entry WHERE remote = ?'),
      db.prepare('DELETE FROM afs_conflict WHERE remote = ?'),
    ];
    this.#forgetRemote = [...this.#forgetBase, db.prepare('DELETE FROM afs_remote WHERE id = ?')];
    this.#putConflict = db.prepare(
      'INSERT OR REPLACE INTO afs_conflict(remote, id, conflict, found_at_ms) VALUES (?, ?, ?, ?)',
    );
    this.#deleteConflict = db.prepare('DELETE FROM afs_conflict WHERE remote = ? AND id = ?');
    this.#trimLog = db.prepare(
      'DELETE FROM afs_change WHERE seq <= (SELECT min(pushed_seq) FROM afs_remote)',
    );
  }

  remotes(): RemoteRow[] {
    return this.#listRemotes.all();
  }

  addRemote(name: string, url: string, config: string): number {
    return Number(this.#insertRemote.run(name, url, config).lastInsertRowid);
  }

  updateRemote(remote: Pick<RemoteRow, 'id' | 'url' | 'config' | 'incarnation' | 'state'>): void {
    this.#updateRemote.run(remote.url, remote.config, remote.incarnation, remote.state, remote.id);
  }

  /** Forgets a remote and all that was known of it; files stay. */
  removeRemote(id: number): void {
    for (const statement of this.#forgetRemote) statement.run(id);
  }

  /** Forgets the base, so that the next sync joins both sides without an ancestor. */
  forgetBase(id: number): void {
    for (const statement of this.#forgetBase) statement.run(id);
    this.#setCursor.run(0, id);
  }

  putNode(remote: number, row: BaseNodeRow): void {
    this.#putNode.run(
      remote,
      row.ino,
      Buffer.from(row.node, 'hex'),
      row.revision,
      row.agent,
      row.editedAtMs,
      row.kind,
      row.mode,
      row.uid,
      row.gid,
      row.rdev,
      row.size,
      row.mtimeSec,
      row.mtimeNsec,
      row.hash,
      row.xattrs,
    );
  }

  deleteNode(remote: number, ino: number): void {
    this.#deleteNode.run(remote, ino);
  }

  putEntry(remote: number, row: BaseEntryRow): void {
    this.#putEntry.run(remote, row.parentIno, row.name, row.ino, row.revision);
  }

  deleteEntry(remote: number, parentIno: number, name: string): void {
    this.#deleteEntry.run(remote, parentIno, name);
  }

  setCursor(remote: number, revision: number): void {
    this.#setCursor.run(revision, remote);
  }

  /** Marks the change log up to `seq` as pushed, and drops the part that every remote has. */
  setPushed(remote: number, seq: number): void {
    this.#setPushed.run(seq, remote);
    this.#trimLog.run();
  }

  putConflict(remote: number, conflict: { id: string; json: string; foundAtMs: number }): void {
    this.#putConflict.run(remote, conflict.id, conflict.json, conflict.foundAtMs);
  }

  deleteConflict(remote: number, id: string): void {
    this.#deleteConflict.run(remote, id);
  }
}
