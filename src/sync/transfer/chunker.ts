/**
 * Cuts a stream of bytes into chunks whose borders depend on the content (FastCDC, normalised), so that an insertion
 * moves the borders around it and no others.
 *
 * This is a format: the same bytes must give the same chunks for ever, however they were fed in, or content that is on
 * a remote is uploaded again. A test pins the gear table and the borders of a known stream. Pure.
 * After W. Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data Deduplication"
 * (USENIX ATC 2016); 32-bit fingerprints, since JavaScript has no fast 64-bit ones.
 */

/** No chunk but the last of a stream is shorter. Bytes. */
export const CHUNK_MIN_BYTES = 16 * 1024;
/** Where the mask changes from strict to lax; the mean chunk of random bytes is near it. */
export const CHUNK_NORMAL_BYTES = 64 * 1024;
export const CHUNK_MAX_BYTES = 256 * 1024;

/** 18 and 14 one bits at the top of the word, where a bit has been touched by the most bytes. */
const MASK_STRICT = 0xffffc000 | 0;
const MASK_LAX = 0xfffc0000 | 0;
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
function findBorder(data: Uint8Array, start: number, end: number, scan: Scan): number {
  const gear = GEAR;
  const available = Math.min(end - start, CHUNK_MAX_BYTES);
  let i = start + Math.max(scan.position, Math.min(CHUNK_MIN_BYTES, available));
  const normal = start + Math.min(CHUNK_NORMAL_BYTES, available);
  const limit = start + available;
  let fingerprint = scan.fingerprint;
  for (; i < normal; i++) {
    fingerprint = ((fingerprint << 1) + (gear[data[i] as number] as number)) | 0;
    if ((fingerprint & MASK_STRICT) === 0) return i + 1 - start;
  }
  for (; i < limit; i++) {
    fingerprint = ((fingerprint << 1) + (gear[data[i] as number] as number)) | 0;
    if ((fingerprint & MASK_LAX) === 0) return i + 1 - start;
  }
  if (available === CHUNK_MAX_BYTES) return CHUNK_MAX_BYTES;
  scan.fingerprint = fingerprint;
  scan.position = available;
  return 0;
}

/**
 * How long the first chunk of these bytes is. They are at least CHUNK_MAX_BYTES, or all that there is to the end of the
 * content.
 */
export function firstChunkLength(bytes: Uint8Array): number {
  return findBorder(bytes, 0, bytes.length, { fingerprint: 0, position: 0 }) || bytes.length;
}

/** One stream. A chunk handed out is a view of what was pushed where that is possible, else a copy of its own. */
export class Chunker {
  /** Made when first needed: most streams are one push. */
  #buffer: Uint8Array | undefined;
  #length = 0;
  readonly #scan: Scan = { fingerprint: 0, position: 0 };

  /** Returns the chunks that these bytes complete; views into `bytes` share its life. */
  push(bytes: Uint8Array): Uint8Array[] {
    const chunks: Uint8Array[] = [];
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#length > 0) {
        const before = this.#length;
        const take = Math.min(bytes.length - offset, CHUNK_MAX_BYTES - before);
        const pending = this.#pending();
        pending.set(bytes.subarray(offset, offset + take), before);
        const border = findBorder(pending, 0, before + take, this.#scan);
        if (border === 0) {
          this.#length = before + take;
          return chunks;
        }
        chunks.push(pending.slice(0, border));
        offset += border - before;
        this.#reset();
        continue;
      }
      const border = findBorder(bytes, offset, bytes.length, this.#scan);
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
    this.#buffer ??= new Uint8Array(CHUNK_MAX_BYTES);
    return this.#buffer;
  }

  #reset(): void {
    this.#length = 0;
    this.#scan.fingerprint = 0;
    this.#scan.position = 0;
  }
}
