/**
 * One caller of an owner: finds the method, checks that the owner still runs, keeps the caller's open files.
 *
 * The socket's peers and the program that owns in process come through the same door, so both see the same behaviour.
 */
import { AgentFsError, late } from '../../../base/index.js';
import { type Cancellable, ownerGone } from '../../../rpc/index.js';
import type { EventName, MethodName } from '../service.js';
import { auditNote } from './audited.js';
import { checkedParams } from './checked-params.js';
import type { FsMethodName } from './fs-methods.js';
import { Handles } from './handles.js';
import type { HistoryMethodName } from './history-methods.js';
import type { FileContext, HandlersOf } from './method.js';
import { type OwnerMethodContext, ownerMethods } from './owner-methods.js';
import type { OpenFilesystem } from './parts.js';
import { PathWalk } from './path-walk.js';
import type { ResolveMethodName } from './resolve-methods.js';
import { type SyncMethodContext, syncMethods } from './sync-methods.js';

type Context = FileContext & SyncMethodContext & OwnerMethodContext;

/** Every method of service.ts but those that are loaded on demand; a missing one does not compile. */
const METHODS: HandlersOf<
  Context,
  Exclude<MethodName, FsMethodName | HistoryMethodName | ResolveMethodName>
> = {
  ...syncMethods,
  ...ownerMethods,
};

type AnyHandler = (context: Context, params: object, running: Cancellable) => unknown;

const fsPart = late(() => import('./fs-methods.js'));
const historyPart = late(() => import('./history-methods.js'));
const resolvePart = late(() => import('./resolve-methods.js'));

/** By the first word of a method's name, or all of it. */
const ON_DEMAND: Readonly<Record<string, () => Promise<object>>> = {
  fs: async () => (await fsPart()).fsMethods,
  history: async () => (await historyPart()).historyMethods,
  'sync.resolve': async () => (await resolvePart()).resolveMethods,
  'sync.compare': async () => (await resolvePart()).resolveMethods,
  checkpoint: async () => (await historyPart()).historyMethods,
};
const loaded = new Map<string, object>();

/** A promise only until the methods are loaded, so that calls run in the order in which they came. */
function handlerOf(method: string): AnyHandler | undefined | Promise<AnyHandler | undefined> {
  const among = (methods: object) =>
    Object.hasOwn(methods, method) ? (methods as Record<string, AnyHandler>)[method] : undefined;
  const first = method.slice(0, Math.max(0, method.indexOf('.')));
  const group = Object.hasOwn(ON_DEMAND, method) ? method : first;
  if (!Object.hasOwn(ON_DEMAND, group)) return among(METHODS);
  const known = loaded.get(group);
  if (known !== undefined) return among(known);
  return ON_DEMAND[group]!().then((methods) => {
    loaded.set(group, methods);
    return among(methods);
  });
}

/** What an owner offers its sessions. */
export interface SessionHost extends SyncMethodContext, Omit<OwnerMethodContext, 'subscribe'> {
  readonly filesystem: OpenFilesystem;
  readonly accepting: boolean;
  /** Counts calls in progress, so that a stop can wait for them. */
  during<T>(method: string, work: () => T | Promise<T>): Promise<T>;
}

/** These stop the owner themselves, so a stop does not wait for them. */
export const ENDING_METHODS: readonly string[] = ['owner.stop', 'owner.handover'];

export class PeerSession {
  readonly #host: SessionHost;
  readonly #context: Context;
  readonly #handles: Handles;
  #released = false;
  readonly subscribed = new Set<EventName>();

  constructor(host: SessionHost) {
    this.#host = host;
    this.#handles = new Handles(host.filesystem);
    this.#context = {
      filesystem: host.filesystem,
      walk: new PathWalk(host.filesystem),
      handles: this.#handles,
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      breathe: async () => await new Promise((resolve) => setImmediate(resolve)),
      engine: () => host.engine(),
      modesChanged: () => host.modesChanged(),
      mounts: host.mounts,
      info: () => host.info(),
      statistics: () => host.statistics(),
      describe: () => host.describe(),
      flush: () => host.flush(),
      check: () => host.check(),
      stop: (options) => host.stop(options),
      mountsChanged: () => host.mountsChanged(),
      subscribe: (names) => {
        for (const name of names) this.subscribed.add(name);
      },
    };
  }

  /** Throws UNKNOWN_METHOD, OWNER_GONE (not executed) while the owner stops, and what the method throws. */
  async call(
    method: string,
    params: Readonly<Record<string, unknown>>,
    running: Cancellable,
  ): Promise<unknown> {
    const found = handlerOf(method);
    if (found === undefined) throw unknownMethod(method);
    if (!this.#host.accepting) throw ownerGone(method, true);
    const run = async (handler: AnyHandler | undefined): Promise<unknown> => {
      if (handler === undefined) throw unknownMethod(method);
      const result = await handler(this.#context, checkedParams(method as MethodName, params), running);
      const note = auditNote(method, params, result);
      if (note !== undefined) (await this.#host.engine()).note(note);
      return result;
    };
    return await this.#host.during(method, () => (found instanceof Promise ? found.then(run) : run(found)));
  }

  /** Drops the caller's open files. Idempotent. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#handles.closeAll();
  }
}

function unknownMethod(method: string): AgentFsError {
  return new AgentFsError('UNKNOWN_METHOD', `there is no method '${method}'`, {
    operation: method,
    hint: 'Perhaps the owner is older than this program: stop it with `agentfs stop` and try again.',
  });
}
