/**
 * Time as a port, so that the simulation can own it.
 *
 * `realtime` is wall time for file times (seconds and nanoseconds since the epoch), and steps when the machine's clock does;
 * `monotonicMs` never goes back and is for measuring and for timers.
 */

/** A time as struct timespec has it. */
export interface Timespec {
  /**
   * Seconds since 1970-01-01T00:00:00Z; may be negative.
   * @asType integer
   */
  readonly sec: number;
  /**
   * The rest, nanoseconds.
   * @asType integer
   * @minimum 0
   * @maximum 999999999
   */
  readonly nsec: number;
}

export interface Clock {
  realtime(): Timespec;
  /** Milliseconds since the epoch, fractional. */
  nowMs(): number;
  monotonicMs(): number;
}

/** Of a millisecond, so that it stays within one as a double. */
const LAST_OF_A_MILLISECOND = 0.9999;

/**
 * A clock made of two: whole milliseconds of the wall, what is between them of a finer one. A fine clock alone would not
 * notice that the wall clock was set, nor that the machine was asleep. `wallMs` is whole.
 */
export function makeClock(sources: { wallMs(): number; monotonicMs(): number }): Clock {
  const { wallMs, monotonicMs } = sources;
  /** What the monotonic clock lacks to the wall's. */
  let offsetMs = wallMs() - monotonicMs();
  return {
    realtime(): Timespec {
      const wall = wallMs();
      const fine = monotonicMs();
      const aheadMs = offsetMs + fine - wall;
      if (aheadMs < 0) offsetMs = wall - fine;
      else if (aheadMs > LAST_OF_A_MILLISECOND) offsetMs = wall + LAST_OF_A_MILLISECOND - fine;
      const ms = Math.min(Math.max(offsetMs + fine, wall), wall + LAST_OF_A_MILLISECOND);
      const sec = Math.floor(ms / 1000);
      return { sec, nsec: Math.min(999_999_999, Math.floor((ms - sec * 1000) * 1e6)) };
    },
    nowMs: wallMs,
    monotonicMs,
  };
}

export const systemClock: Clock = makeClock({
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
});

/** `2024-01-15T10:30:00Z`: RFC 3339 in UTC, to the second. Numbers are milliseconds since the epoch. */
export function rfc3339(time: number | string | Date): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? 'unknown' : date.toISOString().replace(/\.\d+Z$/, 'Z');
}
