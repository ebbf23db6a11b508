/**
 * The agent's identity: 128 random bits a home and workspace, written as 32 hex digits, in a file beside the database
 * and not in it, so that a copied database does not make two agents of one name.
 */
import { randomBytes } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere, writePrivateFile } from './private-file.js';

const AGENT_ID = /^[0-9a-f]{32}$/;

/** The id of the agent whose workspace directory this is; made on first use. Two first users agree on one. */
export async function agentId(directory: string): Promise<string> {
  const file = join(directory, 'agent-id');
  const stored = (await readIfThere(file))?.trim();
  if (stored !== undefined && AGENT_ID.test(stored)) return stored;
  if (stored !== undefined) return await renewAgentId(directory);
  const id = randomBytes(16).toString('hex');
  const fresh = `${file}.${id}.tmp`;
  try {
    const handle = await open(fresh, 'wx', 0o600);
    await handle.writeFile(`${id}\n`);
    await handle.close();
    await link(fresh, file);
    return id;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return ((await readIfThere(file)) ?? id).trim();
  } finally {
    await rm(fresh, { force: true });
  }
}

/** Takes a new identity: this one turned out to be somebody else's too. */
export async function renewAgentId(directory: string): Promise<string> {
  const id = randomBytes(16).toString('hex');
  await writePrivateFile(join(directory, 'agent-id'), `${id}\n`);
  return id;
}
