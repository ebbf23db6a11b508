/**
 * Ends a request that takes too long, or whose connection is closed, whatever becomes of the request itself.
 *
 * The timer is ours and is held until the request is done. A signal of AbortSignal.timeout() inside AbortSignal.any() is
 * held by nobody: the next garbage collection takes it together with its timer, and a request to a server that has
 * fallen silent waits for ever (nodejs/node#57736). Nor is `fetch` trusted to end when its signal says
 * so: whoever waits is told at once.
 */
export interface DeadlineOptions {
  readonly timeoutMs: number;
  readonly closing: AbortSignal;
}

/** Rejects with a TimeoutError at the deadline, and with the reason of `closing` when that is aborted. */
export async function withDeadline<T>(
  request: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, closing }: DeadlineOptions,
): Promise<T> {
  closing.throwIfAborted();
  const ending = new AbortController();
  const timer = setTimeout(
    () => ending.abort(new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError')),
    timeoutMs,
  );
  const close = (): void => ending.abort(closing.reason);
  closing.addEventListener('abort', close);
  const ended = new Promise<never>((_resolve, reject) => {
    ending.signal.addEventListener('abort', () => reject(ending.signal.reason), { once: true });
  });
  try {
    return await Promise.race([request(ending.signal), ended]);
  } catch (error) {
    // What is left of an answer that nobody reads must not hold its socket.
    ending.abort(error);
    throw error;
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', close);
  }
}

export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}
