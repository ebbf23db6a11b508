/**
 * Tokens: one a remote of a workspace, in a 0600 file beside it, or from the environment. Never in the database, a log,
 * an error's text or a process's arguments; nothing in here puts a token into a message.
 *
 * What was stored for a remote comes first, since a workspace may have several and the environment holds one token
 * for all of them.
 */
import { chmod, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentFsError } from '../base/index.js';
import type { Environment } from './home.js';
import { parseObject, readIfThere, writePrivateFile } from './private-file.js';

export class Credentials {
  readonly #file: string;
  readonly #env: Environment;
  #writing: Promise<void> = Promise.resolve();

  /** `directory` is the workspace's own (`WorkspaceRecord.directory`). */
  constructor(directory: string, env: Environment = process.env) {
    this.#file = join(directory, 'credentials.json');
    this.#env = env;
  }

  /** The token to use for a remote, or undefined where there is none. */
  async token(remote: string): Promise<string | undefined> {
    return (await this.#read())[remote] ?? environmentToken(this.#env);
  }

  async store(remote: string, token: string): Promise<void> {
    await this.#change((tokens) => ({ ...tokens, [remote]: token }));
  }

  async remove(remote: string): Promise<void> {
    await this.#change(({ [remote]: _removed, ...others }) => others);
  }

  #change(next: (tokens: Record<string, string>) => Record<string, string>): Promise<void> {
    const change = this.#writing.then(async () => {
      const tokens = next(await this.#read());
      if (Object.keys(tokens).length === 0) await rm(this.#file, { force: true });
      else await writePrivateFile(this.#file, `${JSON.stringify({ version: 1, tokens }, null, 2)}\n`);
    });
    this.#writing = change.catch(() => {});
    return change;
  }

  async #read(): Promise<Record<string, string>> {
    const text = await readIfThere(this.#file);
    if (text === undefined) return {};
    await this.#tighten();
    const tokens = parseObject(text)?.tokens;
    if (typeof tokens !== 'object' || tokens === null) {
      throw new AgentFsError('INVALID_ARGUMENT', `${this.#file} is damaged`, {
        operation: 'read credentials',
        path: this.#file,
        hint: 'Remove the file and enable sync again with a token.',
      });
    }
    const pairs = Object.entries(tokens).filter(([, token]) => typeof token === 'string');
    return Object.fromEntries(pairs) as Record<string, string>;
  }

  /** A file that was copied with loose modes is made private again before it is used. */
  async #tighten(): Promise<void> {
    const { mode } = await stat(this.#file);
    if ((mode & 0o077) !== 0) await chmod(this.#file, 0o600);
  }
}

/** The token of the environment: AGENTFS_TOKEN, then TURSO_AUTH_TOKEN; empty is absent. */
export function environmentToken(env: Environment = process.env): string | undefined {
  for (const token of [env.AGENTFS_TOKEN, env.TURSO_AUTH_TOKEN]) {
    if (token !== undefined && token !== '') return token;
  }
  return undefined;
}
