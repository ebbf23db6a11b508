/**
 * Time as a port, so that the simulation can own it.
 *
 * `realtime` is wall time for file times (seconds and nanoseconds since the epoch); `monotonicMs` never goes back and
 * is for measuring and for timers.
 */
export interface Timespec {
  /** Seconds since 1970-01-01T00:00:00Z; may be negative. */
  readonly sec: number;
  /** 0 to 999 999 999. */
  readonly nsec: number;
}

export interface Clock {
  realtime(): Timespec;
  /** Milliseconds since the epoch, fractional. */
  nowMs(): number;
  monotonicMs(): number;
}

export const systemClock: Clock = {
  realtime(): Timespec {
    const ms = performance.timeOrigin + performance.now();
    const sec = Math.floor(ms / 1000);
    return { sec, nsec: Math.min(999_999_999, Math.floor((ms - sec * 1000) * 1e6)) };
  },
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
