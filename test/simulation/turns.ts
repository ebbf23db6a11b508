/**
 * Who goes on next. Everything that waits in a simulation waits here, and goes on when it is chosen.
 *
 * Between two choices all that runs are promises, so once the queue of microtasks is empty everybody waits here again;
 * that is what makes a seed repeat itself. Nothing in a simulated engine may wait for the event loop (a timer, a disk).
 */

/** Somebody who can die: nothing of theirs goes on after that. */
export interface Life {
  dead: boolean;
}

interface Parked {
  readonly life: Life;
  readonly what: string;
  readonly resume: () => void;
}

export class Turns {
  #parked: Parked[] = [];

  /** Resolves when it is chosen; never for the dead. */
  park(life: Life, what: string): Promise<void> {
    if (life.dead) return new Promise(() => undefined);
    return new Promise((resolve) => {
      this.#parked.push({ life, what, resume: resolve });
    });
  }

  /** How many wait. */
  get waiting(): number {
    return this.#parked.length;
  }

  /** Lets the one at this place of the queue go on, until everybody waits again. Returns what it waited for. */
  async go(index: number): Promise<string> {
    const [parked] = this.#parked.splice(index, 1);
    parked!.resume();
    await this.quiet();
    return parked!.what;
  }

  /** What belongs to the dead is forgotten. */
  bury(): void {
    this.#parked = this.#parked.filter(({ life }) => !life.dead);
  }

  /** Resolves when everything that can go on without a choice has. */
  quiet(): Promise<void> {
    return new Promise((resolve) => process.nextTick(resolve));
  }
}
