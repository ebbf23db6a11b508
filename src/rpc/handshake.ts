/**
 * The first words of a connection: who is there, and whether both speak the same protocol. Pure.
 *
 * Either side refuses: the server answers an incompatible `hello` with PROTOCOL_MISMATCH, and a client checks the
 * answer too, so that a peer that is too old to check is still found out.
 */
import { AgentFsError } from '../base/index.js';
import type { Hello, Params } from './protocol.js';
import { PROTOCOL_VERSION } from './protocol.js';

const ROLES: readonly string[] = ['background', 'in-process', 'home', 'client'];

/** Throws INVALID_ARGUMENT for what is no hello. */
export function readHello(params: Params): Hello {
  const { protocol, version, pid, role, workspace, database } = params;
  if (
    typeof protocol !== 'number' ||
    typeof version !== 'string' ||
    typeof pid !== 'number' ||
    typeof role !== 'string' ||
    !ROLES.includes(role)
  ) {
    throw new AgentFsError(
      'INVALID_ARGUMENT',
      'the first call must be a hello with protocol, version, pid, role',
      {
        operation: 'greet owner',
      },
    );
  }
  return {
    protocol,
    version,
    pid,
    role: role as Hello['role'],
    ...(typeof workspace === 'string' ? { workspace } : {}),
    ...(typeof database === 'string' ? { database } : {}),
  };
}

/** Throws PROTOCOL_MISMATCH where the two cannot talk. */
export function assertCompatible(here: Hello, there: Hello): void {
  if (here.protocol === there.protocol) return;
  const [owner, caller] = here.role === 'client' ? [there, here] : [here, there];
  throw new AgentFsError(
    'PROTOCOL_MISMATCH',
    `${whoAnswers(owner)} (process ${owner.pid}, AgentFS ${owner.version}) speaks protocol ${owner.protocol}, ` +
      `and this program speaks ${caller.protocol}`,
    { operation: 'greet owner', hint: remedy(owner) },
  );
}

function whoAnswers({ role, workspace }: Hello): string {
  if (role === 'home') return 'agentfs rpc';
  return `the owner of ${workspace === undefined ? 'the workspace' : `workspace '${workspace}'`}`;
}

function remedy({ role, workspace, pid }: Hello): string {
  if (role === 'home') return 'Install releases of the command agentfs and of the SDK that belong together.';
  return workspace === undefined
    ? `Stop the owner with the AgentFS that started it: kill ${pid}`
    : `Stop the owner with \`agentfs stop ${workspace}\`, then try again.`;
}

export function makeHello(rest: Omit<Hello, 'protocol' | 'pid'>): Hello {
  return { protocol: PROTOCOL_VERSION, pid: process.pid, ...rest };
}
