/**
 * One connection between two peers: calls, answers and notifications in both directions over one stream.
 *
 * Invariants: every call that was begun ends exactly once, by an answer, by its signal or, when the stream ends, by
 * OWNER_GONE with `data.notExecuted` false (nobody knows whether it ran), or true after the peer's goodbye. A call on a closed connection ends with
 * OWNER_GONE and `data.notExecuted` true, which is safe to repeat. A peer that sends what is no message gets one
 * error and is closed. Reading stops while too much is being handled or waits to be written, so memory is bounded.
 *
 * The envelope is our own because the libraries that are alive either bring a text framing of their own without
 * room for bytes (vscode-jsonrpc) or only match ids to answers (json-rpc-2.0), which is the small part.
 */
import type { Duplex } from 'node:stream';
import { AgentFsError } from '../base/index.js';
import { fromErrorObject, toErrorObject } from './error-object.js';
import { FrameReader } from './frame.js';
import { decodeMessage, encodeMessage, MalformedMessage } from './message.js';
import type { Message, MessageId, Params } from './protocol.js';
import { CANCEL_METHOD, GOODBYE_METHOD, RPC_INVALID_REQUEST } from './protocol.js';

const MAX_CALLS_IN_PROGRESS = 32;
const MAX_BYTES_UNSENT = 16 * 1024 * 1024;
/** How long a refused peer may take to read why. */
const REFUSAL_GRACE_MS = 1000;

export interface CallOptions {
  /** Ends the call with CANCELLED here and asks the peer to stop it. */
  readonly signal?: AbortSignal;
  /** Milliseconds until the call ends with OWNER_UNREACHABLE; absent: no limit. */
  readonly timeoutMs?: number;
}

export interface ConnectionHandlers {
  /** Answers a call; what it throws is sent to the peer. */
  call(method: string, params: Params, running: Cancellable): unknown;
  notification?(method: string, params: Params): void;
  /** The stream ended, once; `reason` where it was not asked for. */
  closed?(reason: Error | undefined): void;
}

/** What may be cancelled by the time it is looked at. */
export interface Cancellable {
  readonly signal: AbortSignal;
}

/** A call that is being answered. Most are over before anybody could cancel them: a signal is made when it is asked for. */
export class RunningCall implements Cancellable {
  #controller: AbortController | undefined;
  #cancelled = false;

  /** Aborted when the peer cancels the call or goes away. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#cancelled) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  cancel(): void {
    this.#cancelled = true;
    this.#controller?.abort();
  }
}

interface PendingCall {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly release: () => void;
}

export class Connection {
  readonly #stream: Duplex;
  readonly #handlers: ConnectionHandlers;
  readonly #reader = new FrameReader();
  readonly #pending = new Map<MessageId, PendingCall>();
  readonly #running = new Map<MessageId, RunningCall>();
  readonly #backlog: Extract<Message, { type: 'request' }>[] = [];
  #nextId = 1;
  #closed = false;
  /** Here: nothing is begun any more. */
  #finishing = false;
  /** The peer begins nothing any more. */
  #peerFinished = false;
  #failure: Error | undefined;

  constructor(stream: Duplex, handlers: ConnectionHandlers) {
    this.#stream = stream;
    this.#handlers = handlers;
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('drain', () => this.#regulate());
    stream.on('error', (error: Error) => {
      this.#failure ??= error;
    });
    stream.on('close', () => this.#end());
    stream.on('end', () => stream.end());
  }

  /** No call can be made on it any more. */
  get closed(): boolean {
    return this.#closed || this.#peerFinished;
  }

  /** Calls begun here and not yet answered. */
  get pendingCalls(): number {
    return this.#pending.size;
  }

  /** The peer's calls that are being answered. */
  get runningCalls(): number {
    return this.#running.size;
  }

  async call(method: string, params: Params, options: CallOptions = {}): Promise<unknown> {
    const { signal, timeoutMs } = options;
    if (signal?.aborted === true) throw cancelled(method);
    if (this.closed || this.#stream.destroyed) throw ownerGone(method, true);
    const id = this.#nextId++;
    const frame = encodeMessage({ type: 'request', id, method, params });
    return await new Promise((resolve, reject) => {
      const abandon = (error: Error): void => {
        this.#settle(id)?.reject(error);
        if (!this.#closed) this.notify(CANCEL_METHOD, { id });
      };
      const onAbort = (): void => abandon(cancelled(method));
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => abandon(noAnswer(method, timeoutMs)), timeoutMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      const release = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      this.#pending.set(id, { resolve, reject, release });
      this.#write(frame);
    });
  }

  notify(method: string, params: Params): void {
    if (this.#closed) return;
    this.#write(encodeMessage({ type: 'notification', method, params }));
  }

  /** Begins no more calls, answers those that run, says goodbye, closes. */
  finish(): void {
    this.#finishing = true;
    this.#backlog.length = 0;
    this.#leaveWhenDone();
  }

  /** Sends what is queued, then closes. */
  end(): void {
    this.#stream.end();
  }

  /** Closes at once. */
  destroy(reason?: Error): void {
    this.#failure ??= reason;
    this.#stream.destroy();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.push(chunk)) this.#accept(decodeMessage(frame));
    } catch (error) {
      this.#refuse(error);
    }
  }

  #accept(message: Message): void {
    switch (message.type) {
      case 'request':
        if (this.#finishing) return;
        this.#backlog.push(message);
        this.#regulate();
        return;
      case 'notification':
        if (message.method === GOODBYE_METHOD) this.#peerFinished = true;
        else if (message.method === CANCEL_METHOD) this.#cancel(message.params.id as MessageId);
        else this.#handlers.notification?.(message.method, message.params);
        return;
      case 'result':
        this.#settle(message.id)?.resolve(message.result);
        return;
      case 'error':
        if (message.id === null) {
          this.destroy(fromErrorObject(message.error));
          return;
        }
        this.#settle(message.id)?.reject(fromErrorObject(message.error));
    }
  }

  async #answer(id: Exclude<MessageId, null>, method: string, params: Params): Promise<void> {
    if (this.#running.has(id)) {
      this.#refuse(new MalformedMessage(RPC_INVALID_REQUEST, `the id ${JSON.stringify(id)} is in use`));
      return;
    }
    const running = new RunningCall();
    this.#running.set(id, running);
    try {
      const result = await this.#handlers.call(method, params, running);
      this.#reply(id, { type: 'result', id, result });
    } catch (error) {
      this.#reply(id, { type: 'error', id, error: toErrorObject(error) });
    }
  }

  #reply(id: MessageId, message: Message): void {
    this.#running.delete(id);
    if (!this.#closed) {
      let frame: Uint8Array[];
      try {
        frame = encodeMessage(message);
      } catch (error) {
        frame = encodeMessage({ type: 'error', id, error: toErrorObject(error) });
      }
      this.#write(frame);
    }
    this.#regulate();
    this.#leaveWhenDone();
  }

  #leaveWhenDone(): void {
    if (!this.#finishing || this.#running.size > 0 || this.#stream.writableEnded) return;
    this.notify(GOODBYE_METHOD, {});
    this.#stream.end();
  }

  #cancel(id: MessageId): void {
    const waiting = this.#backlog.findIndex((message) => message.id === id);
    if (waiting >= 0) this.#backlog.splice(waiting, 1);
    else this.#running.get(id)?.cancel();
  }

  /** Answers garbage with one error, then closes: after it the stream has no boundaries we can trust. */
  #refuse(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    this.#stream.pause();
    if (!this.#stream.writableEnded && !this.#stream.destroyed) {
      this.#write(encodeMessage({ type: 'error', id: null, error: toErrorObject(error) }));
      this.#stream.end(() => this.#stream.destroy());
      setTimeout(() => this.#stream.destroy(), REFUSAL_GRACE_MS).unref();
    }
  }

  #write(parts: readonly Uint8Array[]): void {
    if (this.#stream.destroyed || this.#stream.writableEnded) return;
    this.#stream.cork();
    for (const part of parts) this.#stream.write(part);
    this.#stream.uncork();
    this.#regulate();
  }

  /** Begins waiting calls while there is room for them, and reads on only when none waits. */
  #regulate(): void {
    if (this.#failure !== undefined) return;
    while (this.#running.size < MAX_CALLS_IN_PROGRESS && this.#stream.writableLength <= MAX_BYTES_UNSENT) {
      const next = this.#backlog.shift();
      if (next === undefined) break;
      void this.#answer(next.id, next.method, next.params);
    }
    const full = this.#backlog.length > 0 || this.#stream.writableLength > MAX_BYTES_UNSENT;
    if (full !== this.#stream.isPaused()) {
      if (full) this.#stream.pause();
      else this.#stream.resume();
    }
  }

  #settle(id: MessageId): PendingCall | undefined {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    call?.release();
    return call;
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const running of this.#running.values()) running.cancel();
    this.#backlog.length = 0;
    for (const id of [...this.#pending.keys()]) {
      this.#settle(id)?.reject(ownerGone('call', this.#peerFinished, this.#failure));
    }
    this.#handlers.closed?.(this.#failure);
  }
}

/** The owner is not there any more. `notExecuted`: the call never began, so it may be repeated. */
export function ownerGone(operation: string, notExecuted: boolean, cause?: unknown): AgentFsError {
  return new AgentFsError('OWNER_GONE', 'the process that owns the workspace went away', {
    operation,
    hint: 'Repeat the call: the next one opens the workspace again. See owner.log for why it ended.',
    data: { notExecuted },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** True where an error says that its call had no effect and may be repeated on another owner. */
export function isNotExecuted(error: unknown): boolean {
  if (!(error instanceof AgentFsError) || error.code !== 'OWNER_GONE') return false;
  const data = error.data;
  return typeof data === 'object' && data !== null && 'notExecuted' in data && data.notExecuted === true;
}

/** The call's signal has ended it. */
export function cancelled(operation: string): AgentFsError {
  return new AgentFsError('CANCELLED', 'the call was cancelled', { operation });
}

function noAnswer(operation: string, timeoutMs: number): AgentFsError {
  return new AgentFsError(
    'OWNER_UNREACHABLE',
    `no answer from the workspace's owner in ${Math.round(timeoutMs)} ms`,
    {
      operation,
      hint: 'The owner may be busy or stopped; look with `agentfs status`, end it with `agentfs stop`.',
    },
  );
}
