/**
 * Numbered migrations, run in order inside one transaction; a fresh database runs them all.
 *
 * Add one by appending to the list: never change one that was released. The number of the last one is the schema
 * version; a database with a higher one was written by a newer program and is refused.
 */
import type { Database } from 'better-sqlite3';
import { createWorkspaceTables } from './0001-workspace.js';
import { createBaseManifest } from './0002-base-manifest.js';
import { createKeptVersions } from './0003-kept-versions.js';
import { createExcluded } from './0004-excluded.js';
import { createWatchingTables } from './0005-watching.js';
import { createSentCommits } from './0006-sent-commits.js';
import { createUnsettled } from './0007-unsettled.js';

const MIGRATIONS: readonly string[] = [
  createWorkspaceTables,
  createBaseManifest,
  createKeptVersions,
  createExcluded,
  createWatchingTables,
  createSentCommits,
  createUnsettled,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** The version that a database has; 0 where it has no tables of ours. */
export function schemaVersion(db: Database): number {
  const known = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'afs_meta'").get();
  if (known === undefined) return 0;
  const row = db
    .prepare<[], { value: string }>("SELECT value FROM afs_meta WHERE key = 'schema_version'")
    .get();
  return row === undefined ? 0 : Number(row.value);
}

/** Brings the database to SCHEMA_VERSION. The caller holds the write transaction. */
export function migrate(db: Database, from: number): void {
  for (const sql of MIGRATIONS.slice(from)) db.exec(sql);
  db.prepare(
    "INSERT INTO afs_meta(key, value) VALUES ('schema_version', ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
  ).run(String(SCHEMA_VERSION));
}
