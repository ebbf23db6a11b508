/**
 * The other side of a mount under test: child processes that look at it, because the process that serves a mount must
 * never touch it itself. Every child has a deadline and is killed by its own id when a test ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { KernelChannel } from '#src/fuse/drivers/channel.js';
import { mountAt } from '#src/fuse/drivers/mountpoint.js';
import { mountNative, type NativeMountOptions } from '#src/fuse/drivers/native.js';
import { unmountPath } from '#src/fuse/drivers/unmount.js';
import { type TinyHooks, tinyFilesystem } from './tiny-filesystem.js';

const DEADLINE_MS = 20_000;

export interface ClientResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export function run(command: string, ...args: string[]): Promise<ClientResult> {
  const { done } = startClient(command, ...args);
  return done;
}

/** Starts a program; `done` resolves at its end, and rejects after a deadline. */
export function startClient(
  command: string,
  ...args: string[]
): { child: ChildProcess; done: Promise<ClientResult> } {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  const done = new Promise<ClientResult>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(
        new Error(`${command} ${args.join(' ')} took longer than ${DEADLINE_MS} ms: ${stdout}${stderr}`),
      );
    }, DEADLINE_MS);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
  });
  return { child, done };
}

/** Stats a path from another process: `ok`, or the name of the errno. */
export async function statFromOutside(...paths: string[]): Promise<string[]> {
  const script = `for (const p of process.argv.slice(1)) {
    try { require('fs').statSync(p); console.log('ok'); } catch (e) { console.log(e.code); }
  }`;
  const { stdout } = await run(process.execPath, '-e', script, ...paths);
  return stdout.trim().split('\n');
}

export async function waitFor(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${DEADLINE_MS} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A fresh directory, unmounted and removed at the end of the test. */
export function freshDirectory(test: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'agentfs-drivers-'));
  test.teardown(async () => {
    while (mountAt(dir) !== undefined) await unmountPath(dir, { lazy: true });
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

export interface TinyMount {
  readonly dir: string;
  readonly channel: KernelChannel;
  /** Resolves with what `onClosed` was given. */
  readonly closed: Promise<Error | undefined>;
  readonly faults: unknown[];
}

/** Mounts the tiny filesystem on a fresh directory. */
export async function mountTiny(
  test: Test,
  hooks: TinyHooks = {},
  options: Partial<NativeMountOptions> = {},
): Promise<TinyMount> {
  const dir = freshDirectory(test);
  const channel = await mountNative({ mountpoint: dir, name: 'tiny', ...options });
  test.teardown(() => channel.abort());
  const faults: unknown[] = [];
  const closed = new Promise<Error | undefined>((resolve) => {
    channel.start(tinyFilesystem(channel, hooks), resolve, (error) => faults.push(error));
  });
  return { dir, channel, closed, faults };
}

/** Why a test that needs root cannot run here, or false. */
export const skipUnlessRoot: string | false = process.getuid?.() === 0 ? false : 'needs root to mount';
t.setTimeout(100_000);
