/**
 * Removing a workspace's database with everything that SQLite and its owners keep beside it. The caller holds its lock.
 */
import { rm } from 'node:fs/promises';
import { ownerFileOf } from '../../workspace/index.js';

/** The database goes first: without it, what is left of its log can damage nothing. */
export async function removeDatabase(database: string): Promise<void> {
  for (const file of [
    database,
    `${database}-wal`,
    `${database}-shm`,
    `${database}-journal`,
    ownerFileOf(database),
  ]) {
    await rm(file, { force: true });
  }
}
