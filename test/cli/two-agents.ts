/**
 * Two agents of one workspace, by the command: what they sync with is a file, and only when asked.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { Agent } from './agentfs-process.js';

/** Two agents with the workspace `w`, which they sync by hand with one file. */
export async function twoAgents(t: Test, ...config: string[]): Promise<readonly [Agent, Agent]> {
  const [a, b] = [await Agent.create(t), await Agent.create(t)];
  mkdirSync(a.scratch, { recursive: true });
  const remote = `file:${join(a.scratch, 'remote.db')}`;
  for (const agent of [a, b]) {
    await agent.run(['workspace', 'create', 'w']);
    const enable = ['sync', 'enable', 'w', '--turso-db', remote, '--mode', 'manual', ...config];
    t.match(await agent.run(enable), { code: 0, stdout: /^Workspace: w\nMode: manual\nLast sync: never\n/ });
  }
  return [a, b];
}
