/**
 * Waits until what is read here is what the primary has.
 *
 * A replica forwards what is to be written and answers reads by itself, a little behind. Whoever has seen a revision (a
 * commit of its own, a base that has it) must not take the older state that a replica still tells for a remote that has
 * lost something. The primary is asked by a statement that counts as a write and changes nothing.
 */
import { AgentFsError, type Timers } from '../../base/index.js';
import type { Connection } from './connection.js';
import { findWorkspace, findWorkspaceOnPrimary, type WorkspaceRow } from './workspaces.js';

const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 250;
const WAITS = 60;

export async function catchUp(
  name: string,
  { connection, timers }: { readonly connection: Connection; readonly timers: Timers },
): Promise<WorkspaceRow | undefined> {
  const wanted = await primaryRow(connection, name);
  if (wanted === undefined) return undefined;
  let waitMs = FIRST_WAIT_MS;
  for (let i = 0; i < WAITS; i += 1) {
    const row = await findWorkspace(connection, name);
    if (row?.incarnation === wanted.incarnation && row.revision >= wanted.revision) return row;
    await new Promise<void>((resolve) => {
      timers.after(waitMs, resolve);
    });
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  }
  throw new AgentFsError('REMOTE_UNREACHABLE', 'the remote is a replica that does not follow its primary', {
    operation: 'remote',
    hint: 'Sync again later, or use the address of the primary.',
  });
}

/** Who may only read cannot ask the primary, and has written nothing that a replica could lack. */
async function primaryRow(connection: Connection, name: string): Promise<WorkspaceRow | undefined> {
  try {
    return await findWorkspaceOnPrimary(connection, name);
  } catch (error) {
    if (error instanceof AgentFsError && error.code === 'REMOTE_AUTH')
      return await findWorkspace(connection, name);
    throw error;
  }
}
