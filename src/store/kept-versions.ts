/**
 * Versions that lost here before any remote had them (afs_kept): the writer's side, on the owner's main thread.
 *
 * A row and the content it speaks of change in one transaction; the caller holds it. A row may be written ahead of the
 * removal of its inode, so that a crash between the two loses nothing: `settleAfterCrash` says what came of it.
 */
import type { Database, Statement } from 'better-sqlite3';

export interface KeptRow {
  /** 32 hex digits. */
  readonly id: string;
  readonly remote: number;
  /** Of the detached inode with its content; 0 where only attributes lost. */
  readonly ino: number;
  /** 32 hex digits. */
  readonly node: string;
  readonly path: string;
  /** JSON: NodeVersion. */
  readonly version: string;
  readonly why: string;
  readonly keptAtMs: number;
}

export const KEPT_SELECT =
  'SELECT id, remote, ino, node, path, version, why, kept_at_ms AS keptAtMs FROM afs_kept';

export class KeptVersions {
  readonly #put: Statement<[KeptRow]>;
  readonly #deleteById: Statement<[string]>;
  readonly #deleteByIno: Statement<[number]>;
  readonly #getById: Statement<[string], KeptRow>;
  readonly #list: Statement<[], KeptRow>;
  readonly #settle: readonly Statement[];

  constructor(db: Database) {
    this.#put = db.prepare(
      `INSERT OR REPLACE INTO afs_kept(id, remote, ino, node, path, version, why, kept_at_ms)
       VALUES (:id, :remote, :ino, :node, :path, :version, :why, :keptAtMs)`,
    );
    this.#deleteById = db.prepare('DELETE FROM afs_kept WHERE id = ?');
    this.#deleteByIno = db.prepare('DELETE FROM afs_kept WHERE ino = ? AND ino <> 0');
    this.#getById = db.prepare(`${KEPT_SELECT} WHERE id = ?`);
    this.#list = db.prepare(`${KEPT_SELECT} ORDER BY kept_at_ms, id`);
    this.#settle = [
      db.prepare(
        'DELETE FROM afs_kept WHERE ino <> 0 AND NOT EXISTS (SELECT 1 FROM fs_inode i WHERE i.ino = afs_kept.ino AND i.nlink = 0)',
      ),
      db.prepare('DELETE FROM afs_orphan WHERE ino IN (SELECT ino FROM afs_kept)'),
    ];
  }

  put(row: KeptRow): void {
    this.#put.run(row);
  }

  delete(id: string): void {
    this.#deleteById.run(id);
  }

  deleteOfIno(ino: number): void {
    this.#deleteByIno.run(ino);
  }

  get(id: string): KeptRow | undefined {
    return this.#getById.get(id);
  }

  /** The oldest first. */
  list(): KeptRow[] {
    return this.#list.all();
  }

  /** A row whose inode still has a name was written for nothing; an inode without one is kept, and no orphan. */
  settleAfterCrash(): void {
    for (const statement of this.#settle) statement.run();
  }
}
