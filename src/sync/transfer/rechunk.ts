/**
 * Cuts a content into chunks with the help of what is known of an earlier one: only what may have changed is read, and
 * what looks familiar is compared before it is searched for borders.
 *
 * The result is that of the chunker on the whole content, whatever was known. That rests on two properties of it. Where a
 * chunk ends depends on the bytes from its own beginning alone; so a chunk whose bytes did not change and that begins
 * where a chunk begins is one again, and so is one whose bytes have the hash of a known one. And a content's last chunk
 * ends with the content, so it is never taken over where the end has moved. No I/O of its own: `read` brings the bytes.
 */
import type { ByteRange } from './byte-ranges.js';
import { type Cut, cutOf, firstChunkLength } from './chunker.js';
import { sha256 } from './content-hash.js';
import type { ManifestEntry } from './manifest.js';

export interface ContentSource {
  /** Bytes. */
  readonly size: number;
  /** Fills `bytes` with what there is from `offset` on, all inside the content. */
  read(offset: number, bytes: Uint8Array): void;
}

export interface KnownContent {
  readonly chunks: readonly ManifestEntry[];
  /** Where the content may differ from the known one at the same offsets; undefined: everywhere. */
  readonly dirty: readonly ByteRange[] | undefined;
}

export interface Rechunked {
  readonly chunks: readonly ManifestEntry[];
  /** Bytes that had to be looked at. */
  readonly bytesRead: number;
}

/** Small enough for a processor's cache, which the bytes are still in when they are hashed. */
const READ_MAX_BYTES = 1024 * 1024;
/** What is read in one go ends where a stored piece of a file does, mostly. */
const READ_ALIGN_BYTES = 64 * 1024;

export function rechunk(source: ContentSource, known?: KnownContent): Rechunked {
  const former = known === undefined ? 0 : known.chunks.reduce((sum, { size }) => sum + size, 0);
  // Chunks that were cut in another way are no chunks here.
  const usable = known !== undefined && cutOf(former) === cutOf(source.size);
  return new Rechunker(source, usable ? known : { chunks: [], dirty: undefined }).run();
}

class Rechunker {
  readonly #source: ContentSource;
  readonly #cut: Cut;
  readonly #known: readonly ManifestEntry[];
  readonly #dirty: readonly ByteRange[] | undefined;
  readonly #chunks: ManifestEntry[] = [];
  /** Where each known chunk begins, and one more: where the last one ends. */
  readonly #starts: number[] = [0];
  /** By hash, made when it is first needed. */
  #indexes: Map<string, number> | undefined;
  /** The first range that ends behind `#at`. */
  #range = 0;
  #at = 0;
  /** The known chunk that begins at `#at`, or after it. */
  #next = 0;
  /** The same memory for whatever is read. */
  #memory: Uint8Array = new Uint8Array(0);
  /** What of the content is in it, from its beginning on. */
  #blockAt = 0;
  #blockEnd = 0;
  #readBytes: number;
  #bytesRead = 0;

  constructor(source: ContentSource, known: KnownContent) {
    this.#source = source;
    this.#cut = cutOf(source.size);
    this.#readBytes = this.#cut.max;
    this.#known = known.chunks;
    this.#dirty = known.dirty;
    for (const { size } of known.chunks) this.#starts.push(this.#starts.at(-1)! + size);
  }

  run(): Rechunked {
    const { size } = this.#source;
    let guess: number | undefined = 0;
    while (this.#at < size) {
      const here = this.#knownHere();
      if (here !== undefined) {
        if (this.#isClean(here)) {
          this.#take(this.#known[here]!);
          guess = here + 1;
          continue;
        }
        guess ??= here;
      }
      const window = this.#window();
      const expected = guess === undefined ? undefined : this.#expected(guess, window);
      if (expected !== undefined) {
        this.#take(expected);
        guess = guess! + 1;
        continue;
      }
      const length = firstChunkLength(window, this.#cut);
      const hash = sha256(window.subarray(0, length));
      this.#take({ hash, size: length });
      guess = this.#following(hash);
    }
    return { chunks: this.#chunks, bytesRead: this.#bytesRead };
  }

  #take(chunk: ManifestEntry): void {
    this.#chunks.push(chunk);
    this.#at += chunk.size;
  }

  /** The known chunk that begins right here. */
  #knownHere(): number | undefined {
    if (this.#dirty === undefined) return undefined;
    while (this.#next < this.#known.length && this.#starts[this.#next]! < this.#at) this.#next += 1;
    const isHere = this.#next < this.#known.length && this.#starts[this.#next] === this.#at;
    return isHere ? this.#next : undefined;
  }

  /** Whether a known chunk that begins here is one again without a look at it. */
  #isClean(index: number): boolean {
    const end = this.#at + this.#known[index]!.size;
    if (!this.#mayEnd(index, end)) return false;
    const dirty = this.#dirty!;
    while (this.#range < dirty.length && dirty[this.#range]!.to <= this.#at) this.#range += 1;
    return this.#range === dirty.length || dirty[this.#range]!.from >= end;
  }

  /** The known chunk where the bytes here are its bytes. */
  #expected(index: number, window: Uint8Array): ManifestEntry | undefined {
    const chunk = this.#known[index];
    if (chunk === undefined || chunk.size > window.length) return undefined;
    if (!this.#mayEnd(index, this.#at + chunk.size)) return undefined;
    return sha256(window.subarray(0, chunk.size)) === chunk.hash ? chunk : undefined;
  }

  /** The known content's last chunk was ended by its end: it is one again only at the end. */
  #mayEnd(index: number, end: number): boolean {
    const { size } = this.#source;
    return index === this.#known.length - 1 ? end === size : end <= size;
  }

  #following(hash: string): number | undefined {
    if (this.#known.length === 0) return undefined;
    this.#indexes ??= new Map(this.#known.map((chunk, index) => [chunk.hash, index]));
    const index = this.#indexes.get(hash);
    return index === undefined ? undefined : index + 1;
  }

  /** The bytes from here to as far as a chunk can reach; until the next call. */
  #window(): Uint8Array {
    const length = Math.min(this.#cut.max, this.#source.size - this.#at);
    if (this.#at < this.#blockAt || this.#at + length > this.#blockEnd) this.#read(length);
    const start = this.#at - this.#blockAt;
    return this.#memory.subarray(start, start + length);
  }

  /** Reads on, so that at least `length` bytes from here on are there; what is there of them stays. */
  #read(length: number): void {
    const goesOn = this.#at >= this.#blockAt && this.#at <= this.#blockEnd;
    const kept = goesOn ? this.#blockEnd - this.#at : 0;
    // What is read in one go grows while the reading goes straight on.
    this.#readBytes = goesOn
      ? Math.min(Math.max(READ_MAX_BYTES, this.#cut.max), this.#readBytes * 2)
      : length;
    const wanted = this.#at + Math.max(length, this.#readBytes);
    const aligned = wanted - (wanted % READ_ALIGN_BYTES);
    const end = Math.min(this.#source.size, Math.max(this.#at + length, aligned));
    const bytes = end - this.#at;
    const before = this.#memory;
    if (before.length < bytes) this.#memory = new Uint8Array(bytes);
    if (kept > 0) {
      const start = this.#at - this.#blockAt;
      this.#memory.set(before.subarray(start, start + kept));
    }
    this.#source.read(this.#at + kept, this.#memory.subarray(kept, bytes));
    this.#bytesRead += bytes - kept;
    this.#blockAt = this.#at;
    this.#blockEnd = end;
  }
}
