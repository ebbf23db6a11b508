/**
 * What to tell a person whose call an owner does not answer: that its process is suspended, or only silent, and the way out.
 */
import { readFileSync } from 'node:fs';
import { AgentFsError } from '../../base/index.js';
import { isOwnerAbsent } from '../../rpc/index.js';
import { readOwnerRecord } from '../../workspace/index.js';

/**
 * `error`, or where it says that a living owner gave no answer, one that names the process and the remedy (`data.suspended`
 * tells a process stopped by a signal). `database` is resolved.
 */
export async function explainSilence(
  error: unknown,
  of: { database: string; workspace: string },
): Promise<unknown> {
  if (!isSilent(error)) return error;
  const pid = (await readOwnerRecord(of.database))?.pid;
  const state = pid === undefined ? undefined : stateOf(pid);
  if (pid === undefined || state === undefined || /[ZX]/.test(state)) return error;
  const suspended = /[tT]/.test(state);
  return new AgentFsError(
    'OWNER_UNREACHABLE',
    `process ${pid}, which owns '${of.workspace}', ${suspended ? 'is suspended' : 'does not answer'}`,
    {
      operation: error.operation ?? 'connect to owner',
      cause: error,
      data: { pid, suspended },
      hint: suspended
        ? `Let it go on: kill -CONT ${pid}. To free who waits in its mount: agentfs umount --force.`
        : `It may be busy: wait. To free who waits in its mount: agentfs umount --force; to end it: kill -9 ${pid}.`,
    },
  );
}

/** True where an owner is there, and says nothing. */
export function isSilent(error: unknown): error is AgentFsError {
  return error instanceof AgentFsError && error.code === 'OWNER_UNREACHABLE' && !isOwnerAbsent(error);
}

/** True of what `explainSilence` says of a process that a signal has stopped. */
export function isSuspended(error: unknown): boolean {
  if (!isSilent(error)) return false;
  const { data } = error;
  return typeof data === 'object' && data !== null && 'suspended' in data && data.suspended === true;
}

/** The letter of proc_pid_stat(5); undefined where there is no such process, or no /proc. */
function stateOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0];
  } catch {
    return undefined;
  }
}
