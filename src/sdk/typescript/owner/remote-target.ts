/**
 * Whether a remote that somebody wants to enable can be one: its name, and the file that it may be.
 *
 * A workspace's own database would be opened a second time, by another copy of SQLite in this process, which ends its
 * locks (POSIX drops all of a process's locks on a file with the first descriptor that is closed) and soon the database.
 * So such a file is only looked for, never opened.
 */
import { stat } from 'node:fs/promises';
import { AgentFsError, late } from '../../../base/index.js';
import { lockFileOf, resolveDatabase } from '../../../workspace/index.js';

const addressPart = late(() => import('../../../sync/remote/address.js'));

const REMOTE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** Throws INVALID_ARGUMENT for a name that is none, USAGE for an address that is none or a workspace's database. */
export async function checkRemoteTarget(tursoDb: string, remote = 'origin'): Promise<void> {
  if (!REMOTE_NAME.test(remote)) {
    throw new AgentFsError('INVALID_ARGUMENT', `${JSON.stringify(remote)} is not a remote's name`, {
      operation: 'sync enable',
      hint: 'Use 1 to 63 letters, digits, dots, underscores and dashes; begin with a letter or a digit.',
    });
  }
  const { fileOfAddress, parseRemoteAddress } = await addressPart();
  if (parseRemoteAddress(tursoDb).kind !== 'file') return;
  const file = fileOfAddress(tursoDb);
  if (!(await isWorkspaceDatabase(file))) return;
  throw new AgentFsError('USAGE', `${file} is the database of a workspace, and cannot be a remote as well`, {
    operation: 'sync enable',
    path: file,
    hint: 'Give a file of its own: file:/path/to/remote.db; it is made if it is not there.',
  });
}

/** True where a workspace's owner has its lock beside it. A directory that is not there is found out by who opens it. */
async function isWorkspaceDatabase(file: string): Promise<boolean> {
  try {
    await stat(lockFileOf(await resolveDatabase(file)));
    return true;
  } catch {
    return false;
  }
}
