/**
 * When a background owner may go: once nothing has needed it for a while. Pure apart from its timer.
 *
 * It begins with a longer wait, since its starter has yet to connect.
 */
export interface IdleOptions {
  /** Why the owner goes on; empty: it may go. */
  reasons(): readonly string[];
  /** Called once. */
  end(): void;
  /** Milliseconds for the first need to show up. */
  readonly firstMs: number;
  /** Milliseconds without any need, later. */
  readonly lingerMs: number;
}

export class Idle {
  readonly #options: IdleOptions;
  #timer: NodeJS.Timeout | undefined;
  #needed = false;
  #ended = false;

  constructor(options: IdleOptions) {
    this.#options = options;
    this.#arm(options.firstMs);
  }

  /** Something that the reasons depend on has changed. */
  look(): void {
    if (this.#ended) return;
    if (this.#options.reasons().length > 0) {
      this.#needed = true;
      this.cancel();
    } else if (this.#needed && this.#timer === undefined) {
      this.#arm(this.#options.lingerMs);
    }
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#options.reasons().length > 0) {
        this.#needed = true;
        return;
      }
      this.#ended = true;
      this.#options.end();
    }, ms);
  }
}
