/**
 * A person's decisions about conflicts over the rounds of one run. Pure.
 *
 * A round that did not settle may have carried part of them out: the next is given what is left, and what it then cannot
 * find any more was done before. A refusal is final.
 */
import type { Choice, Conflict, Refusal } from '../core/index.js';
import type { Decided, RoundResult } from '../round/round-result.js';
import type { SyncReport } from '../types.js';

/** What a run did, and what has become of the decisions it was given. */
export interface ResolveRun {
  readonly report: SyncReport;
  readonly decided: Decided;
}

export class PendingChoices {
  #next: readonly Choice[];
  /** Ids of what was listed and has been decided in a round that did not settle. */
  readonly #tried = new Set<string>();
  readonly #resolved = new Map<string, Conflict>();
  readonly #refused: Refusal[] = [];
  readonly #settled = new Map<string, Decided['settled'][number]>();

  constructor(choices: readonly Choice[]) {
    this.#next = choices;
  }

  /** For the next round. */
  get next(): readonly Choice[] {
    return this.#next;
  }

  note({ decided, stale, applied }: Pick<RoundResult, 'decided' | 'stale' | 'applied'>): void {
    for (const refusal of decided.refused) {
      if (refusal.reason === 'gone' && this.#tried.has(refusal.listed.id)) continue;
      this.#drop(refusal.listed);
      this.#refused.push(refusal);
    }
    for (const conflict of decided.resolved) this.#resolved.set(conflict.id, conflict);
    for (const it of decided.settled) this.#settled.set(it.id, it);
    const gone = new Set(decided.refused.map(({ listed }) => listed.id));
    for (const { listed } of this.#next) if (!gone.has(listed.id)) this.#tried.add(listed.id);
    // A copy that has been made here is not to be made again.
    const isMade = stale && applied;
    this.#next = this.#next
      .filter(({ listed }) => !gone.has(listed.id))
      .map((choice) =>
        isMade && choice.strategy === 'both' ? { ...choice, strategy: 'local', check: 'again' } : choice,
      );
  }

  /** It was carried out in part at most. */
  #drop({ id, node }: Conflict): void {
    for (const resolved of [...this.#resolved.values()]) {
      if (resolved.id !== id && resolved.node !== node) continue;
      this.#resolved.delete(resolved.id);
      this.#settled.delete(resolved.id);
    }
  }

  get outcome(): Decided {
    return {
      resolved: [...this.#resolved.values()],
      refused: this.#refused,
      settled: [...this.#settled.values()],
    };
  }
}
