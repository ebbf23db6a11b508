/**
 * Runs the real command on a terminal of its own (a pty of script(1), 100 columns), and types what a person would.
 *
 * What it shows is read as it comes, without colours and cursor movements.
 */
import type { ChildProcess } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import type { Test } from 'tap';
import { type Agent, endOf, eventually, MAIN } from './agentfs-process.js';

export const KEY = { ctrlC: '\u0003', ctrlD: '\u0004', backspace: '\u007f' } as const;

export class Terminal {
  readonly #child: ChildProcess;
  readonly #ended: Promise<{ readonly code: number }>;
  #seen = '';
  #raw = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = endOf(child);
    child.stdout?.on('data', (data) => {
      this.#raw += data;
    });
  }

  static run(
    t: Test,
    agent: Agent,
    args: readonly string[],
    options: { readonly env?: Readonly<Record<string, string>> } = {},
  ): Terminal {
    const words = [process.execPath, MAIN, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
    const shell = `stty cols 100 rows 40; exec ${words.join(' ')}`;
    // What Agent adds is $2 and more, where nobody looks.
    const within = ['sh', '-c', 'SHELL=/bin/sh TERM=xterm exec script -qfec "$1" /dev/null', 'sh', shell];
    const terminal = new Terminal(agent.spawn([], { ...options, within, keepInput: true }));
    t.teardown(() => terminal.#child.kill('SIGKILL'));
    return terminal;
  }

  /** All that was shown so far. */
  get shown(): string {
    return stripVTControlCharacters(this.#raw).replaceAll('\r\n', '\n');
  }

  /** As it came, with its colours. */
  get raw(): string {
    return this.#raw;
  }

  /** Waits until what was shown since the last such wait matches; that is returned, up to the end of the match. */
  async shows(pattern: RegExp, limitMs = 20_000): Promise<string> {
    try {
      return await eventually(() => {
        const fresh = this.shown.slice(this.#seen.length);
        const found = pattern.exec(fresh);
        if (found === null) return undefined;
        const text = fresh.slice(0, found.index + found[0].length);
        this.#seen += text;
        return text;
      }, limitMs);
    } catch {
      throw new Error(`${pattern} was not shown, but:\n${this.shown.slice(this.#seen.length)}`);
    }
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** The exit code of the command. */
  async ends(): Promise<number> {
    return (await this.#ended).code;
  }
}
