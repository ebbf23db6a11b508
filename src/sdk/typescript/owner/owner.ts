/**
 * The owner of one workspace: holds its lock, its filesystem, its sync engine, its mounts and its socket, from `open` to
 * `stop`.
 *
 * The same class is the background process and the program that owns while it runs; only their parts differ. Order on
 * the way in: lock, database, socket, record. On the way out: mounts (no new writes), running calls, flush, sync,
 * database, socket and record, lock last, so that whoever gets the lock finds nothing of ours in its way.
 */
import { stat } from 'node:fs/promises';
import {
  type Cancellable,
  type Hello,
  makeHello,
  type Peer,
  PROTOCOL_VERSION,
  RpcServer,
  RunningCall,
} from '../../../rpc/index.js';
import type { SyncEngine } from '../../../sync/types.js';
import {
  agentId,
  Credentials,
  OwnerLock,
  removeOwnerRecord,
  resolveDatabase,
  socketPathOf,
  type WorkspaceRecord,
  writeOwnerRecord,
} from '../../../workspace/index.js';
import type { EventName, OwnerInfo, ServiceEvents, WorkspaceInfo } from '../service.js';
import { agentFsVersion } from '../version.js';
import { type MountHost, type OpenFilesystem, type OwnerLog, type OwnerParts, SILENT_LOG } from './parts.js';
import { ENDING_METHODS, PeerSession, type SessionHost } from './peer-session.js';
import { ProcessHold } from './process-hold.js';
import { filesystemRecord } from './stat-record.js';

/** How long a stop waits for calls that are running. */
const DRAIN_MS = 10_000;

export interface OwnerOptions {
  readonly kind: 'background' | 'in-process';
  readonly parts: OwnerParts;
  /** Make the database where there is none. */
  readonly create?: boolean;
  readonly cacheSizeBytes?: number;
  /** Run the schedules of the remotes (default); false: sync only when asked. */
  readonly schedule?: boolean;
  readonly log?: OwnerLog;
  /** Something that `staysFor` depends on may have changed. */
  changed?(): void;
}

interface Listener {
  readonly session: PeerSession;
  deliver(name: EventName, payload: unknown): void;
}

export class Owner {
  readonly workspace: WorkspaceRecord;
  /** Resolved path of the database file. */
  readonly database: string;
  readonly socketPath: string;
  /** Resolves when everything is closed and the lock is free. */
  readonly closed: Promise<void>;
  readonly #options: OwnerOptions;
  readonly #log: OwnerLog;
  readonly #hold = new ProcessHold();
  readonly #lock: OwnerLock;
  readonly #filesystem: OpenFilesystem;
  readonly #mounts: MountHost | undefined;
  readonly #since = new Date().toISOString();
  readonly #listeners = new Set<Listener>();
  readonly #running = new Map<Promise<unknown>, string>();
  #server: RpcServer | undefined;
  #engine: Promise<SyncEngine> | undefined;
  #openEngine: SyncEngine | undefined;
  #stopping: Promise<void> | undefined;
  #accepting = true;
  #finished: () => void = () => {};

  private constructor(
    place: { workspace: WorkspaceRecord; database: string; socketPath: string },
    options: OwnerOptions,
    held: { lock: OwnerLock; filesystem: OpenFilesystem },
  ) {
    this.workspace = place.workspace;
    this.database = place.database;
    this.socketPath = place.socketPath;
    this.#options = options;
    this.#log = options.log ?? SILENT_LOG;
    this.#lock = held.lock;
    this.#filesystem = held.filesystem;
    this.closed = new Promise((resolve) => {
      this.#finished = resolve;
    });
    this.#mounts = options.parts.openMounts?.({
      filesystem: held.filesystem,
      workspace: place.workspace,
      log: this.#log,
      changed: () => options.changed?.(),
    });
  }

  /**
   * Becomes the owner. Throws WORKSPACE_BUSY where there is one, DATABASE_… of the filesystem, OWNER_UNREACHABLE where
   * the socket cannot be made.
   */
  static async open(workspace: WorkspaceRecord, options: OwnerOptions): Promise<Owner> {
    const database = await resolveDatabase(workspace.database);
    const socketPath = await socketPathOf(database);
    const lock = await OwnerLock.acquire(database);
    let filesystem: OpenFilesystem | undefined;
    try {
      filesystem = await options.parts.openFilesystem(database, {
        create: options.create === true,
        log: options.log ?? SILENT_LOG,
        ...(options.cacheSizeBytes === undefined ? {} : { cacheSizeBytes: options.cacheSizeBytes }),
      });
      const owner = new Owner({ workspace, database, socketPath }, options, { lock, filesystem });
      await owner.#serve();
      return owner;
    } catch (error) {
      await filesystem?.close().catch(() => {});
      lock.release();
      throw error;
    }
  }

  get accepting(): boolean {
    return this.#accepting;
  }

  /** Why a background owner goes on; empty: nothing needs it. */
  staysFor(): string[] {
    const reasons: string[] = [];
    // Callers come and go until the socket is closed, and the database is closed before it.
    if (!this.#accepting) return reasons;
    if ((this.#mounts?.list().length ?? 0) > 0) reasons.push('mount');
    const scheduled = this.#options.schedule !== false && this.#engine !== undefined;
    if (scheduled && (this.#openEngine?.needsOwner() ?? true)) reasons.push('sync');
    if ((this.#server?.peers ?? 0) > 0) reasons.push('clients');
    return reasons;
  }

  /** Opens a session for a caller in this process; events come to `deliver`. */
  session(deliver: (name: EventName, payload: unknown) => void): { session: PeerSession; close(): void } {
    const session = new PeerSession(this.#host());
    const listener = { session, deliver };
    this.#listeners.add(listener);
    return {
      session,
      close: () => {
        this.#listeners.delete(listener);
        session.release();
      },
    };
  }

  /**
   * Ends in order. Resolves when the database is closed; `closed` when the lock is free. Without `force`, a mount that is
   * in use refuses with MOUNTPOINT_BUSY and nothing has changed.
   */
  stop(options: { readonly force?: boolean; readonly reason?: string } = {}): Promise<void> {
    this.#stopping ??= this.#hold
      .during(this.#stop(options.force === true, options.reason ?? 'it is no longer needed'))
      .catch((error: unknown) => {
        // Refused, and nothing has changed: it may be asked again.
        if (this.#accepting) this.#stopping = undefined;
        throw error;
      });
    return this.#stopping;
  }

  async #stop(force: boolean, reason: string): Promise<void> {
    await this.#unmountAll(force);
    this.#accepting = false;
    this.#log.info(`stopping: ${reason}`);
    await this.#drained((method) => !method.startsWith('sync.'));
    const problems: unknown[] = [];
    const attempt = async (step: string, work: () => Promise<unknown> | undefined): Promise<void> => {
      try {
        await work();
      } catch (error) {
        this.#log.error(`${step} failed on the way out`, { error: String(error) });
        problems.push(error);
      }
    };
    await attempt('flush', () => this.#filesystem.sync());
    const engine = await this.#engine?.catch(() => undefined);
    await attempt('sync', () => engine?.stop({ flush: this.#options.schedule !== false }));
    await this.#drained(() => true);
    for (const { session } of this.#listeners) session.release();
    await attempt('close', () => this.#filesystem.close());
    setImmediate(() => void this.#hold.during(this.#release()));
    if (problems.length > 0) throw problems[0];
  }

  async #unmountAll(force: boolean): Promise<void> {
    if ((this.#mounts?.list().length ?? 0) === 0) return;
    await this.#mounts?.remove(undefined, { force });
  }

  /** Waits for the calls that are running, those that end the owner apart; gives up after DRAIN_MS. */
  async #drained(which: (method: string) => boolean): Promise<void> {
    const waiting = [...this.#running]
      .filter(([, method]) => which(method) && !ENDING_METHODS.includes(method))
      .map(([call]) => call);
    if (waiting.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, DRAIN_MS);
    });
    await Promise.race([Promise.allSettled(waiting), late]);
    clearTimeout(timer);
  }

  async #release(): Promise<void> {
    await this.#server?.close().catch(() => {});
    await removeOwnerRecord(this.database).catch(() => {});
    this.#lock.release();
    this.#hold.end();
    this.#log.info('stopped');
    this.#finished();
  }

  async #serve(): Promise<void> {
    const { kind, parts, schedule } = this.#options;
    const hello: Hello = makeHello({
      version: agentFsVersion(),
      role: kind,
      workspace: this.workspace.name,
      database: this.database,
    });
    const unversioned = new PeerSession(this.#host());
    this.#server = await RpcServer.listen({
      socketPath: this.socketPath,
      hello,
      background: kind === 'in-process',
      accept: (peer) => this.#accept(peer),
      anyVersion: {
        methods: ['owner.info', 'owner.stop'],
        call: (method, params) => unversioned.call(method, params, new RunningCall()),
      },
      onPeers: () => this.#options.changed?.(),
    });
    const record = { pid: process.pid, socket: this.socketPath, kind, since: this.#since };
    // On a full disk there is none, and a workspace can still be opened to make room.
    await writeOwnerRecord(this.database, record).catch((error: unknown) => {
      this.#log.warn('the owner record could not be written', { error: String(error) });
    });
    if (schedule !== false && parts.hasRemotes(this.#filesystem)) {
      this.#syncEngine().catch((error: unknown) => {
        this.#log.error('sync could not start', { error: String(error) });
      });
    }
  }

  #accept(peer: Peer) {
    const { session, close } = this.session((name, payload) => peer.notify('event', { name, payload }));
    return {
      call: (method: string, params: Readonly<Record<string, unknown>>, running: Cancellable) =>
        session.call(method, params, running),
      closed: close,
    };
  }

  #syncEngine(): Promise<SyncEngine> {
    this.#engine ??= this.#openSync().catch((error: unknown) => {
      this.#engine = undefined;
      throw error;
    });
    return this.#engine;
  }

  async #openSync(): Promise<SyncEngine> {
    const { parts, schedule } = this.#options;
    const engine = await parts.openSync({
      filesystem: this.#filesystem,
      workspace: this.workspace,
      database: this.database,
      credentials: new Credentials(this.workspace.directory),
      log: this.#log,
    });
    engine.on('change', (payload) => this.#tell('sync.change', payload));
    engine.on('conflict', (payload) => this.#tell('sync.conflict', payload));
    engine.on('status', (payload) => this.#tell('sync.status', payload));
    engine.on('progress', (payload) => this.#tell('sync.progress', payload));
    if (schedule !== false) engine.start();
    this.#openEngine = engine;
    this.#options.changed?.();
    return engine;
  }

  #tell<E extends EventName>(name: E, payload: ServiceEvents[E]): void {
    for (const { session, deliver } of this.#listeners) {
      if (session.subscribed.has(name)) deliver(name, payload);
    }
  }

  #host(): SessionHost {
    const owner = this;
    return {
      filesystem: this.#filesystem,
      mounts: this.#mounts,
      get accepting() {
        return owner.#accepting;
      },
      during: (method, work) => this.#during(method, work),
      engine: () => this.#syncEngine(),
      modesChanged: () => this.#options.changed?.(),
      mountsChanged: () => this.#options.changed?.(),
      info: () => this.#info(),
      statistics: () => ({
        store: this.#filesystem.statistics(),
        mounts: this.#mounts?.statistics() ?? [],
      }),
      describe: () => this.#describe(),
      flush: () => this.#filesystem.sync(),
      check: async () => {
        await this.#filesystem.sync();
        return this.#filesystem
          .check()
          .map(({ what, path, remedy }) => `${path === undefined ? '' : `${path}: `}${what}. ${remedy}`);
      },
      stop: (options) => this.stop(options),
    };
  }

  async #during<T>(method: string, work: () => T | Promise<T>): Promise<T> {
    const call = Promise.resolve().then(work);
    this.#running.set(call, method);
    try {
      return await this.#hold.during(call);
    } finally {
      this.#running.delete(call);
    }
  }

  #info(): OwnerInfo {
    return {
      workspace: this.workspace.name,
      database: this.database,
      pid: process.pid,
      kind: this.#options.kind,
      version: agentFsVersion(),
      protocol: PROTOCOL_VERSION,
      since: this.#since,
      clients: this.#server?.peers ?? 0,
      mounts: this.#mounts?.list() ?? [],
      remotes: this.#openEngine?.remotes() ?? [],
      staysFor: this.staysFor(),
    };
  }

  async #describe(): Promise<WorkspaceInfo> {
    return {
      name: this.workspace.name,
      database: this.database,
      databaseBytes: (await sizeOf(this.database)) + (await sizeOf(`${this.database}-wal`)),
      agent: await agentId(this.workspace.directory),
      createdAt: this.workspace.createdAt,
      filesystem: filesystemRecord(this.#filesystem),
      owner: this.#info(),
    };
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}
