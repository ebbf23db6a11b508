/**
 * The reader's side of one workspace database: a read-only connection for the sync worker, with snapshots.
 *
 * Between `begin` and `end` everything is read as it was at `begin`, however much the owner writes meanwhile. The WAL
 * cannot be reset while a snapshot is open, so keep it short.
 */
import type { Database, Statement } from 'better-sqlite3';
import { openDatabase } from './database.js';
import { ExcludedReader } from './excluded-rows.js';
import { KEPT_SELECT, type KeptRow } from './kept-versions.js';
import type { DentryRow, InodeRow } from './rows.js';
import { prepareReads, type ReadStatements } from './statements.js';
import type { BaseEntryRow, BaseNodeRow, RemoteRow } from './sync-rows.js';
import { UnsettledReader } from './unsettled-rows.js';
import { type AuditRow, listAuditAfter, listQuarantine, type QuarantineRow } from './watching.js';

export interface LoggedChange {
  readonly seq: number;
  readonly origin: number;
  readonly atMs: number;
  readonly ino: number;
  readonly parentIno: number;
  readonly name: string;
  readonly what: number;
  readonly rangeFrom: number;
  readonly rangeTo: number;
}

export interface EntryRow {
  readonly parentIno: number;
  readonly name: string;
  readonly ino: number;
}

const NODE_SELECT = `SELECT ino, lower(hex(node)) AS node, revision, agent, edited_at_ms AS editedAtMs, kind, mode, uid, gid,
  rdev, size, mtime_sec AS mtimeSec, mtime_nsec AS mtimeNsec, hash, xattrs FROM afs_base_node`;
const ENTRY_SELECT = 'SELECT parent_ino AS parentIno, name, ino, revision FROM afs_base_entry';

/** A name in a directory, with the inode that it means. */
export interface ListedEntry {
  readonly name: string;
  readonly inode: InodeRow;
}

type ListedRow = [string, ...number[]];

/** One literal, since this runs for every file of a first push: spreading costs five times as much. */
function listedEntry(row: ListedRow): ListedEntry {
  const [name] = row;
  const at = (column: number) => row[column] as number;
  return {
    name,
    inode: {
      ino: at(1),
      mode: at(2),
      nlink: at(3),
      uid: at(4),
      gid: at(5),
      size: at(6),
      atimeSec: at(7),
      atimeNsec: at(8),
      mtimeSec: at(9),
      mtimeNsec: at(10),
      ctimeSec: at(11),
      ctimeNsec: at(12),
      rdev: at(13),
    },
  };
}

export class StoreReader {
  readonly chunkSize: number;
  /** What remotes have and this side does not take. */
  readonly excluded: ExcludedReader;
  /** What waits for a person, on both sides. */
  readonly unsettled: UnsettledReader;
  readonly #db: Database;
  readonly #reads: ReadStatements;
  readonly #begin: Statement;
  readonly #end: Statement;
  readonly #getRemote: Statement<[string], RemoteRow>;
  readonly #listRemotesBefore: Statement<[number], { name: string; incarnation: string }>;
  readonly #getIdsFrom: Statement<[number], { idsFrom: number }>;
  readonly #listChanges: Statement<[number, number, number], LoggedChange>;
  readonly #listInodes: Statement<[], { ino: number }>;
  readonly #getTotals: Statement<[], { inodes: number; bytes: number }>;
  readonly #listEntries: Statement<[], EntryRow>;
  readonly #listEntriesByIno: Statement<[number], EntryRow>;
  readonly #listEntriesByParent: Statement<[number], EntryRow>;
  readonly #getBaseNodeByIno: Statement<[number, number], BaseNodeRow>;
  readonly #getManifest: Statement<[number, number, Buffer, string], { manifest: Buffer }>;
  readonly #getBaseNodeByNode: Statement<[number, Buffer], BaseNodeRow>;
  readonly #getBaseEntryByName: Statement<[number, number, string], BaseEntryRow>;
  readonly #listBaseEntriesByIno: Statement<[number, number], BaseEntryRow>;
  readonly #listBaseEntriesByParent: Statement<[number, number], BaseEntryRow>;
  readonly #listBaseNodesAfter: Statement<[number, number], BaseNodeRow>;
  readonly #listBaseEntriesAfter: Statement<[number, number], BaseEntryRow>;
  readonly #listConflicts: Statement<[number], { conflict: string }>;
  /** Rows of a remote that are not believed. */
  readonly quarantine: (remote: number) => QuarantineRow[];
  /** The first rows of the audit log after a number. */
  readonly auditAfter: (seq: number, limit: number) => AuditRow[];
  readonly #countBaseEntries: Statement<[number], { entries: number }>;
  readonly #listKept: Statement<[], KeptRow>;
  readonly #getIsOnlyKept: Statement<[number], { found: number }>;
  readonly #getAnyBase: Statement<[number, number], { some: number }>;
  readonly #listListing: Statement<[number], ListedRow>;
  readonly #getIsBlank: Statement<[number], { blank: number }>;
  /** Which remotes have a base at all, in this snapshot: a first sync asks of each file what can only be nothing. */
  readonly #hasBase = new Map<number, boolean>();

  constructor(path: string) {
    const db = openDatabase(path, { readOnly: true, pageCacheBytes: 16 * 1024 * 1024 });
    this.#db = db;
    this.excluded = new ExcludedReader(db);
    this.unsettled = new UnsettledReader(db);
    this.#reads = prepareReads(db);
    const size = db
      .prepare<[], { value: string }>("SELECT value FROM fs_config WHERE key = 'chunk_size'")
      .get();
    this.chunkSize = Number(size?.value ?? 4096);
    this.#begin = db.prepare('BEGIN');
    this.#end = db.prepare('COMMIT');
    this.#getIdsFrom = db.prepare(
      "SELECT coalesce(json_extract(state, '$.idsFrom'), 0) AS idsFrom FROM afs_remote WHERE id = ?",
    );
    this.#listRemotesBefore = db.prepare('SELECT name, incarnation FROM afs_remote WHERE id < ?');
    this.#getRemote = db.prepare(
      'SELECT id, name, url, config, incarnation, cursor, pushed_seq AS pushedSeq, state FROM afs_remote WHERE name = ?',
    );
    this.#listChanges = db.prepare(
      `SELECT seq, origin, at_ms AS atMs, ino, parent_ino AS parentIno, name, what, range_from AS rangeFrom,
         range_to AS rangeTo FROM afs_change WHERE seq > ? AND seq <= ? AND origin <> ? ORDER BY seq`,
    );
    this.#listInodes = db.prepare('SELECT ino FROM fs_inode WHERE nlink > 0');
    this.#getTotals = db.prepare(
      `SELECT count(*) AS inodes, coalesce(sum(CASE WHEN mode & 61440 = 32768 THEN size END), 0) AS bytes
       FROM fs_inode WHERE nlink > 0`,
    );
    this.#listEntries = db.prepare('SELECT parent_ino AS parentIno, name, ino FROM fs_dentry');
    this.#listEntriesByIno = db.prepare(
      'SELECT parent_ino AS parentIno, name, ino FROM fs_dentry WHERE ino = ?',
    );
    this.#listEntriesByParent = db.prepare(
      'SELECT parent_ino AS parentIno, name, ino FROM fs_dentry WHERE parent_ino = ?',
    );
    this.#getBaseNodeByIno = db.prepare(`${NODE_SELECT} WHERE remote = ? AND ino = ?`);
    this.#getBaseNodeByNode = db.prepare(`${NODE_SELECT} WHERE remote = ? AND node = ?`);
    this.#getManifest = db.prepare(
      'SELECT manifest FROM afs_base_manifest WHERE remote = ? AND ino = ? AND node = ? AND hash = ?',
    );
    this.#getBaseEntryByName = db.prepare(`${ENTRY_SELECT} WHERE remote = ? AND parent_ino = ? AND name = ?`);
    // The planner's own choice walks all entries of the remote.
    this.#listBaseEntriesByIno = db.prepare(
      `${ENTRY_SELECT} INDEXED BY afs_base_entry_by_ino WHERE remote = ? AND ino = ?`,
    );
    this.#listBaseEntriesByParent = db.prepare(`${ENTRY_SELECT} WHERE remote = ? AND parent_ino = ?`);
    this.#listBaseNodesAfter = db.prepare(`${NODE_SELECT} WHERE remote = ? AND revision > ?`);
    this.#listBaseEntriesAfter = db.prepare(
      `${ENTRY_SELECT} WHERE remote = ? AND (revision > ? OR revision = 0)`,
    );
    this.quarantine = listQuarantine(db);
    this.auditAfter = listAuditAfter(db);
    this.#countBaseEntries = db.prepare('SELECT count(*) AS entries FROM afs_base_entry WHERE remote = ?');
    this.#getAnyBase = db.prepare(
      `SELECT EXISTS (SELECT 1 FROM afs_base_node WHERE remote = ?)
           OR EXISTS (SELECT 1 FROM afs_base_entry WHERE remote = ?) AS some`,
    );
    // Rows as arrays cost half of what rows as objects do.
    this.#listListing = db
      .prepare<[number], ListedRow>(
        `SELECT d.name, i.ino, i.mode, i.nlink, i.uid, i.gid, i.size, i.atime, i.atime_nsec, i.mtime, i.mtime_nsec,
           i.ctime, i.ctime_nsec, i.rdev
         FROM fs_dentry d CROSS JOIN fs_inode i ON i.ino = d.ino WHERE d.parent_ino = ? ORDER BY d.id`,
      )
      .raw();
    this.#getIsBlank = db.prepare(
      `SELECT NOT EXISTS (SELECT 1 FROM fs_dentry) AND NOT EXISTS (SELECT 1 FROM afs_base_node)
         AND NOT EXISTS (SELECT 1 FROM afs_base_entry) AND NOT EXISTS (SELECT 1 FROM afs_remote WHERE id <> ?) AS blank`,
    );
    this.#listKept = db.prepare(`${KEPT_SELECT} ORDER BY kept_at_ms, id`);
    this.#getIsOnlyKept = db.prepare(
      'SELECT 1 AS found FROM afs_kept k CROSS JOIN fs_inode i ON i.ino = k.ino WHERE k.ino = ? AND i.nlink = 0',
    );
    this.#listConflicts = db.prepare('SELECT conflict FROM afs_conflict WHERE remote = ? ORDER BY id');
  }

  begin(): void {
    this.#hasBase.clear();
    this.#begin.run();
    this.#reads.getLastSeq.get();
  }

  end(): void {
    this.#hasBase.clear();
    if (this.#db.inTransaction) this.#end.run();
  }

  /** Gives the snapshot up for `work`, so that the WAL can be reset, and takes a new one. Nothing may be read meanwhile. */
  async renewing(work: () => Promise<void>): Promise<void> {
    this.end();
    try {
      await work();
    } finally {
      this.begin();
    }
  }

  /** The last number of the change log. */
  lastSeq(): number {
    return this.#reads.getLastSeq.get()?.seq ?? 0;
  }

  remote(name: string): RemoteRow | undefined {
    return this.#getRemote.get(name);
  }

  /** Those that were enabled before this one. */
  remotesBefore(id: number): readonly { readonly name: string; readonly incarnation: string }[] {
    return this.#listRemotesBefore.all(id);
  }

  /** Which identities are given to the nodes made here (`NodeInos`). */
  idsFrom(remote: number): number {
    return this.#getIdsFrom.get(remote)?.idsFrom ?? 0;
  }

  /** Whether this is a workspace in which nothing is, and of which `remote`, the only one, knows nothing. */
  isBlank(remote: number): boolean {
    return this.#getIsBlank.get(remote)?.blank === 1;
  }

  /** Whether anything was ever agreed on with a remote. */
  hasBase(remote: number): boolean {
    return this.#isBased(remote);
  }

  /** The change log after `from` up to `to`, without what came from the remote itself. */
  changes(remote: number, from: number, to: number): IterableIterator<LoggedChange> {
    return this.#listChanges.iterate(from, to, remote);
  }

  /** Every inode that has a name, and every entry: for a first sync. */
  allInodes(): IterableIterator<{ ino: number }> {
    return this.#listInodes.iterate();
  }

  allEntries(): IterableIterator<EntryRow> {
    return this.#listEntries.iterate();
  }

  /** How many inodes have a name, and how many bytes their files have. Looks at all of them. */
  totals(): { readonly inodes: number; readonly bytes: number } {
    const row = this.#getTotals.get();
    return { inodes: row?.inodes ?? 0, bytes: row?.bytes ?? 0 };
  }

  inode(ino: number): InodeRow | undefined {
    return this.#reads.getInodeByIno.get(ino);
  }

  entry(parentIno: number, name: string): DentryRow | undefined {
    return this.#reads.getDentryByName.get(parentIno, name);
  }

  /** The entries of a directory with what they mean. */
  listing(parentIno: number): ListedEntry[] {
    return this.#listListing.all(parentIno).map(listedEntry);
  }

  /** Looks through all entries, unless they are indexed (`SyncState.indexEntries`). */
  entriesOf(ino: number): EntryRow[] {
    return this.#listEntriesByIno.all(ino);
  }

  entriesIn(parentIno: number): EntryRow[] {
    return this.#listEntriesByParent.all(parentIno);
  }

  /** Names of the entries of a directory. */
  names(parentIno: number): string[] {
    return this.#reads.listDentriesByParent.all(parentIno, -1).map((row) => row.name);
  }

  target(ino: number): string {
    return this.#reads.getTargetByIno.get(ino)?.target ?? '';
  }

  xattrs(ino: number): { name: string; value: Buffer }[] {
    return this.#reads.listXattrsByIno.all(ino);
  }

  /** Bytes [offset, offset + length) of a file; holes are zeros. */
  content(ino: number, offset: number, length: number): Buffer {
    if (offset === 0 && length <= this.chunkSize) {
      const data = this.#reads.getChunk.get(ino, 0)?.data;
      if (data?.length === length) return data;
    }
    const bytes = Buffer.alloc(length);
    this.readContent(ino, offset, bytes);
    return bytes;
  }

  /**
   * Fills `bytes` with what a file has from `offset` on; holes are zeros. For who reads much: new memory for each piece
   * costs more than its bytes.
   */
  readContent(ino: number, offset: number, bytes: Uint8Array): void {
    const first = Math.floor(offset / this.chunkSize);
    const last = Math.floor((offset + bytes.length - 1) / this.chunkSize);
    let filled = 0;
    for (const row of this.#reads.listChunks.iterate(ino, first, last)) {
      const at = row.index * this.chunkSize - offset;
      const start = Math.max(0, at);
      // A piece that is short ends in a hole.
      if (at + row.data.length <= start) continue;
      if (start > filled) bytes.fill(0, filled, start);
      filled = start + row.data.copy(bytes, start, start - at);
    }
    bytes.fill(0, filled);
  }

  #isBased(remote: number): boolean {
    let based = this.#hasBase.get(remote);
    if (based === undefined) {
      based = this.#getAnyBase.get(remote, remote)?.some === 1;
      this.#hasBase.set(remote, based);
    }
    return based;
  }

  baseNodeOfIno(remote: number, ino: number): BaseNodeRow | undefined {
    return this.#isBased(remote) ? this.#getBaseNodeByIno.get(remote, ino) : undefined;
  }

  /** `node` is 32 hex digits. */
  baseNode(remote: number, node: string): BaseNodeRow | undefined {
    return this.#isBased(remote) ? this.#getBaseNodeByNode.get(remote, Buffer.from(node, 'hex')) : undefined;
  }

  /** The list of chunks of a content that the base has, where it is known. `node` is 32 hex digits. */
  baseManifest(
    remote: number,
    of: { readonly ino: number; readonly node: string; readonly hash: string },
  ): Buffer | undefined {
    return this.#getManifest.get(remote, of.ino, Buffer.from(of.node, 'hex'), of.hash)?.manifest;
  }

  baseEntry(remote: number, parentIno: number, name: string): BaseEntryRow | undefined {
    return this.#isBased(remote) ? this.#getBaseEntryByName.get(remote, parentIno, name) : undefined;
  }

  baseEntriesOf(remote: number, ino: number): BaseEntryRow[] {
    return this.#listBaseEntriesByIno.all(remote, ino);
  }

  baseChildren(remote: number, parentIno: number): BaseEntryRow[] {
    return this.#listBaseEntriesByParent.all(remote, parentIno);
  }

  /** Rows of the base that came after a revision. Looks at all of it. */
  baseNodesAfter(remote: number, revision: number): BaseNodeRow[] {
    return this.#listBaseNodesAfter.all(remote, revision);
  }

  /** Entries of revision 0 too: whether the remote has them is not known. */
  baseEntriesAfter(remote: number, revision: number): BaseEntryRow[] {
    return this.#listBaseEntriesAfter.all(remote, revision);
  }

  quarantineOf(name: string): readonly QuarantineRow[] {
    const row = this.remote(name);
    return row === undefined ? [] : this.quarantine(row.id);
  }

  /** Entries that both sides have. */
  countBaseEntries(remote: number): number {
    return this.#countBaseEntries.get(remote)?.entries ?? 0;
  }

  /** JSON of each pending conflict. */
  conflicts(remote: number): string[] {
    return this.#listConflicts.all(remote).map((row) => row.conflict);
  }

  /** Versions that lost here and that no remote has yet, the oldest first. */
  kept(): KeptRow[] {
    return this.#listKept.all();
  }

  /** Whether an inode is here and may be a node: what is only kept of a version that lost is nobody's any more. */
  isHere(ino: number): boolean {
    return this.inode(ino) !== undefined && this.#getIsOnlyKept.get(ino) === undefined;
  }

  close(): void {
    this.end();
    this.#db.close();
  }
}
