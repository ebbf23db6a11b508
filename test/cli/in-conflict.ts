/**
 * Two agents of the real command whose workspaces are in conflict, for tests of how a person decides.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Test } from 'tap';
import { AgentFS, type Workspace } from '#src/sdk/typescript/index.js';
import { Agent } from './agentfs-process.js';

/** What every file was before both changed it. */
export const TEXT = 'one\ntwo\nthree\nfour\n';

type Content = string | Uint8Array;

export interface Two {
  readonly a: Agent;
  readonly b: Agent;
  /** Works in an agent's workspace from this process, while no command does. */
  within<T>(agent: Agent, work: (workspace: Workspace) => Promise<T>): Promise<T>;
}

/** Agent `b` has edited every one of these files, and so has the remote; `b` has pushed, and knows of the conflicts. */
export async function inConflict(
  t: Test,
  files: Readonly<Record<string, readonly [here: Content, there: Content]>>,
): Promise<Two> {
  const [a, b] = [await Agent.create(t), await Agent.create(t)];
  mkdirSync(a.scratch, { recursive: true });
  const tursoDb = pathToFileURL(join(a.scratch, 'remote.db')).href;
  const within: Two['within'] = async (agent, work) => {
    const afs = new AgentFS({ home: agent.home });
    await using workspace = await afs.workspace.create('w', { schedule: false });
    return await work(workspace);
  };
  const write = async (workspace: Workspace, content: (path: string) => Content) => {
    for (const path of Object.keys(files)) await workspace.writeFile(path, content(path));
  };
  const enable = { tursoDb, mode: 'manual', conflictResolution: 'manual' } as const;
  await within(a, async (workspace) => {
    await workspace.sync.enable(enable);
    await write(workspace, () => TEXT);
    await workspace.sync.push();
  });
  await within(b, async (workspace) => {
    await workspace.sync.enable(enable);
    await workspace.sync.pull();
  });
  await within(a, async (workspace) => {
    await write(workspace, (path) => files[path]?.[1] ?? '');
    await workspace.sync.push();
  });
  await within(b, async (workspace) => {
    await write(workspace, (path) => files[path]?.[0] ?? '');
    await t.rejects(workspace.sync.push(), { code: 'SYNC_CONFLICT' });
  });
  return { a, b, within };
}
