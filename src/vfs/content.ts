/**
 * File content in chunks: what is pending in memory, over what SQLite has.
 *
 * A chunk row holds the bytes from index × chunkSize; what is missing after a row's end, and a missing row, reads as
 * zeros (a hole). A chunk is looked for in this order: pending in the inode, cut away by a pending truncation, in the
 * cache, in SQLite. A chunk in the cache is clean and equal to its row.
 */
import { LRUCache } from 'lru-cache';
import type { Store } from '../store/index.js';
import type { Inode } from './inode.js';

const SMALLEST_CAPACITY = 512;
/** Buffers of a whole chunk that are kept for the next, in place of leaving them to the garbage collector. */
const SPARE_BUFFERS = 256;
const EMPTY = Buffer.alloc(0);

/** A chunk's bytes, with room to grow up to the chunk size. */
export class Chunk {
  data: Buffer;
  length: number;

  constructor(data: Buffer, length: number) {
    this.data = data;
    this.length = length;
  }

  bytes(): Buffer {
    return this.length === this.data.length ? this.data : this.data.subarray(0, this.length);
  }

  /** Makes the chunk at least `length` long, zero-filled up to `from`, where the caller's bytes begin. */
  grow(
    length: number,
    chunkSize: number,
    options: { from?: number | undefined; spare?: Buffer[] } = {},
  ): void {
    const { from = length, spare } = options;
    if (length <= this.length) return;
    if (length > this.data.length) {
      // What is written at once fits exactly; what grows then doubles.
      const capacity = this.length === 0 ? length : Math.max(SMALLEST_CAPACITY, this.data.length * 2);
      const bytes = Math.min(Math.max(capacity, length), Math.max(chunkSize, length));
      const data = (bytes === chunkSize ? spare?.pop() : undefined) ?? Buffer.allocUnsafeSlow(bytes);
      this.data.copy(data, 0, 0, this.length);
      this.data = data;
    }
    if (from > this.length) this.data.fill(0, this.length, Math.min(from, length));
    this.length = length;
  }
}

export class Content {
  readonly chunkSize: number;
  /** Memory of all pending chunks, bytes. */
  pendingBytes = 0;
  readonly #store: Store;
  readonly #cache: LRUCache<string, Chunk>;
  /** Of chunks that fell out of the cache: nobody keeps a chunk beyond the operation that looked at it. */
  readonly #spare: Buffer[] = [];

  /** `cacheBytes` bounds the clean chunks that are kept. */
  constructor(store: Store, cacheBytes: number) {
    this.#store = store;
    this.chunkSize = store.chunkSize;
    this.#cache = new LRUCache<string, Chunk>({
      maxSize: Math.max(cacheBytes, store.chunkSize),
      sizeCalculation: (chunk) => Math.max(1, chunk.data.length),
      dispose: ({ data }, _key, reason) => {
        if (reason === 'evict' && data.length === this.chunkSize && this.#spare.length < SPARE_BUFFERS)
          this.#spare.push(data);
      },
    });
  }

  /** The chunk as it is now, or undefined for a hole. `keep` puts one that was read into the cache. */
  peek(inode: Inode, index: number, keep: boolean): Chunk | undefined {
    const pending = inode.chunks?.get(index);
    if (pending !== undefined) return pending;
    if (!inode.stored || isCut(inode, index)) return undefined;
    const key = `${inode.ino}:${index}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const row = this.#store.read.getChunk.get(inode.ino, index);
    if (row === undefined) return undefined;
    const chunk = new Chunk(row.data, row.data.length);
    if (keep) this.#cache.set(key, chunk);
    return chunk;
  }

  /**
   * The chunk for changing, at least `length` long: it becomes pending. `discard`: its old bytes do not matter. `from`: what
   * is new in it from there on is the caller's to write; zeros without.
   */
  open(inode: Inode, index: number, options: { discard: boolean; length: number; from?: number }): Chunk {
    inode.chunks ??= new Map();
    const pending = inode.chunks.get(index);
    if (pending !== undefined) {
      this.pendingBytes -= pending.data.length;
      pending.grow(options.length, this.chunkSize, { from: options.from, spare: this.#spare });
      this.pendingBytes += pending.data.length;
      return pending;
    }
    const old = options.discard ? undefined : this.peek(inode, index, false);
    this.#cache.delete(`${inode.ino}:${index}`);
    if (inode.holes > 0) inode.holes = -1;
    const chunk = old ?? new Chunk(EMPTY, 0);
    chunk.grow(options.length, this.chunkSize, { from: options.from, spare: this.#spare });
    this.pendingBytes += chunk.data.length;
    inode.chunks.set(index, chunk);
    return chunk;
  }

  /** Forgets pending and stored chunks of a range: it reads as a hole from now on. */
  cut(inode: Inode, from: number, to: number): void {
    inode.holes = -1;
    if (inode.chunks !== undefined) {
      for (const [index, chunk] of inode.chunks) {
        if (index < from || index > to) continue;
        this.pendingBytes -= chunk.data.length;
        inode.chunks.delete(index);
      }
    }
    if (!inode.stored) return;
    inode.cuts ??= [];
    inode.cuts.push({ from, to });
    this.#dropCached(inode, from, to);
  }

  /** Indexes in [from, to] that hold data, ascending. SQLite is asked only as far as the caller goes on. */
  *indexes(inode: Inode, from: number, to: number): Generator<number> {
    const pending = [...(inode.chunks?.keys() ?? [])].filter((index) => index >= from && index <= to);
    pending.sort((a, b) => a - b);
    let next = 0;
    if (inode.stored) {
      for (const { index } of this.#store.read.listChunkIndexes.iterate(inode.ino, from, to)) {
        if (isCut(inode, index)) continue;
        while (next < pending.length && pending[next]! < index) yield pending[next++]!;
        if (pending[next] === index) next += 1;
        yield index;
      }
    }
    while (next < pending.length) yield pending[next++]!;
  }

  /** How many chunks up to `last` hold data. */
  count(inode: Inode, last: number): number {
    if (inode.chunks === undefined && inode.cuts === undefined) {
      return inode.stored ? (this.#store.read.countChunks.get(inode.ino)?.count ?? 0) : 0;
    }
    let count = 0;
    for (const _ of this.indexes(inode, 0, last)) count += 1;
    return count;
  }

  /** After a group commit: what was pending is now equal to its row. */
  settled(inode: Inode): void {
    if (inode.chunks !== undefined) {
      for (const [index, chunk] of inode.chunks) {
        this.pendingBytes -= chunk.data.length;
        this.#cache.set(`${inode.ino}:${index}`, chunk);
      }
      inode.chunks = undefined;
    }
    inode.cuts = undefined;
  }

  /** Forgets everything about an inode's content in memory. */
  drop(inode: Inode): void {
    inode.holes = -1;
    for (const chunk of inode.chunks?.values() ?? []) this.pendingBytes -= chunk.data.length;
    inode.chunks = undefined;
    inode.cuts = undefined;
    this.#dropCached(inode, 0, Math.ceil(inode.size / this.chunkSize));
  }

  #dropCached(inode: Inode, from: number, to: number): void {
    if (this.#cache.size === 0) return;
    if (to - from < this.#cache.size) {
      for (let i = from; i <= to; i += 1) this.#cache.delete(`${inode.ino}:${i}`);
      return;
    }
    const prefix = `${inode.ino}:`;
    for (const key of [...this.#cache.keys()]) {
      if (!key.startsWith(prefix)) continue;
      const index = Number(key.slice(prefix.length));
      if (index >= from && index <= to) this.#cache.delete(key);
    }
  }
}

function isCut(inode: Inode, index: number): boolean {
  if (inode.cuts === undefined) return false;
  for (const cut of inode.cuts) if (index >= cut.from && index <= cut.to) return true;
  return false;
}
