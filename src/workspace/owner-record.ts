/**
 * What an owner tells about itself in a file beside the database: where its socket is and who it is.
 *
 * It is a hint, never proof: only the lock says whether an owner lives. It lets a client find the socket although its
 * own XDG_RUNTIME_DIR differs (cron, su, a container), and lets errors name the process.
 */
import { rm } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { ownerFileOf } from './database-place.js';
import { parseObject, readIfThere, writePrivateFile } from './private-file.js';

export interface OwnerRecord {
  readonly pid: number;
  readonly socket: string;
  readonly kind: 'background' | 'in-process';
  /** RFC 3339 in UTC. */
  readonly since: string;
}

/** `database` is resolved. Undefined where there is none or it cannot be read. */
export async function readOwnerRecord(database: string): Promise<OwnerRecord | undefined> {
  const text = await readIfThere(ownerFileOf(database)).catch(() => undefined);
  const json = text === undefined ? undefined : parseObject(text);
  if (json === undefined) return undefined;
  const { pid, socket, kind, since } = json;
  if (typeof pid !== 'number' || typeof socket !== 'string' || !isAbsolute(socket)) return undefined;
  if ((kind !== 'background' && kind !== 'in-process') || typeof since !== 'string') return undefined;
  return { pid, socket, kind, since };
}

export async function writeOwnerRecord(database: string, record: OwnerRecord): Promise<void> {
  await writePrivateFile(ownerFileOf(database), `${JSON.stringify(record)}\n`);
}

export async function removeOwnerRecord(database: string): Promise<void> {
  await rm(ownerFileOf(database), { force: true });
}
