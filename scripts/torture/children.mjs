/**
 * Processes that work on a mount. Each has a deadline: one that misses it hangs, which is a failure, and the mount's connection
 * is cut so that it ends and the run goes on.
 *
 * This process itself never looks at a path inside a mount: a mount that hangs would take it along.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { Problem } from './problem.mjs';

/**
 * For everything that is waited for, milliseconds: long enough for a machine with ten other things to do, since what hangs does so
 * for ever.
 */
export const DEADLINE_MS = 180_000;
const KILL_GRACE_MS = 5000;
const OUTPUT_MAX = 64 * 1024 * 1024;

/**
 * Starts a program. `ended` resolves with `{ code, signal, stdout, stderr, hung }`; never rejects. `said(pattern)` waits for
 * its stdout to match, at most `timeoutMs`.
 */
export function start(file, args, { env, input, timeoutMs = DEADLINE_MS, mountpoint, cwd = '/' } = {}) {
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  const listeners = new Set();
  child.stdout.on('data', (data) => {
    if (stdout.length < OUTPUT_MAX) stdout += data;
    for (const listener of listeners) listener();
  });
  child.stderr.on('data', (data) => {
    stderr = (stderr + data).slice(-20_000);
  });
  child.stdin.on('error', () => {});
  if (input !== 'open') child.stdin.end(input ?? '');
  let hung = false;
  const ended = new Promise((resolve) => {
    const finish = (code, signal) => {
      clearTimeout(limit);
      resolve({ code, signal, stdout, stderr, hung });
      for (const listener of listeners) listener();
    };
    const limit = setTimeout(() => {
      hung = true;
      killGroup(child.pid, 'SIGKILL');
      if (mountpoint !== undefined) abortConnection(mountpoint);
      // One that waits in the kernel may not even die of that.
      setTimeout(() => finish(-1, 'SIGKILL'), KILL_GRACE_MS).unref();
    }, timeoutMs);
    child.once('error', (error) => {
      stderr += error.message;
      finish(127, null);
    });
    child.once('close', (code, signal) => finish(code ?? -1, signal));
  });
  let over = false;
  void ended.then(() => {
    over = true;
  });
  return {
    pid: child.pid,
    ended,
    isOver: () => over,
    output: () => stdout,
    write: (text) => child.stdin.write(text),
    endInput: () => child.stdin.end(),
    kill: (signal = 'SIGKILL') => killGroup(child.pid, signal),
    said: (pattern, limitMs = DEADLINE_MS) =>
      new Promise((resolve, reject) => {
        const stop = () => {
          clearTimeout(timer);
          listeners.delete(look);
        };
        const timer = setTimeout(() => {
          stop();
          reject(
            new Problem(`${file} ${args[0]} did not say ${pattern} in ${limitMs} ms: ${stdout}${stderr}`),
          );
        }, limitMs);
        const look = () => {
          const match = pattern.exec(stdout);
          if (match === null && !over) return;
          stop();
          if (match === null)
            reject(new Problem(`${file} ended before it said ${pattern}: ${stdout}${stderr}`));
          else resolve(match);
        };
        listeners.add(look);
        void ended.then(look);
        look();
      }),
  };
}

/** Runs a program to its end. Throws a Problem where it hangs, or fails (unless `mayFail`). */
export async function run(file, args, options = {}) {
  const { mayFail = false } = options;
  const result = await start(file, args, options).ended;
  const what = [file.split('/').at(-1), ...args].join(' ').slice(0, 200);
  if (result.hung) throw new Problem(`hung: ${what}\n${result.stdout.slice(-1000)}${result.stderr}`);
  if (result.code !== 0 && !mayFail) {
    throw new Problem(
      `${what} ended with ${result.signal ?? result.code}\n${result.stdout.slice(-2000)}${result.stderr}`,
    );
  }
  return result;
}

function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}

/** The line of the mount table for this directory, or undefined. Looks at no path inside a mount. */
export function mountEntry(directory) {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .findLast((fields) => fields[4] === directory);
}

/** Everyone who waits for an answer of this mount gets an error. */
export function abortConnection(directory) {
  const minor = mountEntry(directory)?.[2]?.split(':')[1];
  if (minor === undefined) return;
  try {
    writeFileSync(`/sys/fs/fuse/connections/${minor}/abort`, '1');
  } catch {
    // The control files are not there, or not for this user.
    spawn('umount', ['-f', '-l', directory], { stdio: 'ignore' }).on('error', () => {});
  }
}

/** False too for a process that has ended and was not yet waited for. */
export function isRunning(pid) {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Waits until `look` says true. Throws a Problem after `limitMs`. */
export async function until(what, look, limitMs = DEADLINE_MS) {
  const deadline = performance.now() + limitMs;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Problem(`not within ${limitMs} ms: ${what}`);
    await pause(10);
  }
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
