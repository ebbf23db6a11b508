/**
 * An agent with one workspace and one mountpoint, driven from outside: every look at the mount is a child of its own
 * under a deadline, so a mount that hangs fails a test instead of stopping it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Test } from 'tap';
import { Agent, type Ended, type RunOptions } from '../cli/agentfs-process.js';

const SH_LIMIT_MS = 60_000;
const run = promisify(execFile);

/** Runs a shell script with its directory as $1 and the working directory; rejects with its stderr. @returns stdout. */
export async function sh(directory: string, script: string): Promise<string> {
  const options = { timeout: SH_LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: 1 << 28, cwd: '/' } as const;
  // The script goes there itself: spawn would wait for the child's chdir, whatever the mount does.
  const { stdout } = await run('sh', ['-ec', `cd "$1"; ${script}`, 'sh', directory], options);
  return stdout;
}

/** What /proc says is mounted there, without looking at the path. */
export function isMounted(directory: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${directory} `);
}

/** False too for a process that has ended and was not yet waited for. */
export function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

export interface MountListing {
  readonly workspace: string;
  readonly mountpoint: string;
  readonly pid: number;
}

export class MountedAgent {
  readonly agent: Agent;
  readonly dir: string;

  /** Of an agent that has the workspace `w`, not mounted yet. */
  constructor(agent: Agent) {
    this.agent = agent;
    this.dir = join(agent.scratch, 'mnt');
    mkdirSync(this.dir, { recursive: true });
  }

  /** A fresh agent with the workspace `w`, not mounted yet. */
  static async create(t: Test): Promise<MountedAgent> {
    const mounted = new MountedAgent(await Agent.create(t));
    t.match(await mounted.run(['workspace', 'create', 'w']), { code: 0 });
    return mounted;
  }

  run(args: readonly string[], options?: RunOptions): Promise<Ended> {
    return this.agent.run(args, options);
  }

  /** Mounts `w` and resolves to its owner's pid. */
  async mount(t: Test, ...flags: string[]): Promise<number> {
    t.match(await this.run(['mount', 'w', this.dir, ...flags]), { code: 0, stderr: '' }, 'mount');
    return await this.ownerPid();
  }

  async ownerPid(): Promise<number> {
    const { document } = await this.agent.json<MountListing[]>(['mount']);
    const [only] = document;
    if (only === undefined) throw new Error('nothing is mounted');
    return only.pid;
  }

  /** A script in the mount. */
  sh(script: string): Promise<string> {
    return sh(this.dir, script);
  }
}

/** A child that goes on until the test ends. `said` waits for a line on its stdout that matches. */
export function background(
  t: Test,
  program: string,
  args: readonly string[],
): { child: ChildProcess; output(): string; ended: Promise<number> } {
  const child = spawn(program, args, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  const ended = new Promise<number>((resolve) => {
    child.on('close', (code) => resolve(code ?? -1));
  });
  return { child, output: () => output, ended };
}
