/**
 * The commits that this database has sent: what tells its own commits on a remote from those of a copy of it.
 *
 * A commit is noted before it is sent, whatever becomes of it, and is known by its id alone: also where the answer was
 * lost, and after the remote was disabled and enabled again. Written on the owner's main thread.
 */
import type { Database, Statement } from 'better-sqlite3';

/** A commit on a remote. */
export interface CommitReference {
  /** 32 hex digits. */
  readonly id: string;
  readonly revision: number;
}

/** Of commits without an answer so many are remembered: those before never arrived, or a cursor has passed them. */
const UNANSWERED_MAX = 10_000;

export class SentCommits {
  readonly #put: Statement;
  readonly #trim: Statement;
  readonly #setRevision: Statement;
  readonly #get: Statement<[Buffer], { revision: number }>;
  readonly #passed: Statement;
  readonly #forget: Statement;

  constructor(db: Database) {
    this.#put = db.prepare('INSERT OR IGNORE INTO afs_sent_commit(uuid, remote, revision) VALUES (?, ?, 0)');
    this.#trim = db.prepare('DELETE FROM afs_sent_commit WHERE remote = ? AND revision = 0 AND seq <= ?');
    this.#setRevision = db.prepare('UPDATE afs_sent_commit SET revision = ? WHERE uuid = ?');
    this.#get = db.prepare('SELECT revision FROM afs_sent_commit WHERE uuid = ?');
    this.#passed = db.prepare('DELETE FROM afs_sent_commit WHERE remote = ? AND revision BETWEEN 1 AND ?');
    this.#forget = db.prepare('DELETE FROM afs_sent_commit WHERE remote = ? AND revision > 0');
  }

  /** `id` (32 hex digits) is about to be sent. */
  note(remote: number, id: string): void {
    const seq = Number(this.#put.run(Buffer.from(id, 'hex'), remote).lastInsertRowid);
    this.#trim.run(remote, seq - UNANSWERED_MAX);
  }

  /** It has become a revision of its remote. */
  arrived({ id, revision }: CommitReference): void {
    this.#setRevision.run(revision, Buffer.from(id, 'hex'));
  }

  /** Those of these commits that were never sent from here; of the others it is known now that they arrived. */
  unknown<C extends CommitReference>(commits: readonly C[]): C[] {
    return commits.filter((commit) => {
      const known = this.#get.get(Buffer.from(commit.id, 'hex'));
      if (known?.revision === 0) this.arrived(commit);
      return known === undefined;
    });
  }

  /** Nobody asks for commits up to the cursor any more. */
  passed(remote: number, cursor: number): void {
    this.#passed.run(remote, cursor);
  }

  /** Of a remote that is disabled; what has no answer yet may still arrive. */
  forget(remote: number): void {
    this.#forget.run(remote);
  }
}
