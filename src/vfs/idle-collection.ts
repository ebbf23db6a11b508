/**
 * Gives memory back after the kernel has forgotten much.
 *
 * What it knew of a million files leaves some hundred MiB of garbage, and V8 collects only where more is allocated: an
 * owner that rests would keep it. So the collector is called once the forgetting has come to rest, in the background
 * where V8 can; twice, since what is remembered weakly is let go of by the first.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Timers } from '../base/index.js';

const REST_MS = 1000;
const ROUNDS = 2;

type Gc = (options: { readonly execution: 'async' }) => unknown;

export class IdleCollection {
  readonly #timers: Timers;
  readonly #least: number;
  readonly #collect: () => void;
  #forgotten = 0;
  #seen = 0;
  #left = 0;
  #cancel: (() => void) | undefined;

  /** `least`: fewer forgotten nodes are not worth a collection. */
  constructor(timers: Timers, least: number, collect: () => void = collectGarbage) {
    this.#timers = timers;
    this.#least = least;
    this.#collect = collect;
  }

  /** The kernel has forgotten some nodes more. */
  forgot(nodes: number): void {
    this.#forgotten += nodes;
    if (this.#forgotten < this.#least || this.#cancel !== undefined) return;
    this.#left = ROUNDS;
    this.#wait();
  }

  close(): void {
    this.#cancel?.();
  }

  #wait(): void {
    this.#seen = this.#forgotten;
    this.#cancel = this.#timers.after(REST_MS, () => this.#rested());
  }

  #rested(): void {
    if (this.#seen === this.#forgotten) {
      this.#collect();
      this.#left -= 1;
    }
    if (this.#left > 0) {
      this.#wait();
      return;
    }
    this.#cancel = undefined;
    this.#forgotten = 0;
  }
}

let gc: Gc | undefined;

/** By V8's own `gc`, which only a context made after the flag has. */
function collectGarbage(): void {
  if (gc === undefined) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('gc') as Gc;
    setFlagsFromString('--no-expose-gc');
  }
  gc({ execution: 'async' });
}
