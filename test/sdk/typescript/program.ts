/**
 * The test's handle on another process that uses a workspace (owner-program.ts).
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { OwnerInfo } from '#src/sdk/typescript/index.js';

const PROGRAM = fileURLToPath(new URL('./owner-program.js', import.meta.url));

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly code?: string;
  readonly message?: string;
}

export class Program {
  readonly child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #next = 0;

  private constructor(home: string, name: string) {
    this.child = fork(PROGRAM, [home, name]);
    this.child.on('message', (message) => {
      const answer = message as Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  /** Starts it and waits until its workspace is open. */
  static async start(
    t: { teardown(fn: () => unknown): void },
    home: string,
    name = 'demo',
  ): Promise<Program> {
    const program = new Program(home, name);
    t.teardown(() => program.kill());
    await program.#answer();
    return program;
  }

  async call(method: string, params: object = {}): Promise<unknown> {
    const answer = this.#answer();
    this.child.send({ id: this.#next - 1, method, params });
    return await answer;
  }

  async info(): Promise<OwnerInfo> {
    return (await this.call('owner.info')) as OwnerInfo;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    await exit;
  }

  async #answer(): Promise<unknown> {
    const id = this.#next++;
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    if (answer.code !== undefined) throw Object.assign(new Error(answer.message), { code: answer.code });
    return answer.result;
  }
}
