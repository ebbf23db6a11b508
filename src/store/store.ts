/**
 * The writer's side of one workspace database: the one connection that changes it, and its group commit.
 *
 * Invariants: a batch is one transaction, and all of it or none of it is there; a failed batch throws and leaves the
 * database as it was, so the caller can keep the batch and try again. Only the owner's main thread has a Store.
 */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import { AgentFsError, late } from '../base/index.js';
import type { Checkpointer } from './checkpointer.js';
import {
  BUSY_TIMEOUT_MS,
  CHECKPOINT_BYTES,
  type OpenDatabaseOptions,
  openDatabase,
  openingError,
} from './database.js';
import { Durability } from './durability.js';
import { KeptVersions } from './kept-versions.js';
import { type NewNode, NewNodeWriter } from './new-nodes.js';
import type { Batch } from './rows.js';
import { type DiskSpace, diskSpaceOf, SpaceBudget } from './space.js';
import {
  type BesideInodes,
  prepareReads,
  prepareWrites,
  type ReadStatements,
  runInode,
  type WriteStatements,
} from './statements.js';
import { SyncState } from './sync-state.js';

const checkpointerPart = late(() => import('./checkpointer.js'));

/** Counts that do not depend on the machine, for benchmarks and tests. */
export interface StoreStatistics {
  commits: number;
  rowsWritten: number;
  syncs: number;
}

export class Store {
  readonly path: string;
  readonly db: Database;
  readonly read: ReadStatements;
  readonly syncState: SyncState;
  readonly kept: KeptVersions;
  readonly chunkSize: number;
  readonly space: SpaceBudget;
  readonly disk: DiskSpace;
  /** First inode number, and first entry id, that were never given out. */
  readonly firstFreeIno: number;
  readonly firstFreeDentryId: number;
  readonly #write: WriteStatements;
  readonly #newNodes: NewNodeWriter;
  readonly #durability: Durability;
  #checkpointer: Checkpointer | undefined;
  #checkpointerLoads: Promise<void> | undefined;
  #storedNextIno: number;
  #commits = 0;
  #rowsWritten = 0;

  constructor(path: string, options: OpenDatabaseOptions = {}) {
    this.path = path;
    this.db = openDatabase(path, options);
    let durability: Durability | undefined;
    try {
      this.read = prepareReads(this.db);
      this.#write = prepareWrites(this.db);
      this.syncState = new SyncState(this.db);
      this.kept = new KeptVersions(this.db);
      this.chunkSize = readChunkSize(this.db, path);
      this.#newNodes = new NewNodeWriter(this.db, this.#write, this.chunkSize);
      this.firstFreeIno = Math.max(nextOf(this.db, 'fs_inode', 'ino'), metaNumber(this.db, 'next_ino'), 2);
      this.firstFreeDentryId = Math.max(nextOf(this.db, 'fs_dentry', 'id'), 3);
      this.#storedNextIno = this.firstFreeIno;
      // A first write, so that the WAL file is there to be synced.
      this.#write.putMeta.run('opened_at', new Date().toISOString());
      durability = new Durability(`${path}-wal`);
      this.#durability = durability;
      this.#sweepOrphans();
    } catch (error) {
      void durability?.close();
      this.db.close();
      throw openingError(error, path);
    }
    this.disk = diskSpaceOf(dirname(path));
    this.space = new SpaceBudget(this.disk, {
      freeBytes: () => this.#pragma('freelist_count') * this.#pragma('page_size'),
      walBytes: () => this.#walBytes(),
    });
  }

  /** Writes a batch in one transaction. Throws AgentFsError ENOSPC or EIO, and then nothing of it is there. */
  write(batch: Batch): void {
    const w = this.#write;
    let rows = 0;
    try {
      w.begin.run();
      for (const dentry of batch.removedDentries) {
        w.deleteDentry.run(dentry.parentIno, dentry.name);
        rows += 1;
      }
      const beside = w.hasBeside.get();
      for (const ino of batch.removedInodes) {
        this.#deleteInode(ino, beside);
        rows += 1;
      }
      for (const row of batch.newInodes) {
        runInode(w.insertInode, row);
        rows += 1;
      }
      for (const row of batch.changedInodes) {
        runInode(w.updateInode, row);
        rows += 1;
      }
      for (const dentry of batch.dentries) {
        const put = dentry.replaces ? w.putDentry : w.insertDentry;
        put.run(dentry.id, dentry.name, dentry.parentIno, dentry.ino);
        rows += 1;
      }
      for (const cut of batch.cutContent) {
        w.deleteChunks.run(cut.ino, cut.fromChunk, cut.toChunk);
        rows += 1;
      }
      for (const chunk of batch.chunks) {
        w.putChunk.run(chunk.ino, chunk.index, chunk.data);
        rows += 1;
      }
      rows += this.#writeExtras(batch);
      for (const change of batch.changes) {
        w.appendChange.run(
          batch.origin,
          batch.atMs,
          change.ino,
          change.parentIno,
          change.name,
          change.what,
          change.rangeFrom,
          change.rangeTo,
        );
        rows += 1;
      }
      for (const also of batch.also) also();
      if (batch.nextIno > this.#storedNextIno) w.putMeta.run('next_ino', String(batch.nextIno));
      w.commit.run();
    } catch (error) {
      if (this.db.inTransaction) w.rollback.run();
      this.space.reset();
      throw writeError(error);
    }
    this.#storedNextIno = Math.max(this.#storedNextIno, batch.nextIno);
    this.#commits += 1;
    this.#rowsWritten += rows;
    this.space.committed();
    this.#moveLongWal();
  }

  /** Writes nodes that nobody has seen, with their entries, inside the open batch (`also`). */
  addNodes(nodes: Iterable<NewNode>): void {
    for (const node of nodes) this.#rowsWritten += this.#newNodes.add(node);
  }

  /** Moves all content rows of one inode to another inside the open batch (`also`) or on their own. */
  moveContent(from: number, to: number): void {
    this.#write.moveContent.run(to, from);
  }

  copyContent(from: number, to: number): void {
    this.#write.copyContent.run(to, from);
  }

  /**
   * Moves the WAL into the database and gives its room back, so that deleted pages can be used again. Does nothing
   * where a reader or the disk does not let it.
   */
  reclaim(): void {
    this.space.reset();
    this.#checkpointer?.waitForEnd();
    this.db.pragma('busy_timeout = 0');
    try {
      this.db.pragma('wal_checkpoint(TRUNCATE)');
    } catch (error) {
      if (!isSqliteError(error)) throw error;
    } finally {
      this.db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }

  /** Resolves when every batch written so far survives a power cut. */
  sync(): Promise<void> {
    return this.#durability.sync();
  }

  countInodes(): number {
    return this.db.prepare<[], { count: number }>('SELECT count(*) AS count FROM fs_inode').get()?.count ?? 0;
  }

  /** Lines of SQLite's integrity check, `[]` where all is well. */
  integrityCheck(): string[] {
    const rows = this.db.prepare<[], { integrity_check: string }>('PRAGMA integrity_check').all();
    return rows.map((row) => row.integrity_check).filter((line) => line !== 'ok');
  }

  statistics(): StoreStatistics {
    return { commits: this.#commits, rowsWritten: this.#rowsWritten, syncs: this.#durability.syncs };
  }

  async close(): Promise<void> {
    await this.#durability.close();
    await this.#checkpointerLoads;
    await this.#checkpointer?.close();
    // Where the disk is too full for it, the WAL stays, with everything in it.
    this.reclaim();
    this.db.close();
  }

  #pragma(name: 'freelist_count' | 'page_size'): number {
    return Number(this.db.pragma(name, { simple: true }));
  }

  #walBytes(): number {
    return statSync(`${this.path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Most owners never have a long WAL, nor load what moves it. */
  #moveLongWal(): void {
    const bytes = this.#walBytes();
    if (this.#checkpointer !== undefined) this.#checkpointer.committed(bytes);
    else if (bytes >= CHECKPOINT_BYTES) {
      this.#checkpointerLoads ??= checkpointerPart().then(
        ({ Checkpointer }) => {
          this.#checkpointer = new Checkpointer(this.path);
          this.#checkpointer.committed(bytes);
        },
        () => {
          // SQLite's own checkpoint bounds the WAL meanwhile; the next commit asks again.
          this.#checkpointerLoads = undefined;
        },
      );
    }
  }

  #writeExtras(batch: Batch): number {
    const w = this.#write;
    let rows = 0;
    for (const link of batch.symlinks) {
      w.putSymlink.run(link.ino, link.target);
      rows += 1;
    }
    for (const xattr of batch.xattrs) {
      if (xattr.value === null) w.deleteXattr.run(xattr.ino, xattr.name);
      else w.putXattr.run(xattr.ino, xattr.name, xattr.value);
      rows += 1;
    }
    for (const ino of batch.orphans) {
      w.putOrphan.run(ino);
      rows += 1;
    }
    for (const ino of batch.adoptedOrphans) {
      w.deleteOrphan.run(ino);
      rows += 1;
    }
    return rows;
  }

  /** `beside` says which tables have anything: most often there is nothing to look for in them. */
  #deleteInode(ino: number, beside?: BesideInodes): void {
    const w = this.#write;
    w.deleteInode.run(ino);
    w.deleteContent.run(ino);
    if (beside?.symlinks !== 0) w.deleteSymlink.run(ino);
    if (beside?.xattrs !== 0) w.deleteXattrs.run(ino);
    if (beside?.orphans !== 0) w.deleteOrphan.run(ino);
  }

  /** Files that were unlinked while open when the last owner went; what has to be kept of them stays. */
  #sweepOrphans(): void {
    this.db.transaction(() => this.kept.settleAfterCrash())();
    const orphans = this.db.prepare<[], { ino: number }>('SELECT ino FROM afs_orphan').all();
    if (orphans.length === 0) return;
    this.db.transaction(() => {
      for (const { ino } of orphans) this.#deleteInode(ino);
    })();
  }
}

function nextOf(db: Database, table: 'fs_inode' | 'fs_dentry', column: 'ino' | 'id'): number {
  const row = db
    .prepare<[], { next: number }>(
      `SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = '${table}'), 0),
                  coalesce((SELECT max(${column}) FROM ${table}), 0)) + 1 AS next`,
    )
    .get();
  return row?.next ?? 1;
}

function metaNumber(db: Database, key: string): number {
  const row = db.prepare<[string], { value: string }>('SELECT value FROM afs_meta WHERE key = ?').get(key);
  return row === undefined ? 0 : Number(row.value);
}

function readChunkSize(db: Database, path: string): number {
  const row = db.prepare<[], { value: string }>("SELECT value FROM fs_config WHERE key = 'chunk_size'").get();
  const size = row === undefined ? 4096 : Number(row.value);
  if (Number.isInteger(size) && size >= 512 && size <= 64 * 1024 * 1024) return size;
  throw new AgentFsError('DATABASE_DAMAGED', `${path} has an impossible chunk_size '${row?.value}'`, {
    operation: 'open database',
    path,
    hint: 'Run agentfs doctor <workspace>.',
  });
}

function isSqliteError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_');
}

/** What a failed write means to the program on the mount. */
function writeError(error: unknown): unknown {
  if (!isSqliteError(error)) return error;
  const details = { operation: 'write database', cause: error };
  if (error.code === 'SQLITE_FULL')
    return new AgentFsError('ENOSPC', 'the disk under the workspace is full', details);
  return new AgentFsError('EIO', `the workspace database cannot be written: ${error.message}`, details);
}
