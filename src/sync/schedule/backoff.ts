/**
 * How long to wait before the next try: doubling, with full jitter, or what the server asked for. Pure but for the
 * random number, which comes in.
 *
 * Full jitter as in M. Brooker, "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015).
 */

const FIRST_MS = 500;
const LONGEST_MS = 60_000;

export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  /** `random` returns [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Milliseconds to wait after one more failure. */
  next(askedMs: number | undefined): number {
    const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    const wait = ceiling / 2 + (this.#random() * ceiling) / 2;
    return Math.max(askedMs ?? 0, wait);
  }

  reset(): void {
    this.#failures = 0;
  }
}
