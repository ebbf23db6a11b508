/**
 * How far this machine's clock is from the server's. Pure.
 *
 * The server told its time somewhere between the request and the answer. Where that may have been this machine's time as
 * well, the clocks are taken for equal: a slow answer must not make an edit look earlier. Else the middle is the best
 * guess (as in NTP, RFC 5905), off by half the round trip at most.
 */
/** The server tells whole milliseconds. */
const ROUNDING_MS = 2;

/** What to add to this machine's clock to get the server's, milliseconds. */
export function clockOffsetMs(told: {
  readonly serverTimeMs: number;
  /** By this machine's clock. */
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
}): number {
  const { serverTimeMs, askedAtMs, answeredAtMs } = told;
  if (serverTimeMs >= askedAtMs - ROUNDING_MS && serverTimeMs <= answeredAtMs + ROUNDING_MS) return 0;
  return serverTimeMs - (askedAtMs + answeredAtMs) / 2;
}
