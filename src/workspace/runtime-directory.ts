/**
 * Where owners' sockets are: `$XDG_RUNTIME_DIR/agentfs`, else `/tmp/agentfs-<uid>`; 0700 and this user's own.
 *
 * A directory of that name that somebody else made (anyone may, in /tmp) is refused: its maker could listen in our
 * place.
 */
import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentFsError } from '../base/index.js';
import { socketNameOf } from './database-place.js';
import type { Environment } from './home.js';

/** sun_path of unix(7) is 108 bytes with its NUL. */
const SOCKET_PATH_MAX_BYTES = 107;

/** Where an owner of this (resolved) database listens; makes the directory. */
export async function socketPathOf(database: string, env: Environment = process.env): Promise<string> {
  const name = socketNameOf(database);
  const directory = await runtimeDirectory(Buffer.byteLength(name) + 1, env);
  await makeOwn(directory);
  return join(directory, name);
}

async function runtimeDirectory(nameBytes: number, env: Environment): Promise<string> {
  const xdg = env.XDG_RUNTIME_DIR;
  if (xdg?.startsWith('/')) {
    const directory = join(xdg, 'agentfs');
    const short = Buffer.byteLength(directory) + nameBytes <= SOCKET_PATH_MAX_BYTES;
    if (short && (await isOwnDirectory(xdg))) return directory;
  }
  return `/tmp/agentfs-${ownUid()}`;
}

/** False too for the directory of another user that `sudo` left in the environment. */
async function isOwnDirectory(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    return found.isDirectory() && found.uid === ownUid();
  } catch {
    return false;
  }
}

async function makeOwn(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = await lstat(directory);
  if (!found.isDirectory() || found.uid !== ownUid()) {
    throw new AgentFsError('OWNER_UNREACHABLE', `${directory} belongs to another user or is no directory`, {
      operation: 'make runtime directory',
      path: directory,
      hint: 'Set XDG_RUNTIME_DIR to a directory of your own, or have that one removed.',
    });
  }
  if ((found.mode & 0o077) !== 0) await chmod(directory, 0o700);
}

function ownUid(): number {
  return process.getuid?.() ?? 0;
}
