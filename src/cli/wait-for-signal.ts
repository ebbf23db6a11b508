/**
 * SIGINT, SIGTERM and SIGHUP as promises of the exit code they mean, for commands that end in order.
 */
import { exitCodeOfSignal } from './exit-codes.js';

export interface Signals {
  readonly first: Promise<number>;
  readonly second: Promise<number>;
}

/**
 * From now on the signals no longer end the process. Only Ctrl-C is patient: SIGTERM, and SIGHUP of a terminal that was
 * closed, count twice, since nobody is there to ask a second time.
 */
export function waitForSignal(): Signals {
  const resolvers: ((code: number) => void)[] = [];
  const first = new Promise<number>((resolve) => resolvers.push(resolve));
  const second = new Promise<number>((resolve) => resolvers.push(resolve));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const code = exitCodeOfSignal(signal);
      resolvers.shift()?.(code);
      if (signal !== 'SIGINT') resolvers.shift()?.(code);
    });
  }
  return { first, second };
}
