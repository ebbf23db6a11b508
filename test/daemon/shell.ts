/**
 * Looking at a mount from a test: always in another process and under a timeout, since a hung mount would hang us.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { listMounts } from '#src/fuse/index.js';

const run = promisify(execFile);

/** The command's output; rejects where it fails or takes longer than 10 seconds. */
export async function shell(command: string): Promise<string> {
  return (await run('timeout', ['-s', 'KILL', '10', 'sh', '-c', command], { cwd: '/' })).stdout;
}

/** Detaches whatever is mounted below a directory. */
export async function unmountBelow(directory: string): Promise<void> {
  for (const { mountpoint } of listMounts()) {
    if (!mountpoint.startsWith(`${directory}/`)) continue;
    await shell(`umount -l '${mountpoint}' || fusermount3 -uz '${mountpoint}'`).catch(() => {});
  }
}

/** False too for a process that has ended and was not yet waited for. */
export async function isRunning(pid: number): Promise<boolean> {
  const state = await shell(`cut -d' ' -f3 /proc/${pid}/stat`).catch(() => 'gone');
  return !['gone', 'Z', 'X'].includes(state.trim());
}
