/**
 * Our side, as a user has it: the command `agentfs` with a home of its own, and the SDK where numbers are asked for.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { command, unmount } from './process.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const CLI = join(ROOT, 'dist', 'cli', 'main.js');

/** Runs `agentfs` with these arguments; returns what `--json` printed. */
export async function agentfs(home, args, { env, timeoutMs } = {}) {
  const text = await command(process.execPath, [CLI, ...args, '--json', '--home', home], {
    cwd: '/',
    env,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  return text.trim() === '' ? undefined : JSON.parse(text);
}

/** The file and arguments of a command line of ours, to be timed by whoever runs it. */
export function commandLine(home, args) {
  return [process.execPath, [CLI, ...args, '--home', home]];
}

/** Opens the SDK's handle to a workspace: the mount's owner answers it. Close it. */
export async function openWorkspace(home, name) {
  const { AgentFS } = await import('../../dist/sdk/typescript/index.js');
  return await new AgentFS({ home }).workspace.get(name);
}

/**
 * Mounts a workspace, made where it is not there. Returns `{ mountpoint, home, name, pid, workspace, flush, statistics }`.
 */
export async function mountWorkspace({ home, name, mountpoint, args = [], env }, cleanup) {
  mkdirSync(mountpoint, { recursive: true });
  cleanup.push(`unmount ${mountpoint}`, () => unmount(mountpoint));
  cleanup.push(`stop ${name}`, () => agentfs(home, ['stop', name, '--force']).catch(() => {}));
  await agentfs(home, ['mount', name, mountpoint, '--create', ...args], { env });
  const workspace = await openWorkspace(home, name);
  cleanup.push('disconnect', () => workspace.close());
  const { pid } = await workspace.service.call('owner.info', {});
  return {
    mountpoint,
    home,
    name,
    pid,
    workspace,
    flush: () => workspace.service.call('owner.flush', {}),
    /** Counts so far: FUSE requests by opcode, and what SQLite was told. */
    async statistics() {
      const { store, mounts } = await workspace.service.call('owner.statistics', {});
      return { requests: { ...mounts[0]?.requests }, store };
    },
  };
}
