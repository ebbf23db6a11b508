/**
 * Questions to a person and their answers, a line each, from a terminal or a pipe.
 *
 * The end of the input and Ctrl-C are answers too. Lines that come before they are asked for are kept.
 */
import { createInterface, type Interface } from 'node:readline';

export type Answer =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'end' }
  | { readonly kind: 'interrupt' };

export class LineInput {
  readonly #readline: Interface;
  readonly #isTerminal: boolean;
  readonly #write: (text: string) => void;
  readonly #answers: Answer[] = [];
  #waiting: ((answer: Answer) => void) | undefined;
  readonly #interrupt = () => this.#take({ kind: 'interrupt' });

  /** `write` shows the question where no terminal does. */
  constructor(write: (text: string) => void) {
    this.#isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
    this.#write = write;
    this.#readline = createInterface({
      input: process.stdin,
      ...(this.#isTerminal ? { output: process.stdout, terminal: true } : { terminal: false }),
    });
    this.#readline.on('line', (line) => this.#take({ kind: 'line', line }));
    this.#readline.on('close', () => this.#take({ kind: 'end' }));
    // On a terminal the line editor has Ctrl-C; else it is a signal.
    this.#readline.on('SIGINT', this.#interrupt);
    process.on('SIGINT', this.#interrupt);
  }

  async ask(question: string): Promise<Answer> {
    if (this.#isTerminal) {
      this.#readline.setPrompt(question);
      this.#readline.prompt();
    } else this.#write(question);
    const known = this.#answers[0];
    if (known !== undefined) {
      if (known.kind === 'line') this.#answers.shift();
      return known;
    }
    return await new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  close(): void {
    process.off('SIGINT', this.#interrupt);
    this.#readline.close();
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    // What ends the questions ends those to come as well.
    if (waiting === undefined || answer.kind !== 'line') this.#answers.push(answer);
    waiting?.(answer);
  }
}
