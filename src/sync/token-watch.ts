/**
 * While a remote does not accept its token: looks now and then whether there is another one, and says so once.
 *
 * A token may be replaced by a command, by another program, or in the file that holds it; sync goes on without a restart.
 */

const LOOK_MS = 3000;

export interface TokenWatchOptions {
  readonly token: (remote: string) => Promise<string | undefined>;
  /** There is another token than the one that was refused. */
  readonly onNewToken: (remote: string) => void;
}

export class TokenWatch {
  readonly #options: TokenWatchOptions;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(options: TokenWatchOptions) {
    this.#options = options;
  }

  /** `refused` is the token that the remote does not accept. */
  watch(remote: string, refused: string | undefined): void {
    if (this.#timers.has(remote)) return;
    const look = async (): Promise<void> => {
      const timer = this.#timers.get(remote);
      // A file that cannot be read just now is looked at again.
      const token = await this.#options.token(remote).catch(() => refused);
      if (token === refused || this.#timers.get(remote) !== timer) return;
      this.forget(remote);
      this.#options.onNewToken(remote);
    };
    this.#timers.set(remote, setInterval(() => void look(), LOOK_MS).unref());
  }

  forget(remote: string): void {
    clearInterval(this.#timers.get(remote));
    this.#timers.delete(remote);
  }

  end(): void {
    for (const remote of [...this.#timers.keys()]) this.forget(remote);
  }
}
