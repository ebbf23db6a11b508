/**
 * Where a content may have changed: ranges of bytes, or all of it. Pure.
 *
 * Ranges that meet are one. Where there are too many of them the nearest grow together: what is listed may be more than
 * what changed, never less.
 */

/** [from, to), bytes. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

const RANGES_MAX = 4096;

export class ByteRanges {
  #ranges: ByteRange[] = [];
  #isSorted = true;
  #isAll = false;

  /** Everything may have changed. */
  addAll(): void {
    this.#isAll = true;
    this.#ranges = [];
  }

  add(from: number, to: number): void {
    if (this.#isAll || to <= from) return;
    const last = this.#ranges.at(-1);
    if (last !== undefined && from >= last.from && from <= last.to) {
      this.#ranges[this.#ranges.length - 1] = { from: last.from, to: Math.max(last.to, to) };
      return;
    }
    if (last !== undefined && from < last.from) this.#isSorted = false;
    this.#ranges.push({ from, to });
    if (this.#ranges.length >= 2 * RANGES_MAX) this.#merge();
  }

  /** Ascending and apart from each other; undefined for all of it. */
  list(): readonly ByteRange[] | undefined {
    if (this.#isAll) return undefined;
    this.#merge();
    return this.#ranges;
  }

  #merge(): void {
    if (!this.#isSorted) this.#ranges.sort((a, b) => a.from - b.from);
    this.#isSorted = true;
    this.#ranges = joined(this.#ranges, 0);
    if (this.#ranges.length <= RANGES_MAX) return;
    const gaps = this.#ranges.slice(1).map(({ from }, i) => from - this.#ranges[i]!.to);
    gaps.sort((a, b) => a - b);
    this.#ranges = joined(this.#ranges, gaps[gaps.length - RANGES_MAX] ?? 0);
  }
}

/** Joins sorted ranges that are at most `gap` apart. */
function joined(ranges: readonly ByteRange[], gap: number): ByteRange[] {
  const result: ByteRange[] = [];
  for (const range of ranges) {
    const last = result.at(-1);
    if (last !== undefined && range.from <= last.to + gap) {
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    } else result.push(range);
  }
  return result;
}
