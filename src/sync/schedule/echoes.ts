/**
 * Tells the hints that this agent's own commits cause from the others. Pure but for the time, which comes in.
 *
 * A commit causes one hint, before or after its answer. This is a count, no identity: a hint that is taken for an own
 * one may be another agent's that came at the same time, so it is no proof that there is nothing.
 */

/** An own commit's hint comes within this time of its answer, milliseconds. */
const EXPECTED_MS = 500;

export class Echoes {
  #running = false;
  #early = 0;
  /** Own commits without a hint so far. */
  #owed = 0;
  #at = 0;

  /** A run begins; hints are held until it ends. */
  begin(): void {
    this.#running = true;
    this.#early = 0;
  }

  /** A run with so many commits has ended. Returns how many of the hints meanwhile were not its own. */
  end(commits: number, nowMs: number): number {
    this.#running = false;
    const foreign = this.#early - commits;
    this.#owed = Math.max(0, -foreign);
    this.#at = nowMs;
    return Math.max(0, foreign);
  }

  /** A hint came: whether it may be another agent's. During a run the answer waits for its end. */
  isForeign(nowMs: number): boolean {
    if (this.#running) {
      this.#early += 1;
      return false;
    }
    if (this.#owed === 0 || nowMs - this.#at > EXPECTED_MS) return true;
    this.#owed -= 1;
    return false;
  }
}
