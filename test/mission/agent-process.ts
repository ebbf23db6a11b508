/**
 * An agent as a program of its own: a piece of TypeScript's plain subset that finds `afs`, `DB_URL` and `TOKEN`.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endOf } from '../cli/agentfs-process.js';
import type { Machine } from './machine.js';

const SDK = fileURLToPath(new URL('../../../dist/sdk/typescript/index.js', import.meta.url));

/** Runs it to its end on that machine. Returns what it printed; throws what it failed with. */
export async function runAgent(machine: Machine, program: string): Promise<string> {
  const script = `import { AgentFS, SyncConflictError } from ${JSON.stringify(SDK)};
const afs = new AgentFS();
const { DB_URL, TOKEN } = process.env;
${program}`;
  const { NODE_OPTIONS: _, TAP: __, ...inherited } = process.env;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...inherited, AGENTFS_HOME: machine.home, DB_URL: machine.database, TOKEN: machine.token },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { code, stdout, stderr } = await endOf(child);
  if (code !== 0) throw new Error(`an agent ended with ${code}: ${stderr}`);
  return stdout;
}
