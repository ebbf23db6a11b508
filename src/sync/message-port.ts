/**
 * Calls between the owner's main thread and the sync worker, over one MessagePort, both ways.
 *
 * A call is answered once, with a result or an error, a cancelled one too; errors cross as AgentFsError with their code,
 * hint and data.
 */
import type { MessagePort, Worker } from 'node:worker_threads';
import { AgentFsError, type ErrorJson } from '../base/index.js';

type Message =
  | { readonly call: number; readonly method: string; readonly params: readonly unknown[] }
  | { readonly cancel: number }
  | { readonly answer: number; readonly result?: unknown; readonly error?: ErrorJson }
  | { readonly event: string; readonly data: unknown };

/** Each is given the signal of its call behind the params. */
export type CallHandlers = Readonly<Record<string, (...params: never[]) => unknown>>;

export class CallPort {
  readonly #port: MessagePort | Worker;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: unknown) => void }
  >();
  readonly #running = new Map<number, AbortController>();
  readonly #handlers: CallHandlers;
  readonly #onEvent: (event: string, data: unknown) => void;
  #next = 1;
  #closed: unknown;

  constructor(
    port: MessagePort | Worker,
    handlers: CallHandlers,
    onEvent: (event: string, data: unknown) => void,
  ) {
    this.#port = port;
    this.#handlers = handlers;
    this.#onEvent = onEvent;
    port.on('message', (message: Message) => this.#receive(message));
  }

  call<T>(method: string, ...params: readonly unknown[]): Promise<T> {
    return this.callUntil(undefined, method, ...params);
  }

  /** As `call`; an aborted signal asks the other side to end it. */
  async callUntil<T>(
    signal: AbortSignal | undefined,
    method: string,
    ...params: readonly unknown[]
  ): Promise<T> {
    if (this.#closed !== undefined) throw this.#closed;
    const call = this.#next;
    this.#next += 1;
    const cancel = (): void => {
      if (this.#closed === undefined) this.#port.postMessage({ cancel: call } satisfies Message);
    };
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#waiting.set(call, { resolve: resolve as (value: unknown) => void, reject });
        this.#port.postMessage({ call, method, params } satisfies Message);
        if (signal?.aborted === true) cancel();
        else signal?.addEventListener('abort', cancel);
      });
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  send(event: string, data: unknown): void {
    if (this.#closed === undefined) this.#port.postMessage({ event, data } satisfies Message);
  }

  /** Nothing will be answered any more: every waiting call fails with `reason`. */
  close(reason: unknown): void {
    this.#closed = reason;
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }

  #receive(message: Message): void {
    if ('event' in message) this.#onEvent(message.event, message.data);
    else if ('answer' in message) this.#settle(message);
    else if ('cancel' in message) this.#running.get(message.cancel)?.abort();
    else void this.#answer(message);
  }

  #settle(message: Extract<Message, { answer: number }>): void {
    const waiting = this.#waiting.get(message.answer);
    this.#waiting.delete(message.answer);
    if (message.error === undefined) waiting?.resolve(message.result);
    else waiting?.reject(errorOf(message.error));
  }

  async #answer(message: Extract<Message, { call: number }>): Promise<void> {
    const answer = message.call;
    const running = new AbortController();
    this.#running.set(answer, running);
    try {
      const handler = this.#handlers[message.method];
      if (handler === undefined) throw new AgentFsError('INTERNAL', `no such call: ${message.method}`);
      const result = await handler(...([...message.params, running.signal] as never[]));
      this.#port.postMessage({ answer, result } satisfies Message);
    } catch (error) {
      this.#port.postMessage({ answer, error: jsonOf(error) } satisfies Message);
    } finally {
      this.#running.delete(answer);
    }
  }
}

function jsonOf(error: unknown): ErrorJson {
  if (error instanceof AgentFsError) return error.toJSON();
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'INTERNAL', message };
}

function errorOf(json: ErrorJson): AgentFsError {
  const { code, message, ...details } = json;
  return new AgentFsError(code, message, details);
}
