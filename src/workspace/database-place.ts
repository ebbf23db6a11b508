/**
 * Names derived from a database file: the same file gives the same names from every home and through every symlink,
 * so that all who use it meet the same lock and the same socket.
 */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AgentFsError } from '../base/index.js';

/** The database's path without symlinks; the file itself need not be there yet. Throws ENOENT for its directory. */
export async function resolveDatabase(database: string): Promise<string> {
  try {
    return await realpath(database);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  try {
    return join(await realpath(dirname(resolve(database))), basename(database));
  } catch (cause) {
    throw new AgentFsError('ENOENT', `the directory of ${database} is not there`, {
      operation: 'open database',
      path: database,
      hint: `Make it: mkdir -p ${dirname(resolve(database))}`,
      cause,
    });
  }
}

/** The lock file's path; `database` is resolved. */
export function lockFileOf(database: string): string {
  return `${database}-owner.lock`;
}

export function ownerFileOf(database: string): string {
  return `${database}-owner.json`;
}

/** A short name: socket paths end at 107 bytes. */
export function socketNameOf(database: string): string {
  return `${createHash('sha256').update(database).digest('hex').slice(0, 20)}.sock`;
}
