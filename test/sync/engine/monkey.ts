/**
 * An agent that does whatever comes to mind, repeatably.
 */
import { RENAME_EXCHANGE } from '#src/vfs/index.js';
import type { Agent } from './agent.js';

/** Mulberry32. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

export class Monkey {
  readonly #random: () => number;
  readonly #agent: Agent;

  constructor(agent: Agent, random: () => number) {
    this.#agent = agent;
    this.#random = random;
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)] as T;
  }

  #paths(directories: boolean): string[] {
    const found: string[] = [];
    const visit = (path: string) => {
      for (const name of this.#agent.names(path)) {
        const child = `${path}/${name}`;
        const isDirectory = this.#agent.isDirectory(this.#agent.inode(child));
        if (isDirectory === directories) found.push(child);
        if (isDirectory) visit(child);
      }
    };
    visit('');
    return found;
  }

  #freshPath(): string {
    return `${this.#pick(['', '', ...this.#paths(true)])}/${this.#pick(['a', 'b', 'c', 'd'])}`;
  }

  /** What cannot be done (no such file, into itself) is just not done. */
  act(): void {
    const agent = this.#agent;
    const [file, directory] = [this.#pick(this.#paths(false)) ?? '/a', this.#pick(this.#paths(true)) ?? '/d'];
    const [target, any] = [this.#freshPath(), this.#random() < 0.5 ? file : directory];
    const text = `${agent.id.slice(0, 8)} ${Math.floor(this.#random() * 1e6)}`;
    const act = this.#pick([
      () => agent.write(file, text),
      () => agent.write(target, text),
      () => agent.write(target, text.repeat(3000)),
      () => agent.replace(file, text),
      () => agent.setattr(file, { mode: this.#pick([0o600, 0o644, 0o755]) }),
      () => agent.mkdir(target),
      () => agent.mkdir(target),
      () => agent.rename(file, target),
      () => agent.rename(directory, target),
      () => agent.rename(any, this.#pick([file, directory]), RENAME_EXCHANGE),
      () => agent.link(file, target),
      () => agent.symlink(text, target),
      () => agent.unlink(file),
      () => agent.remove(any),
    ]);
    try {
      act();
    } catch (error) {
      if (
        !(error instanceof Error) ||
        !/no \/|E[A-Z]+|exist/.test(`${error.message} ${(error as { code?: string }).code}`)
      )
        throw error;
    }
  }
}
