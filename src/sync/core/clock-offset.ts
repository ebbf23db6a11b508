/**
 * What this machine's times are on the server's clock. Pure.
 *
 * The server told its time somewhere between the request and the answer. Where that may have been this machine's time as
 * well, the clocks are taken for equal: a slow answer must not make an edit look earlier. Else the middle is the best
 * guess (as in NTP, RFC 5905), off by half the round trip at most. Nothing was edited after the server's present time, whatever
 * the clock said then: an edit of a clock that was an hour ahead would win for an hour, of one a year ahead for ever.
 */

/** The server tells whole milliseconds. */
const ROUNDING_MS = 2;

export interface TimeTold {
  readonly serverTimeMs: number;
  /** By this machine's clock. */
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
}

/** What times here are there; all in milliseconds since the epoch. */
export type ToServerTime = (atMs: number) => number;

/** For what was done here until the answer came. */
export function toServerTime(told: TimeTold): ToServerTime {
  const offsetMs = clockOffsetMs(told);
  const latestMs = told.serverTimeMs + Math.max(0, told.answeredAtMs - told.askedAtMs);
  return (atMs) => Math.min(atMs + offsetMs, latestMs);
}

/** What to add to this machine's clock to get the server's, milliseconds. */
export function clockOffsetMs({ serverTimeMs, askedAtMs, answeredAtMs }: TimeTold): number {
  if (serverTimeMs >= askedAtMs - ROUNDING_MS && serverTimeMs <= answeredAtMs + ROUNDING_MS) return 0;
  return serverTimeMs - (askedAtMs + answeredAtMs) / 2;
}
