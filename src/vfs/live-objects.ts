/**
 * Live objects by number: a bounded LRU, and whatever else somebody still holds.
 *
 * Invariant: there is at most one object for a number at a time. An object that falls out of the LRU is remembered
 * weakly, so that it is found again as long as anybody (the group commit, an operation, a caller) has it; only when
 * nobody has it does it leave memory, and the next reader makes another from SQLite.
 */
import { LRUCache } from 'lru-cache';

export interface LiveObjectsOptions<T> {
  /** Bound of the sum of sizes. */
  readonly maxSize: number;
  /** Size of an object; 1 where absent. Asked again by `measure`. */
  readonly sizeOf?: (value: T) => number;
}

export class LiveObjects<T extends object> {
  readonly #cache: LRUCache<number, T>;
  readonly #dropped = new Map<number, WeakRef<T>>();
  readonly #collected = new FinalizationRegistry<number>((key) => {
    if (this.#dropped.get(key)?.deref() === undefined) this.#dropped.delete(key);
  });

  constructor(options: LiveObjectsOptions<T>) {
    const { maxSize, sizeOf } = options;
    const dispose = (value: T, key: number, reason: LRUCache.DisposeReason) => {
      if (reason !== 'evict') return;
      this.#dropped.set(key, new WeakRef(value));
      this.#collected.register(value, key);
    };
    this.#cache =
      sizeOf === undefined
        ? new LRUCache<number, T>({ max: maxSize, dispose })
        : new LRUCache<number, T>({
            maxSize,
            sizeCalculation: (value) => Math.min(maxSize, Math.max(1, sizeOf(value))),
            dispose,
          });
  }

  get(key: number): T | undefined {
    const cached = this.#cache.get(key);
    if (cached !== undefined || this.#dropped.size === 0) return cached;
    const held = this.#dropped.get(key)?.deref();
    if (held === undefined) return undefined;
    this.#dropped.delete(key);
    this.#cache.set(key, held);
    return held;
  }

  has(key: number): boolean {
    return this.#cache.has(key) || this.#dropped.get(key)?.deref() !== undefined;
  }

  add(key: number, value: T): void {
    this.#cache.set(key, value);
  }

  remove(key: number): void {
    this.#cache.delete(key);
    this.#dropped.delete(key);
  }

  /** Asks for the size of an object again: the LRU measures only what is new to it. */
  measure(key: number): void {
    const value = this.#cache.peek(key);
    if (value === undefined) return;
    this.#cache.delete(key);
    this.#cache.set(key, value);
  }
}
