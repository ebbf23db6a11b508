/**
 * Waiting as a port, so that the simulation can own it: a timer, and a turn of the event loop.
 */
export interface Timers {
  /** Calls back once, in `delayMs` milliseconds; returns what cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  /** Resolves when the event loop has done what else is due. */
  turn(): Promise<void>;
}

export const systemTimers: Timers = {
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};
