/**
 * One stay with one owner: over its socket, or in this process because this is the owner. Both look the same.
 */
import {
  type CallOptions,
  cancelled,
  isOwnerAbsent,
  makeHello,
  type Params,
  RpcClient,
  RunningCall,
} from '../../rpc/index.js';
import { readOwnerRecord, socketPathOf, type WorkspaceRecord } from '../../workspace/index.js';
import type { OwnerParts } from './owner/parts.js';
import type { EventName } from './service.js';
import { EVENT_NAMES } from './service.js';
import { agentFsVersion } from './version.js';

export interface Session {
  readonly kind: 'own' | 'client';
  /** The owner has gone or is going; the next call needs another session. */
  readonly ended: boolean;
  call(method: string, params: object, options: CallOptions): Promise<unknown>;
  /** Holds the process open while somebody listens to events. */
  keepAlive(on: boolean): void;
  /** Leaves a foreign owner; ends one's own, and resolves when its lock is free. */
  close(): Promise<void>;
}

const NEVER = new RunningCall();
/** The longest that a timer takes, about: it only holds the process. */
const FOREVER_MS = 2 ** 30;

type Deliver = (name: EventName, payload: unknown) => void;

/**
 * Connects to the owner of a (resolved) database, where it said that it listens, else where it should. Throws what
 * RpcClient.connect throws; `isOwnerAbsent` where nobody listens.
 */
export async function connectToOwner(options: {
  readonly database: string;
  readonly workspace: string;
  readonly deliver?: Deliver;
  readonly timeoutMs?: number;
  /** Speak to an owner of another protocol version too; it answers owner.info and owner.stop only. */
  readonly anyVersion?: boolean;
}): Promise<Session> {
  const { database, ...rest } = options;
  const told = (await readOwnerRecord(database))?.socket;
  const usual = await socketPathOf(database);
  if (told !== undefined && told !== usual) {
    try {
      return await connectToSocket({ socketPath: told, ...rest });
    } catch (error) {
      if (!isOwnerAbsent(error)) throw error;
    }
  }
  return await connectToSocket({ socketPath: usual, ...rest });
}

async function connectToSocket(options: {
  readonly socketPath: string;
  readonly workspace: string;
  readonly deliver?: Deliver;
  readonly timeoutMs?: number;
  readonly anyVersion?: boolean;
}): Promise<Session> {
  const client = await RpcClient.connect({
    socketPath: options.socketPath,
    ...(options.anyVersion === true
      ? {}
      : { hello: makeHello({ version: agentFsVersion(), role: 'client', workspace: options.workspace }) }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    notification: (method, params) => {
      const { name, payload } = params;
      if (method !== 'event' || !EVENT_NAMES.includes(name as EventName)) return;
      options.deliver?.(name as EventName, payload);
    },
  });
  return {
    kind: 'client',
    get ended() {
      return client.closed;
    },
    call: (method, params, options) => client.call(method, params as Record<string, unknown>, options),
    keepAlive: (on) => {
      client.keepAlive = on;
    },
    close: async () => client.close(),
  };
}

/** Throws what Owner.open throws; the owner's code is loaded only here. */
export async function ownInProcess(
  workspace: WorkspaceRecord,
  options: {
    readonly create: boolean;
    readonly schedule?: boolean;
    readonly cacheSizeBytes?: number;
    readonly parts?: OwnerParts;
    readonly deliver: Deliver;
  },
): Promise<Session> {
  const { Owner } = await import('./owner/owner.js');
  const parts = options.parts ?? (await import('./owner/default-parts.js')).defaultParts;
  const owner = await Owner.open(workspace, {
    kind: 'in-process',
    parts,
    create: options.create,
    ...(options.schedule === undefined ? {} : { schedule: options.schedule }),
    ...(options.cacheSizeBytes === undefined ? {} : { cacheSizeBytes: options.cacheSizeBytes }),
  });
  // A program that ends without closing still leaves everything durable.
  const onLastTurn = (): void => void owner.stop().catch(() => {});
  process.once('beforeExit', onLastTurn);
  const { session, close } = owner.session(options.deliver);
  let holding: NodeJS.Timeout | undefined;
  return {
    kind: 'own',
    get ended() {
      return !owner.accepting;
    },
    call: async (method, params, { signal }) => {
      if (signal === undefined) return await session.call(method, params as Params, NEVER);
      return await untilAborted(session.call(method, params as Params, { signal }), method, signal);
    },
    keepAlive: (on) => {
      clearInterval(holding);
      holding = on ? setInterval(() => {}, FOREVER_MS) : undefined;
    },
    close: async () => {
      clearInterval(holding);
      process.off('beforeExit', onLastTurn);
      if (owner.accepting) close();
      await owner.stop();
      await owner.closed;
    },
  };
}

/** As over the socket: who waits is told at once, whatever becomes of the call. */
async function untilAborted(call: Promise<unknown>, method: string, signal: AbortSignal): Promise<unknown> {
  let stop = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(cancelled(method));
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([call, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
