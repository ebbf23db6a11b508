/**
 * The entries of one directory, as far as they are in memory.
 *
 * Where `complete` is true, `entries` is in cookie order: ids only grow, and a name whose file is replaced (a rename over
 * it, an exchange) keeps its id and its place, so a reader sees it once. Where it is false, a name that is not in
 * `entries` must be asked of SQLite. `pending` names the entries that differ from SQLite, with whether SQLite has a row
 * of that name.
 */

export class Dentry {
  readonly id: number;
  readonly name: string;
  readonly ino: number;
  /** S_IFMT bits. */
  readonly type: number;
  /** SQLite has a row of this name in this directory. */
  stored: boolean;

  constructor(id: number, name: string, target: { ino: number; type: number; stored: boolean }) {
    this.id = id;
    this.name = name;
    this.ino = target.ino;
    this.type = target.type;
    this.stored = target.stored;
  }
}

export class Directory {
  readonly ino: number;
  readonly entries = new Map<string, Dentry>();
  complete: boolean;
  /** Names whose state differs from SQLite; true where SQLite has a row to delete or replace. */
  readonly pending = new Map<string, boolean>();
  /** Lookups that had to ask SQLite. */
  misses = 0;
  /** Entries when the cache last took this directory's size. */
  measured = 0;
  #snapshot: Dentry[] | undefined = undefined;

  constructor(ino: number, complete: boolean) {
    this.ino = ino;
    this.complete = complete;
  }

  /** A row of SQLite, read now. */
  learn(dentry: Dentry): void {
    this.entries.set(dentry.name, dentry);
  }

  /** A new entry with an id above all others, or a replaced one with the id that it had; not in SQLite yet. */
  put(dentry: Dentry): void {
    const old = this.entries.get(dentry.name);
    if (!this.pending.has(dentry.name)) this.pending.set(dentry.name, old?.stored ?? false);
    this.entries.set(dentry.name, dentry);
    this.#snapshot = undefined;
  }

  remove(dentry: Dentry): void {
    this.entries.delete(dentry.name);
    const storedBefore = this.pending.get(dentry.name);
    if (storedBefore === undefined) this.pending.set(dentry.name, dentry.stored);
    else if (!storedBefore) this.pending.delete(dentry.name);
  }

  /**
   * Entries after `cookie` in cookie order. A reader that goes on keeps the order it began with, so a listing during
   * removals costs no new sort; entries added meanwhile have higher ids and come at the end.
   */
  *after(cookie: number): Generator<Dentry> {
    const current = this.#snapshot;
    if (current === undefined || (cookie === 0 && current.length !== this.entries.size)) this.#refresh();
    let position = cookie;
    for (let round = 0; round < 2; round += 1) {
      const snapshot = this.#snapshot ?? this.#refresh();
      for (let i = firstAfter(snapshot, position); i < snapshot.length; i += 1) {
        const dentry = snapshot[i]!;
        position = dentry.id;
        if (this.entries.get(dentry.name) === dentry) yield dentry;
      }
      if (this.#snapshot !== undefined) return;
    }
  }

  #refresh(): Dentry[] {
    this.#snapshot = [...this.entries.values()];
    return this.#snapshot;
  }
}

/** Index of the first dentry with an id above `id`, by bisection. */
function firstAfter(dentries: readonly Dentry[], id: number): number {
  let low = 0;
  let high = dentries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (dentries[middle]!.id <= id) low = middle + 1;
    else high = middle;
  }
  return low;
}
