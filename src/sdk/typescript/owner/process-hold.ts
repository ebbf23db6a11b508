/**
 * Keeps the process alive while something is being waited for that does not do so itself (a worker, a server and
 * sockets that are unreferenced so that a program which forgets to close still ends). Counted; cheap to take and drop.
 */
const FOREVER_MS = 2 ** 30;

export class ProcessHold {
  readonly #timer: NodeJS.Timeout;
  #count = 0;

  constructor() {
    this.#timer = setInterval(() => {}, FOREVER_MS);
    this.#timer.unref();
  }

  async during<T>(work: Promise<T>): Promise<T> {
    this.#count += 1;
    this.#timer.ref();
    try {
      return await work;
    } finally {
      this.#count -= 1;
      if (this.#count === 0) this.#timer.unref();
    }
  }

  /** It will not be used again. */
  end(): void {
    clearInterval(this.#timer);
  }
}
