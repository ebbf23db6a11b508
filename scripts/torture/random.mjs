/**
 * Choices from a seed, so that a run can be had again (what the machine's scheduling decides apart).
 */

export class Random {
  #state;

  /** `seed` is a number or a string; equal seeds make equal choices. */
  constructor(seed) {
    // FNV-1a, 32 bits.
    let hash = 2166136261;
    for (const character of String(seed)) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
    this.#state = hash >>> 0;
  }

  /** 0 to under 1 (mulberry32). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** An integer from `low` to `high`, both possible. */
  between(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick(list) {
    return list[Math.floor(this.next() * list.length)];
  }

  chance(share) {
    return this.next() < share;
  }

  shuffled(list) {
    const rest = [...list];
    for (let i = rest.length - 1; i > 0; i -= 1) {
      const j = this.between(0, i);
      [rest[i], rest[j]] = [rest[j], rest[i]];
    }
    return rest;
  }
}

/** The bytes that a write with this number writes: different numbers differ everywhere. */
export function bytesOf(number, length) {
  const bytes = Buffer.allocUnsafe(length);
  let state = (Math.imul(number, 2654435761) ^ 0x9e3779b9) >>> 0;
  for (let i = 0; i < length; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
