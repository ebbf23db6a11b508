/**
 * Cuts a stream of bytes into chunks whose borders depend on the content (FastCDC, normalised), so that an insertion
 * moves the borders around it and no others.
 *
 * This is a format: the same bytes must give the same chunks for ever, however they were fed in, or content that is on
 * a remote is uploaded again. A test pins the gear table and the borders of a known stream. Pure.
 * After W. Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data Deduplication"
 * (USENIX ATC 2016); 32-bit fingerprints, since JavaScript has no fast 64-bit ones.
 */

/** How contents of one class of sizes are cut. Bytes. */
export interface Cut {
  /** No chunk but the last of a stream is shorter. */
  readonly min: number;
  /** Where the mask changes from strict to lax; the mean chunk of random bytes is near it. */
  readonly normal: number;
  readonly max: number;
  /** One bits at the top of the word, where a bit has been touched by the most bytes. */
  readonly strict: number;
  readonly lax: number;
}

const CUT: Cut = {
  min: 16 * 1024,
  normal: 64 * 1024,
  max: 256 * 1024,
  strict: 0xffffc000 | 0,
  lax: 0xfffc0000 | 0,
};
/** Eight times as long: the list of a file's chunks is one value on the remote, and servers take none above 4 MiB. */
const LARGE_CUT: Cut = {
  min: 8 * CUT.min,
  normal: 8 * CUT.normal,
  max: 8 * CUT.max,
  strict: 0xfffff800 | 0,
  lax: 0xffff8000 | 0,
};
/** Contents of at least so many bytes are cut into larger chunks. */
export const LARGE_CONTENT_BYTES = 4 * 1024 ** 3;

export const CHUNK_MIN_BYTES = CUT.min;
/** Of a content that is not large. */
export const CHUNK_NORMAL_MAX_BYTES = CUT.max;
/** No chunk of any content is longer. */
export const CHUNK_MAX_BYTES = LARGE_CUT.max;

/** How a content of `size` bytes is cut: nothing but its size and its bytes may decide. */
export function cutOf(size: number): Cut {
  return size < LARGE_CONTENT_BYTES ? CUT : LARGE_CUT;
}

const GEAR_SEED = 0x41464753;

/** 256 numbers of splitmix32 (a fixed seed; murmur3's finaliser). */
function gearTable(): Int32Array {
  const table = new Int32Array(256);
  let state = GEAR_SEED;
  for (let i = 0; i < 256; i++) {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    table[i] = z ^ (z >>> 16);
  }
  return table;
}

export const GEAR: Readonly<Int32Array> = gearTable();

/** Where a scan of one chunk stands: both 0 at the chunk's start. */
interface Scan {
  fingerprint: number;
  /** Bytes of the chunk that were looked at. */
  position: number;
}

/**
 * Goes on with a chunk that begins at `data[start]`, up to `data[end - 1]`, from where `scan` stands. Returns the
 * chunk's length, or 0 where the border lies beyond `end`.
 */
function findBorder(data: Uint8Array, range: { start: number; end: number }, scan: Scan, cut: Cut): number {
  const { start, end } = range;
  const { min, normal: middle, max, strict, lax } = cut;
  const gear = GEAR;
  const available = Math.min(end - start, max);
  let i = start + Math.max(scan.position, Math.min(min, available));
  const normal = start + Math.min(middle, available);
  const limit = start + available;
  let fingerprint = scan.fingerprint;
  for (; i < normal; i++) {
    fingerprint = ((fingerprint << 1) + (gear[data[i] as number] as number)) | 0;
    if ((fingerprint & strict) === 0) return i + 1 - start;
  }
  for (; i < limit; i++) {
    fingerprint = ((fingerprint << 1) + (gear[data[i] as number] as number)) | 0;
    if ((fingerprint & lax) === 0) return i + 1 - start;
  }
  if (available === max) return max;
  scan.fingerprint = fingerprint;
  scan.position = available;
  return 0;
}

/**
 * How long the first chunk of these bytes is. They are at least `cut.max`, or all that there is to the end of the content.
 */
export function firstChunkLength(bytes: Uint8Array, cut: Cut): number {
  const range = { start: 0, end: bytes.length };
  return findBorder(bytes, range, { fingerprint: 0, position: 0 }, cut) || bytes.length;
}

/** One stream. A chunk handed out is a view of what was pushed where that is possible, else a copy of its own. */
export class Chunker {
  readonly #cut: Cut;
  /** Made when first needed: most streams are one push. */
  #buffer: Uint8Array | undefined;
  #length = 0;
  readonly #scan: Scan = { fingerprint: 0, position: 0 };

  /** `size` is that of the whole stream; where it is not given, it is not large. */
  constructor(size = 0) {
    this.#cut = cutOf(size);
  }

  /** Returns the chunks that these bytes complete; views into `bytes` share its life. */
  push(bytes: Uint8Array): Uint8Array[] {
    const chunks: Uint8Array[] = [];
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#length > 0) {
        const before = this.#length;
        const take = Math.min(bytes.length - offset, this.#cut.max - before);
        const pending = this.#pending();
        pending.set(bytes.subarray(offset, offset + take), before);
        const border = findBorder(pending, { start: 0, end: before + take }, this.#scan, this.#cut);
        if (border === 0) {
          this.#length = before + take;
          return chunks;
        }
        chunks.push(pending.slice(0, border));
        offset += border - before;
        this.#reset();
        continue;
      }
      const border = findBorder(bytes, { start: offset, end: bytes.length }, this.#scan, this.#cut);
      if (border === 0) {
        this.#pending().set(bytes.subarray(offset));
        this.#length = bytes.length - offset;
        return chunks;
      }
      chunks.push(bytes.subarray(offset, offset + border));
      offset += border;
      this.#reset();
    }
    return chunks;
  }

  /** The rest, if any, as the last chunk; the chunker is then ready for another stream. */
  finish(): Uint8Array | undefined {
    const rest = this.#length === 0 ? undefined : this.#pending().slice(0, this.#length);
    this.#reset();
    return rest;
  }

  #pending(): Uint8Array {
    this.#buffer ??= new Uint8Array(this.#cut.max);
    return this.#buffer;
  }

  #reset(): void {
    this.#length = 0;
    this.#scan.fingerprint = 0;
    this.#scan.position = 0;
  }
}
