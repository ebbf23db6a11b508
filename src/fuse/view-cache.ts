/**
 * Views of one fixed buffer from one fixed byte on, kept by their length, so that a READ or WRITE makes none.
 *
 * A view costs more to make than the rest of a small write's dispatch; programs write the same lengths over and
 * over. 64 slots, the newest length of a slot wins: bounded, whatever lengths come.
 */
const SLOTS = 64;

export class ViewCache {
  readonly #buffer: Buffer;
  readonly #start: number;
  readonly #views: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(SLOTS).fill(undefined);
  #made = 0;

  constructor(buffer: Buffer, start: number) {
    this.#buffer = buffer;
    this.#start = start;
  }

  /** How many views were made since the beginning. */
  get made(): number {
    return this.#made;
  }

  /** The `length` bytes from the start on. The same object each time, for as long as it keeps its slot. */
  view(length: number): Uint8Array {
    // Reads come in whole pages, small writes in any length: both spread over the slots.
    const slot = (length ^ (length >>> 12)) & (SLOTS - 1);
    const kept = this.#views[slot];
    if (kept !== undefined && kept.length === length) return kept;
    const made = this.#buffer.subarray(this.#start, this.#start + length);
    this.#views[slot] = made;
    this.#made++;
    return made;
  }
}
