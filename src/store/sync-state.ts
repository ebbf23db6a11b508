/**
 * What sync remembers, as rows: remotes, the base of each, conflicts. Writers run on the owner's main thread, inside
 * the batch of the changes that they describe; readers run on either connection.
 *
 * Node ids cross this file as 32 hex digits and are stored as 16 bytes.
 */
import type { Database, Statement } from 'better-sqlite3';
import { ExcludedRows } from './excluded-rows.js';
import { CHANGED_ATTRIBUTES, CHANGED_CONTENT, CHANGED_ENTRY, CHANGED_NOTED } from './rows.js';
import { SentCommits } from './sent-commits.js';
import {
  BASE_NODE_COLUMNS,
  type BaseEntryRow,
  type BaseManifestRow,
  type BaseNodeRow,
  type RemoteRow,
} from './sync-rows.js';
import { UnsettledRows } from './unsettled-rows.js';
import { Watching } from './watching.js';

export class SyncState {
  /** What remotes have and this side does not take. */
  readonly excluded: ExcludedRows;
  readonly sentCommits: SentCommits;
  /** What waits for a person, on both sides. */
  readonly unsettled: UnsettledRows;
  readonly #db: Database;
  readonly watching: Watching;
  readonly #putNode: Statement;
  readonly #deleteNode: readonly Statement[];
  readonly #putManifest: Statement;
  readonly #forgetManifests: Statement;
  readonly #getInoOfNode: Statement<[number, Buffer], { ino: number }>;
  readonly #renameNode: Statement;
  readonly #markEntries: Statement;
  readonly #moveNode: readonly Statement[];
  readonly #putEntry: Statement;
  readonly #addEntry: Statement;
  readonly #deleteEntry: Statement;
  readonly #setCursor: Statement;
  readonly #setPushed: Statement;
  readonly #setIncarnation: Statement;
  readonly #setState: Statement;
  readonly #listRemotes: Statement<[], RemoteRow>;
  readonly #insertRemote: Statement;
  readonly #markLog: Statement;
  readonly #note: Statement;
  readonly #setConfig: Statement;
  readonly #forgetRemote: readonly Statement[];
  readonly #forgetBase: readonly Statement[];
  readonly #forgetContact: Statement;
  readonly #putConflict: Statement;
  readonly #trimLog: Statement;
  readonly #countPending: Statement<[{ from: number; remote: number }], { pending: number }>;
  readonly #clearConflicts: Statement;
  readonly #listConflicts: Statement<[number], { conflict: string }>;

  constructor(db: Database) {
    this.#db = db;
    this.excluded = new ExcludedRows(db);
    this.sentCommits = new SentCommits(db);
    this.unsettled = new UnsettledRows(db);
    this.watching = new Watching(db);
    this.#putNode = db.prepare(
      `INSERT OR REPLACE INTO afs_base_node(remote, ino, node, ${BASE_NODE_COLUMNS})
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#deleteNode = [
      // What keeps a name here that goes from the base is new from now on, and nothing else tells of it.
      db.prepare(
        `INSERT INTO afs_change(origin, at_ms, ino, parent_ino, name, what, range_from, range_to)
         SELECT 0, 0, b.ino, b.parent_ino, b.name, ${CHANGED_ENTRY | CHANGED_NOTED}, 0, 0
         FROM afs_base_entry b INDEXED BY afs_base_entry_by_ino JOIN fs_dentry USING (parent_ino, name, ino)
         WHERE b.remote = :remote AND b.ino = :ino`,
      ),
      db.prepare('DELETE FROM afs_base_manifest WHERE remote = :remote AND ino = :ino'),
      db.prepare('DELETE FROM afs_base_entry WHERE remote = :remote AND ino = :ino'),
      db.prepare('DELETE FROM afs_base_entry WHERE remote = :remote AND parent_ino = :ino'),
      db.prepare('DELETE FROM afs_base_node WHERE remote = :remote AND ino = :ino'),
    ];
    this.#putManifest = db.prepare(
      'INSERT OR REPLACE INTO afs_base_manifest(remote, ino, node, hash, manifest) VALUES (?, ?, ?, ?, ?)',
    );
    this.#forgetManifests = db.prepare(
      'DELETE FROM afs_base_manifest WHERE remote IN (SELECT id FROM afs_remote) AND ino = ?',
    );
    this.#getInoOfNode = db.prepare('SELECT ino FROM afs_base_node WHERE remote = ? AND node = ?');
    this.#renameNode = db.prepare('UPDATE afs_base_node SET node = ? WHERE remote = ? AND ino = ?');
    this.#markEntries = db.prepare(
      'UPDATE afs_base_entry SET revision = 0 WHERE remote = ? AND parent_ino = ?',
    );
    this.#moveNode = [
      db.prepare('UPDATE OR REPLACE afs_base_node SET ino = :ino WHERE remote = :remote AND ino = :before'),
      db.prepare(
        'UPDATE OR REPLACE afs_base_entry SET parent_ino = :ino WHERE remote = :remote AND parent_ino = :before',
      ),
      db.prepare(
        'UPDATE afs_base_entry INDEXED BY afs_base_entry_by_ino SET ino = :ino WHERE remote = :remote AND ino = :before',
      ),
      // What the log has under the former number would be looked for in vain.
      db.prepare(
        `INSERT INTO afs_change(origin, at_ms, ino, parent_ino, name, what, range_from, range_to)
         SELECT 0, 0, :ino, :ino, '', ${CHANGED_ENTRY | CHANGED_NOTED}, 0, 0 FROM afs_base_node
         WHERE remote = :remote AND ino = :ino AND kind = 'directory' AND :before <> 0`,
      ),
    ];
    this.#putEntry = db.prepare(
      `INSERT OR REPLACE INTO afs_base_entry(remote, parent_ino, name, ino, revision)
       SELECT :remote, :parentIno, :name, :ino, :revision
       WHERE EXISTS (SELECT 1 FROM afs_base_node WHERE remote = :remote AND ino = :ino AND node = :node)
         AND (:parentIno = 1
           OR EXISTS (SELECT 1 FROM afs_base_node WHERE remote = :remote AND ino = :parentIno AND node = :parent))`,
    );
    this.#addEntry = db.prepare(
      'INSERT OR REPLACE INTO afs_base_entry(remote, parent_ino, name, ino, revision) VALUES (?, ?, ?, ?, ?)',
    );
    this.#deleteEntry = db.prepare(
      'DELETE FROM afs_base_entry WHERE remote = ? AND parent_ino = ? AND name = ?',
    );
    this.#setCursor = db.prepare('UPDATE afs_remote SET cursor = ? WHERE id = ?');
    this.#setPushed = db.prepare('UPDATE afs_remote SET pushed_seq = max(pushed_seq, ?) WHERE id = ?');
    this.#setIncarnation = db.prepare('UPDATE afs_remote SET incarnation = ? WHERE id = ?');
    this.#setState = db.prepare('UPDATE afs_remote SET state = ? WHERE id = ?');
    this.#listRemotes = db.prepare(
      'SELECT id, name, url, config, incarnation, cursor, pushed_seq AS pushedSeq, state FROM afs_remote ORDER BY id',
    );
    this.#markLog = db.prepare(
      `INSERT INTO afs_change(origin, at_ms, ino, parent_ino, name, what, range_from, range_to)
       VALUES (-1, 0, 1, 0, '', 0, 0, 0)`,
    );
    // Its time is 0: who is told to look again has not edited anything.
    this.#note = db.prepare(
      `INSERT INTO afs_change(origin, at_ms, ino, parent_ino, name, what, range_from, range_to)
       VALUES (0, 0, ?, ?, ?, ?, 0, 0)`,
    );
    this.#insertRemote = db.prepare(
      "INSERT INTO afs_remote(name, url, config, incarnation, cursor, pushed_seq, state) VALUES (?, ?, ?, '', 0, 0, '{}')",
    );
    this.#setConfig = db.prepare('UPDATE afs_remote SET config = ? WHERE id = ?');
    this.#forgetBase = [
      db.prepare('DELETE FROM afs_base_node WHERE remote = ?'),
      db.prepare('DELETE FROM afs_base_entry WHERE remote = ?'),
      db.prepare('DELETE FROM afs_base_manifest WHERE remote = ?'),
      db.prepare('DELETE FROM afs_conflict WHERE remote = ?'),
    ];
    this.#forgetContact = db.prepare(
      "UPDATE afs_remote SET cursor = 0, pushed_seq = 0, incarnation = '', state = '{}' WHERE id = ?",
    );
    this.#forgetRemote = [
      ...this.#forgetBase,
      db.prepare('DELETE FROM afs_remote WHERE id = ?'),
      db.prepare('UPDATE afs_kept SET remote = 0 WHERE remote = ?'),
    ];
    this.#putConflict = db.prepare(
      'INSERT OR REPLACE INTO afs_conflict(remote, id, conflict, found_at_ms) VALUES (?, ?, ?, ?)',
    );
    this.#countPending = db.prepare(
      `SELECT count(*) AS pending FROM (
         SELECT DISTINCT ino FROM afs_change c WHERE seq > :from AND origin <> :remote AND what <> 0 AND ino <> 0
           AND (what & ${CHANGED_NOTED}) = 0 AND NOT EXISTS (SELECT 1 FROM afs_unsettled_change u
             WHERE u.remote = :remote AND u.parent_ino = 0 AND u.name = '' AND u.ino = c.ino))`,
    );
    this.#clearConflicts = db.prepare('DELETE FROM afs_conflict WHERE remote = ?');
    this.#listConflicts = db.prepare('SELECT conflict FROM afs_conflict WHERE remote = ? ORDER BY id');
    this.#trimLog = db.prepare(
      'DELETE FROM afs_change WHERE seq <= (SELECT min(pushed_seq) FROM afs_remote)',
    );
  }

  /**
   * Whether entries are found by their inode. Filters go by paths and need it; without them it would only cost a B-tree
   * insertion for every file created.
   */
  indexEntries(wanted: boolean): void {
    this.#db.exec(
      wanted
        ? 'CREATE INDEX IF NOT EXISTS afs_dentry_by_ino ON fs_dentry(ino)'
        : 'DROP INDEX IF EXISTS afs_dentry_by_ino',
    );
  }

  remotes(): RemoteRow[] {
    return this.#listRemotes.all();
  }

  /** The change log gets a first row with it, since 0 means that nothing was ever pushed. */
  addRemote(name: string, url: string, config: string): number {
    this.#markLog.run();
    return Number(this.#insertRemote.run(name, url, config).lastInsertRowid);
  }

  /** `config` is JSON. Nothing else that is remembered is touched. */
  setConfig(remote: number, config: string): void {
    this.#setConfig.run(config, remote);
  }

  /** Forgets a remote and all that was known of it; files stay. */
  removeRemote(id: number): void {
    this.excluded.forget(id);
    this.sentCommits.forget(id);
    this.unsettled.forget(id);
    this.watching.forget(id);
    for (const statement of this.#forgetRemote) statement.run(id);
  }

  /** Forgets all but the settings of a remote, so that the next sync joins both sides without an ancestor. */
  rejoin(id: number): void {
    this.excluded.forget(id);
    this.unsettled.forget(id);
    this.watching.setQuarantine(id, []);
    for (const statement of this.#forgetBase) statement.run(id);
    this.#forgetContact.run(id);
  }

  /** Where the base has the node under another inode number (it was gone here and is back), all it has follows. */
  putNode(remote: number, row: BaseNodeRow): void {
    this.adoptNode(remote, row.node, row.ino);
    this.excluded.deleteNode(remote, row.node);
    this.addNode(remote, row);
  }

  /** Of a node that the base does not have. */
  addNode(remote: number, row: BaseNodeRow): void {
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

  /** `node` is 32 hex digits. Its entries, and those in it, are gone with it. */
  deleteNode(remote: number, node: string): void {
    const ino = this.#getInoOfNode.get(remote, Buffer.from(node, 'hex'))?.ino;
    if (ino === undefined) return;
    for (const statement of this.#deleteNode) statement.run({ remote, ino });
  }

  /** The content of an inode is replaced: what is remembered of its chunks may not be of it any more. */
  forgetManifests(ino: number): void {
    this.#forgetManifests.run(ino);
  }

  /** Notes which chunks the content `hash` of a base node has. `node` is 32 hex digits. */
  putManifest(remote: number, row: BaseManifestRow): void {
    this.#putManifest.run(remote, row.ino, Buffer.from(row.node, 'hex'), row.hash, row.manifest);
  }

  /**
   * From now on `node` (32 hex digits) is the inode `ino`: what the base has of either follows. Where the inode was
   * another node, revision 0 marks its entries: that they are in the new one is not known.
   */
  adoptNode(remote: number, node: string, ino: number): void {
    const id = Buffer.from(node, 'hex');
    const before = this.#getInoOfNode.get(remote, id)?.ino;
    if (before === ino) return;
    if (before === undefined) {
      if (this.#renameNode.run(id, remote, ino).changes > 0) this.#markEntries.run(remote, ino);
      return;
    }
    for (const statement of this.#moveNode) statement.run({ remote, before, ino });
  }

  /**
   * Notes an entry, where the base has both its nodes (32 hex digits) under their inode numbers: an entry of the base
   * means what its inodes are called in the base. Else the log says to look there again.
   */
  putEntry(
    remote: number,
    row: BaseEntryRow,
    nodes: { readonly parent: string; readonly node: string },
  ): void {
    const [parent, node] = [Buffer.from(nodes.parent, 'hex'), Buffer.from(nodes.node, 'hex')];
    if (this.#putEntry.run({ remote, ...row, parent, node }).changes === 0) this.noteEntry(row);
    else this.excluded.deleteEntry(remote, nodes.parent, row.name);
  }

  /** Of nodes that the base has just got. */
  addEntry(remote: number, row: BaseEntryRow): void {
    this.#addEntry.run(remote, row.parentIno, row.name, row.ino, row.revision);
  }

  deleteEntry(remote: number, parentIno: number, name: string): void {
    this.#deleteEntry.run(remote, parentIno, name);
  }

  setCursor(remote: number, revision: number): void {
    this.#setCursor.run(revision, remote);
    this.sentCommits.passed(remote, revision);
  }

  setIncarnation(remote: number, incarnation: string): void {
    this.#setIncarnation.run(incarnation, remote);
  }

  /** `state` is JSON. */
  setState(remote: number, state: string): void {
    this.#setState.run(state, remote);
  }

  /** Notes in the log that a pull has made an inode what no remote has yet. */
  noteInode(ino: number): void {
    this.#note.run(ino, 0, '', CHANGED_ATTRIBUTES | CHANGED_CONTENT | CHANGED_NOTED);
  }

  /** Notes in the log that a pull has made an entry what no remote has yet. `ino` 0: there is none. */
  noteEntry(entry: { readonly parentIno: number; readonly name: string; readonly ino: number }): void {
    this.#note.run(entry.ino, entry.parentIno, entry.name, CHANGED_ENTRY | CHANGED_NOTED);
  }

  /** Lays fields over the JSON that a remote's state is. */
  mergeState(remote: number, fields: Readonly<Record<string, unknown>>): void {
    const row = this.remotes().find(({ id }) => id === remote);
    if (row === undefined) return;
    this.setState(remote, JSON.stringify({ ...(JSON.parse(row.state) as object), ...fields }));
  }

  /** Marks the change log up to `seq` as pushed, and drops the part that every remote has. */
  setPushed(remote: number, seq: number): void {
    this.#setPushed.run(seq, remote);
    this.#trimLog.run();
  }

  /** Inodes with a change that the remote does not have, but for those that wait for a conflict to be decided. */
  pendingChanges(remote: Pick<RemoteRow, 'id' | 'pushedSeq'>): number {
    return this.#countPending.get({ from: remote.pushedSeq, remote: remote.id })?.pending ?? 0;
  }

  /** Replaces the pending conflicts of a remote. */
  setConflicts(remote: number, conflicts: Iterable<{ id: string; json: string }>, foundAtMs: number): void {
    this.#clearConflicts.run(remote);
    for (const conflict of conflicts) this.#putConflict.run(remote, conflict.id, conflict.json, foundAtMs);
  }

  /** JSON of each pending conflict. */
  conflicts(remote: number): string[] {
    return this.#listConflicts.all(remote).map((row) => row.conflict);
  }
}
