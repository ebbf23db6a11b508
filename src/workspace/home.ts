/**
 * The home: the directory that holds all state of one agent. Two homes are two agents.
 *
 * `--home`, then AGENTFS_HOME, then $XDG_DATA_HOME/agentfs, then ~/.local/share/agentfs. It and everything made below
 * it is for its user alone: directories 0700, files 0600.
 */
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { AgentFsError } from '../base/index.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The home as an absolute path; nothing is made. */
export function resolveHome(home?: string, env: Environment = process.env): string {
  const given = home ?? nonEmpty(env.AGENTFS_HOME);
  if (given !== undefined) return resolve(given);
  const data = nonEmpty(env.XDG_DATA_HOME);
  return data === undefined ? join(homedir(), '.local', 'share', 'agentfs') : resolve(data, 'agentfs');
}

/** Makes a directory for this user alone, with its parents. Throws EACCES and others with the path. */
export async function makePrivateDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new AgentFsError(code === 'ENOTDIR' || code === 'EEXIST' ? 'ENOTDIR' : 'EACCES', message, {
      operation: 'make directory',
      path,
      hint: 'Choose another home with --home or AGENTFS_HOME, one that this user may write.',
      cause,
    });
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}
