/**
 * The C client (client.c): compiled once, one process for each directory that is measured.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { command } from './process.mjs';

const OPERATION_TIMEOUT_MS = 180_000;

/** Compiles the client into `folder`; returns its path. */
export async function compileClient(folder) {
  mkdirSync(folder, { recursive: true });
  const output = join(folder, 'client');
  const source = join(import.meta.dirname, 'client.c');
  await command('gcc', ['-O2', '-Wall', '-Wextra', '-o', output, source]);
  return output;
}

/** One client process. Calls one at a time. */
export class Client {
  #child;
  #lines;

  constructor(binary) {
    this.#child = spawn(binary, [], { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/' });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Runs one operation. Returns `{ operations, seconds }`; throws what failed, or that nothing came in time. */
  async run(operation, path, { count, seed = 0 }) {
    this.#child.stdin.write(`${operation} ${path} ${count} ${seed}\n`);
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => {
        this.#child.kill('SIGKILL');
        reject(new Error(`${operation} on ${path} did not end`));
      }, OPERATION_TIMEOUT_MS);
    });
    try {
      const line = await Promise.race([this.#lines.next(), late]);
      if (line.done) throw new Error(`the client ended in ${operation}`);
      const answer = JSON.parse(line.value);
      if (answer.error !== undefined) throw new Error(`${operation} on ${path}: ${answer.error}`);
      return { operations: answer.operations, seconds: answer.ns / 1e9 };
    } finally {
      clearTimeout(timer);
    }
  }

  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 2000);
    await gone;
    clearTimeout(timer);
  }
}
