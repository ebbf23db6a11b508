/**
 * Runs the real command, as a person would, with a home of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

export const MAIN = join(fileURLToPath(import.meta.url), '..', '..', '..', '..', 'dist', 'cli', 'main.js');
const LIMIT_MS = 30_000;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** The input stays open: the test writes it. */
  readonly keepInput?: boolean;
  /** The words before the command: another program that runs it (unshare, setpriv, sh -c '… "$@"' sh). */
  readonly within?: readonly string[];
  readonly cwd?: string;
}

/** An agent: a fresh home, removed with what still runs in it when the test has ended. */
export class Agent {
  readonly home: string;
  /** A fresh directory for mountpoints and files. */
  readonly scratch: string;

  private constructor(root: string) {
    this.home = join(root, 'home');
    this.scratch = join(root, 'scratch');
  }

  static async create(t: Test): Promise<Agent> {
    const root = await mkdtemp(join(tmpdir(), 'agentfs-cli-'));
    const agent = new Agent(root);
    t.teardown(async () => {
      for (const name of agent.#workspaces()) await agent.run(['stop', name, '--force']);
      await rm(root, { recursive: true, force: true });
    });
    return agent;
  }

  #workspaces(): string[] {
    const folder = join(this.home, 'workspaces');
    return existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
  }

  spawn(args: readonly string[], options: RunOptions = {}): ChildProcess {
    // NODE_OPTIONS: under tap it loads a hook that writes into the checkout.
    const {
      AGENTFS_TOKEN: _1,
      TURSO_AUTH_TOKEN: _2,
      NO_COLOR: _3,
      TAP: _4,
      NODE_OPTIONS: _5,
      ...inherited
    } = process.env;
    const [program = '', ...words] = [...(options.within ?? []), process.execPath, MAIN, ...args];
    const child = spawn(program, words, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...inherited, AGENTFS_HOME: this.home, ...options.env },
      stdio: 'pipe',
    });
    child.stdin?.on('error', () => {});
    if (options.keepInput !== true) child.stdin?.end(options.input ?? '');
    return child;
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return await endOf(this.spawn(args, options));
  }

  /** Runs with --json; the document it printed, which must be the only thing on stdout. */
  async json<T>(args: readonly string[], options: RunOptions = {}): Promise<{ code: number; document: T }> {
    const { code, stdout } = await this.run([...args, '--json'], options);
    return { code, document: parse<T>(stdout) };
  }
}

export async function endOf(child: ChildProcess, limitMs = LIMIT_MS): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data) => {
    stdout += data;
  });
  child.stderr?.on('data', (data) => {
    stderr += data;
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
    });
  } finally {
    clearTimeout(limit);
  }
}

/** Waits until `look` finds something, at most `limitMs`. */
export async function eventually<T>(
  look: () => T | undefined | Promise<T | undefined>,
  limitMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function parse<T>(text: string): T {
  return JSON.parse(text) as T;
}
