/**
 * What sync remembers of what it saw, as rows: quarantine, metrics and audit of the workspace database.
 */
import type { Database, Statement } from 'better-sqlite3';

/** A row of a remote that is not believed. */
export interface QuarantineRow {
  readonly what: 'node' | 'entry';
  /** The node's id, or the entry's `parent/name`. */
  readonly key: string;
  /** The node that an entry means; '' where that is not known. */
  readonly node: string;
  /** A path or an id, for people; it comes from the remote and may hold anything. */
  readonly shown: string;
  readonly revision: number;
  readonly reason: string;
  /** It is good by itself, and waits for another row that is not. */
  readonly waits: boolean;
}

export interface AuditRow {
  readonly seq: number;
  readonly atMs: number;
  readonly agent: string;
  /** '' where it is not about one. */
  readonly remote: string;
  readonly action: string;
  /** JSON. */
  readonly detail: string;
}

const QUARANTINE =
  'SELECT what, key, node, shown, revision, reason, waits FROM afs_quarantine WHERE remote = ?';

/** The quarantine of a remote: what is to blame first, then what waits. */
export function listQuarantine(db: Database): (remote: number) => QuarantineRow[] {
  const list = db.prepare<[number], Omit<QuarantineRow, 'waits'> & { waits: number }>(
    `${QUARANTINE} ORDER BY waits, shown, key`,
  );
  return (remote) => list.all(remote).map((row) => ({ ...row, waits: row.waits === 1 }));
}

const AUDIT = 'SELECT seq, at_ms AS atMs, agent, remote, action, detail FROM afs_audit';

/** The first `limit` rows of the audit log after `seq`. */
export function listAuditAfter(db: Database): (seq: number, limit: number) => AuditRow[] {
  const list = db.prepare<[number, number], AuditRow>(`${AUDIT} WHERE seq > ? ORDER BY seq LIMIT ?`);
  return (seq, limit) => list.all(seq, limit);
}

export class Watching {
  readonly quarantine: (remote: number) => QuarantineRow[];
  readonly #clearQuarantine: Statement;
  readonly #putQuarantine: Statement;
  readonly #getMetrics: Statement<[number], { counts: string }>;
  readonly #putMetrics: Statement;
  readonly #appendAudit: Statement;
  readonly #listAudit: Statement<[number], AuditRow>;
  readonly #forget: readonly Statement[];

  constructor(db: Database) {
    this.quarantine = listQuarantine(db);
    this.#clearQuarantine = db.prepare('DELETE FROM afs_quarantine WHERE remote = ?');
    this.#putQuarantine = db.prepare(
      `INSERT OR REPLACE INTO afs_quarantine(remote, what, key, node, shown, revision, reason, waits)
       VALUES (:remote, :what, :key, :node, :shown, :revision, :reason, :waits)`,
    );
    this.#getMetrics = db.prepare('SELECT counts FROM afs_metrics WHERE remote = ?');
    this.#putMetrics = db.prepare('INSERT OR REPLACE INTO afs_metrics(remote, counts) VALUES (?, ?)');
    this.#appendAudit = db.prepare(
      'INSERT INTO afs_audit(at_ms, agent, remote, action, detail) VALUES (?, ?, ?, ?, ?)',
    );
    this.#listAudit = db.prepare(`${AUDIT} ORDER BY seq DESC LIMIT ?`);
    this.#forget = [this.#clearQuarantine, db.prepare('DELETE FROM afs_metrics WHERE remote = ?')];
  }

  setQuarantine(remote: number, rows: Iterable<QuarantineRow>): void {
    this.#clearQuarantine.run(remote);
    for (const row of rows) this.#putQuarantine.run({ remote, ...row, waits: row.waits ? 1 : 0 });
  }

  /** JSON; undefined where nothing was counted yet. */
  metrics(remote: number): string | undefined {
    return this.#getMetrics.get(remote)?.counts;
  }

  setMetrics(remote: number, counts: string): void {
    this.#putMetrics.run(remote, counts);
  }

  appendAudit(row: Omit<AuditRow, 'seq'>): void {
    this.#appendAudit.run(Math.round(row.atMs), row.agent, row.remote, row.action, row.detail);
  }

  /** The last `limit` rows, the latest first. */
  audit(limit: number): AuditRow[] {
    return this.#listAudit.all(limit);
  }

  /** All but the audit log, of a remote that is disabled. */
  forget(remote: number): void {
    for (const statement of this.#forget) statement.run(remote);
  }
}
