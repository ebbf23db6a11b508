/**
 * The prepared statements of the file tables, made once for a connection and named verbNounByKey.
 *
 * Rows come back as plain objects in the shapes of rows.ts; SQL's names stay inside this file.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { DentryRow, InodeRow } from './rows.js';

const INODE_COLUMNS = `ino, mode, nlink, uid, gid, size, atime AS atimeSec, atime_nsec AS atimeNsec,
  mtime AS mtimeSec, mtime_nsec AS mtimeNsec, ctime AS ctimeSec, ctime_nsec AS ctimeNsec, rdev`;

/** Statements that only read: the main connection and the sync worker's have them. */
export interface ReadStatements {
  readonly getInodeByIno: Statement<[number], InodeRow>;
  readonly listInodesByParent: Statement<[number], InodeRow>;
  readonly getDentryByName: Statement<[number, string], DentryRow>;
  readonly listDentriesByParent: Statement<[number, number], DentryRow>;
  readonly getAnyDentryByParent: Statement<[number], { ino: number }>;
  readonly getParentByIno: Statement<[number], { parentIno: number; name: string }>;
  readonly getChunk: Statement<[number, number], { data: Buffer }>;
  readonly listChunks: Statement<[number, number, number], { index: number; data: Buffer }>;
  readonly countChunks: Statement<[number], { count: number }>;
  readonly listChunkIndexes: Statement<[number, number, number], { index: number }>;
  readonly getTargetByIno: Statement<[number], { target: string }>;
  readonly listXattrsByIno: Statement<[number], { name: string; value: Buffer }>;
  readonly getLastSeq: Statement<[], { seq: number }>;
}

export function prepareReads(db: Database): ReadStatements {
  return {
    getInodeByIno: db.prepare(`SELECT ${INODE_COLUMNS} FROM fs_inode WHERE ino = ?`),
    listInodesByParent: db.prepare(
      `SELECT ${INODE_COLUMNS.replace(/^ino/, 'i.ino')} FROM fs_dentry d JOIN fs_inode i ON i.ino = d.ino WHERE d.parent_ino = ?`,
    ),
    getDentryByName: db.prepare(
      `SELECT d.id, d.name, d.ino, i.mode & 61440 AS type FROM fs_dentry d JOIN fs_inode i ON i.ino = d.ino
       WHERE d.parent_ino = ? AND d.name = ?`,
    ),
    listDentriesByParent: db.prepare(
      `SELECT d.id, d.name, d.ino, i.mode & 61440 AS type FROM fs_dentry d JOIN fs_inode i ON i.ino = d.ino
       WHERE d.parent_ino = ? ORDER BY d.id LIMIT ?`,
    ),
    getAnyDentryByParent: db.prepare('SELECT ino FROM fs_dentry WHERE parent_ino = ? LIMIT 1'),
    getParentByIno: db.prepare('SELECT parent_ino AS parentIno, name FROM fs_dentry WHERE ino = ? LIMIT 1'),
    getChunk: db.prepare('SELECT data FROM fs_data WHERE ino = ? AND chunk_index = ?'),
    listChunks: db.prepare(
      `SELECT chunk_index AS "index", data FROM fs_data WHERE ino = ? AND chunk_index BETWEEN ? AND ? ORDER BY chunk_index`,
    ),
    listChunkIndexes: db.prepare(
      `SELECT chunk_index AS "index" FROM fs_data WHERE ino = ? AND chunk_index BETWEEN ? AND ? ORDER BY chunk_index`,
    ),
    countChunks: db.prepare('SELECT count(*) AS count FROM fs_data WHERE ino = ?'),
    getTargetByIno: db.prepare('SELECT target FROM fs_symlink WHERE ino = ?'),
    listXattrsByIno: db.prepare('SELECT name, value FROM afs_xattr WHERE ino = ? ORDER BY name'),
    getLastSeq: db.prepare(
      "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'afs_change'), 0) AS seq",
    ),
  };
}

/** 1 where a table that stands beside fs_inode has a row, else 0. */
export interface BesideInodes {
  readonly symlinks: number;
  readonly xattrs: number;
  readonly orphans: number;
}

/** Statements of a group commit: the owner's main connection alone has them. */
export interface WriteStatements {
  readonly begin: Statement<[]>;
  readonly commit: Statement<[]>;
  readonly rollback: Statement<[]>;
  readonly insertInode: Statement<number[]>;
  readonly updateInode: Statement<number[]>;
  readonly hasBeside: Statement<[], BesideInodes>;
  readonly deleteInode: Statement<[number]>;
  readonly insertDentry: Statement<[number, string, number, number]>;
  readonly putDentry: Statement<[number, string, number, number]>;
  readonly deleteDentry: Statement<[number, string]>;
  readonly putChunk: Statement<[number, number, Uint8Array]>;
  readonly insertChunk: Statement<[number, number, Uint8Array]>;
  readonly deleteChunks: Statement<[number, number, number]>;
  readonly deleteContent: Statement<[number]>;
  readonly moveContent: Statement<[number, number]>;
  readonly copyContent: Statement<[number, number]>;
  readonly putSymlink: Statement<[number, string]>;
  readonly deleteSymlink: Statement<[number]>;
  readonly putXattr: Statement<[number, string, Uint8Array]>;
  readonly deleteXattr: Statement<[number, string]>;
  readonly deleteXattrs: Statement<[number]>;
  readonly putOrphan: Statement<[number]>;
  readonly deleteOrphan: Statement<[number]>;
  readonly appendChange: Statement<[number, number, number, number, string, number, number, number]>;
  readonly putMeta: Statement<[string, string]>;
}

export function prepareWrites(db: Database): WriteStatements {
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
    insertInode: db.prepare(
      `INSERT INTO fs_inode(mode, nlink, uid, gid, size, atime, atime_nsec, mtime, mtime_nsec, ctime, ctime_nsec, rdev, ino)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    updateInode: db.prepare(
      `UPDATE fs_inode SET mode = ?, nlink = ?, uid = ?, gid = ?, size = ?, atime = ?, atime_nsec = ?, mtime = ?,
         mtime_nsec = ?, ctime = ?, ctime_nsec = ?, rdev = ? WHERE ino = ?`,
    ),
    hasBeside: db.prepare(
      `SELECT EXISTS (SELECT 1 FROM fs_symlink) AS symlinks, EXISTS (SELECT 1 FROM afs_xattr) AS xattrs,
         EXISTS (SELECT 1 FROM afs_orphan) AS orphans`,
    ),
    deleteInode: db.prepare('DELETE FROM fs_inode WHERE ino = ?'),
    insertDentry: db.prepare('INSERT INTO fs_dentry(id, name, parent_ino, ino) VALUES (?, ?, ?, ?)'),
    putDentry: db.prepare('INSERT OR REPLACE INTO fs_dentry(id, name, parent_ino, ino) VALUES (?, ?, ?, ?)'),
    deleteDentry: db.prepare('DELETE FROM fs_dentry WHERE parent_ino = ? AND name = ?'),
    putChunk: db.prepare('INSERT OR REPLACE INTO fs_data(ino, chunk_index, data) VALUES (?, ?, ?)'),
    insertChunk: db.prepare('INSERT INTO fs_data(ino, chunk_index, data) VALUES (?, ?, ?)'),
    deleteChunks: db.prepare('DELETE FROM fs_data WHERE ino = ? AND chunk_index BETWEEN ? AND ?'),
    deleteContent: db.prepare('DELETE FROM fs_data WHERE ino = ?'),
    moveContent: db.prepare('UPDATE fs_data SET ino = ? WHERE ino = ?'),
    copyContent: db.prepare(
      'INSERT INTO fs_data(ino, chunk_index, data) SELECT ?, chunk_index, data FROM fs_data WHERE ino = ?',
    ),
    putSymlink: db.prepare('INSERT OR REPLACE INTO fs_symlink(ino, target) VALUES (?, ?)'),
    deleteSymlink: db.prepare('DELETE FROM fs_symlink WHERE ino = ?'),
    putXattr: db.prepare('INSERT OR REPLACE INTO afs_xattr(ino, name, value) VALUES (?, ?, ?)'),
    deleteXattr: db.prepare('DELETE FROM afs_xattr WHERE ino = ? AND name = ?'),
    deleteXattrs: db.prepare('DELETE FROM afs_xattr WHERE ino = ?'),
    putOrphan: db.prepare('INSERT OR IGNORE INTO afs_orphan(ino) VALUES (?)'),
    deleteOrphan: db.prepare('DELETE FROM afs_orphan WHERE ino = ?'),
    appendChange: db.prepare(
      `INSERT INTO afs_change(origin, at_ms, ino, parent_ino, name, what, range_from, range_to)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    putMeta: db.prepare(
      'INSERT INTO afs_meta(key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value',
    ),
  };
}

export function runInode(statement: WriteStatements['insertInode'], row: InodeRow): void {
  statement.run(
    row.mode,
    row.nlink,
    row.uid,
    row.gid,
    row.size,
    row.atimeSec,
    row.atimeNsec,
    row.mtimeSec,
    row.mtimeNsec,
    row.ctimeSec,
    row.ctimeNsec,
    row.rdev,
    row.ino,
  );
}
