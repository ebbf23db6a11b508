/**
 * A caller's lasting way to one workspace: finds its owner or becomes it, and finds the next one when the owner goes.
 *
 * Invariants: a call that may have run is never repeated (it ends with OWNER_GONE, and the next call opens the workspace
 * again); one that surely did not run is repeated on the new owner without the caller seeing it. Listeners live through
 * a change of owner. After a handover this side waits for the new owner before it would own again.
 */
import { AgentFsError } from '../../base/index.js';
import { cancelled, isNotExecuted, isOwnerAbsent } from '../../rpc/index.js';
import { resolveDatabase, type WorkspaceRecord } from '../../workspace/index.js';
import { SyncConflictError } from './conflict-error.js';
import type { OwnerParts } from './owner/parts.js';
import type {
  EventName,
  MethodName,
  MethodParams,
  MethodResult,
  ServiceCallOptions,
  ServiceEvents,
  WorkspaceService,
} from './service.js';
import { connectToOwner, ownInProcess, type Session } from './session.js';

const OPEN_TIMEOUT_MS = 10_000;
const RETRY_MS = 15;
/** How long one that handed over waits for the owner it handed over to. */
const HANDOVER_WAIT_MS = 2000;

export interface ConnectionOptions {
  /** Make the database where there is none. */
  readonly create?: boolean;
  /** Become the owner where there is none (default); false: OWNER_UNREACHABLE then. */
  readonly own?: boolean;
  /** As an owner, run the remotes' schedules (default). */
  readonly schedule?: boolean;
  readonly cacheSizeBytes?: number;
  /** Milliseconds to find or become the owner. */
  readonly openTimeoutMs?: number;
  /** Other parts than the real ones, for an owner in this process. */
  readonly parts?: OwnerParts;
}

type AnyListener = (payload: never) => void;

export class WorkspaceConnection implements WorkspaceService {
  readonly workspace: WorkspaceRecord;
  readonly #options: ConnectionOptions;
  readonly #listeners = new Map<EventName, Set<AnyListener>>();
  #session: Promise<Session> | undefined;
  #current: Session | undefined;
  #create: boolean;
  #closed = false;
  /** Until then, somebody else is expected to become the owner (performance.now). */
  #expectOwnerUntilMs = 0;

  constructor(workspace: WorkspaceRecord, options: ConnectionOptions = {}) {
    this.workspace = workspace;
    this.#options = options;
    this.#create = options.create === true;
  }

  /** Whether this process is the owner now. */
  get owns(): boolean {
    return this.#current?.kind === 'own' && !this.#current.ended;
  }

  /** Finds the owner or becomes it; every call does so by itself. */
  async open(): Promise<void> {
    await this.#opened();
  }

  async call<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
    options: ServiceCallOptions = {},
  ): Promise<MethodResult<M>> {
    // An owner that is ending listens until it has closed the database, and refuses what comes: that may take a while.
    const deadlineMs = performance.now() + (this.#options.openTimeoutMs ?? OPEN_TIMEOUT_MS);
    for (;;) {
      if (options.signal?.aborted === true) throw cancelled(method);
      const session = await this.#opened();
      try {
        return (await session.call(method, params, options)) as MethodResult<M>;
      } catch (error) {
        if (error instanceof AgentFsError && error.code === 'OWNER_GONE') {
          await this.#drop(session);
          if (isNotExecuted(error) && performance.now() < deadlineMs && !this.#closed) {
            await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
            continue;
          }
        }
        throw SyncConflictError.revive(error);
      }
    }
  }

  on<E extends EventName>(event: E, listener: (payload: ServiceEvents[E]) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    listeners.add(listener as AnyListener);
    void this.#subscribe(this.#current);
    return () => {
      listeners.delete(listener as AnyListener);
      this.#current?.keepAlive(this.#listening().length > 0);
    };
  }

  /** Gives the workspace up if this process owns it, so that another may own it; the next call connects to that one. */
  async yieldOwnership(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    if (session?.kind !== 'own') return;
    this.#expectOwnerUntilMs = performance.now() + HANDOVER_WAIT_MS;
    this.#session = undefined;
    this.#current = undefined;
    await session.close();
  }

  /** Ends the connection; an owner in this process flushes and closes. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const session = await this.#session?.catch(() => undefined);
    this.#session = undefined;
    this.#current = undefined;
    await session?.close();
  }

  #opened(): Promise<Session> {
    if (this.#closed) {
      return Promise.reject(
        new AgentFsError('CLOSED', `workspace '${this.workspace.name}' is closed`, {
          operation: 'use workspace',
        }),
      );
    }
    if (this.#current?.ended === true) {
      const { kind } = this.#current;
      // An owner here that ended without us was asked to hand over: the one that asked comes next.
      if (kind === 'own') this.#expectOwnerUntilMs = performance.now() + HANDOVER_WAIT_MS;
      this.#current = undefined;
      this.#session = undefined;
    }
    this.#session ??= this.#begin().catch((error: unknown) => {
      this.#session = undefined;
      throw error;
    });
    return this.#session;
  }

  async #begin(): Promise<Session> {
    const session = await this.#find();
    this.#current = session;
    this.#create = false;
    this.#expectOwnerUntilMs = 0;
    await this.#subscribe(session);
    return session;
  }

  async #find(): Promise<Session> {
    const { own = true, openTimeoutMs = OPEN_TIMEOUT_MS } = this.#options;
    const deadlineMs = performance.now() + openTimeoutMs;
    const database = await resolveDatabase(this.workspace.database);
    const deliver = (name: EventName, payload: unknown): void => this.#deliver(name, payload);
    for (;;) {
      let problem: unknown;
      try {
        return await connectToOwner({ database, workspace: this.workspace.name, deliver });
      } catch (error) {
        if (!isOwnerAbsent(error) && !isGone(error)) {
          const { explainSilence } = await import('./silent-owner.js');
          throw await explainSilence(error, { database, workspace: this.workspace.name });
        }
        problem = error;
      }
      if (own && performance.now() >= this.#expectOwnerUntilMs) {
        try {
          return await ownInProcess(this.workspace, { ...this.#options, create: this.#create, deliver });
        } catch (error) {
          if (!(error instanceof AgentFsError) || error.code !== 'WORKSPACE_BUSY') throw error;
          problem = error;
        }
      } else if (!own) {
        throw problem;
      }
      if (performance.now() >= deadlineMs) throw problem;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  async #drop(session: Session): Promise<void> {
    if (this.#current !== session) return;
    if (session.kind === 'own') this.#expectOwnerUntilMs = performance.now() + HANDOVER_WAIT_MS;
    this.#current = undefined;
    this.#session = undefined;
    await session.close();
  }

  async #subscribe(session: Session | undefined): Promise<void> {
    const names = this.#listening();
    session?.keepAlive(names.length > 0);
    if (names.length === 0) return;
    await session?.call('events.subscribe', { names }, {}).catch(() => {});
  }

  #listening(): EventName[] {
    return [...this.#listeners].filter(([, listeners]) => listeners.size > 0).map(([name]) => name);
  }

  #deliver(name: EventName, payload: unknown): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(payload as never);
  }
}

function isGone(error: unknown): boolean {
  return error instanceof AgentFsError && error.code === 'OWNER_GONE';
}
