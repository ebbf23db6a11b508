/**
 * Runs test files, each in a Node of its own, some at a time.
 *
 * The files speak TAP by themselves (`import t from 'tap'`), so no runner stands between: one file that hangs or
 * times out takes nothing with it. tap's own limit ends a test after TEST_LIMIT_S unless the test sets another;
 * FILE_LIMIT_MS is for a process that cannot even do that (blocked on a dead mount): its whole group is killed.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';

const TEST_LIMIT_S = 120;
const FILE_LIMIT_MS = 15 * 60_000;

const running = new Set();

/** Calls `onStart(file, stdout)` and `onEnd(file, {code, signal, expired, ms, errors})` for each file. */
export async function runFiles({ root, files, jobs, onStart, onEnd }) {
  const queue = [...files];
  const workers = Array.from({ length: Math.min(jobs, queue.length) }, async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      await runFile({ root, file, onStart, onEnd });
    }
  });
  await Promise.all(workers);
}

/** Ends every running file's process group. */
export function killAll(signal) {
  for (const child of running) killGroup(child, signal);
}

function runFile({ root, file, onStart, onEnd }) {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(process.execPath, ['--enable-source-maps', file], {
      cwd: root,
      env: { ...process.env, TAP: '1', TAP_TIMEOUT: String(TEST_LIMIT_S) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    running.add(child);
    let expired = false;
    let errors = '';
    const limit = setTimeout(() => {
      expired = true;
      killGroup(child, 'SIGKILL');
    }, FILE_LIMIT_MS);
    child.stderr.on('data', (data) => {
      errors = (errors + data).slice(-20_000);
    });
    const read = onStart(file, child.stdout);
    // Not 'close': a process that the file left behind may hold the pipes open.
    child.on('exit', async (code, signal) => {
      clearTimeout(limit);
      running.delete(child);
      await Promise.race([read, new Promise((done) => setTimeout(done, 2_000))]);
      killGroup(child, 'SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      onEnd(file, { code, signal, expired, errors, ms: performance.now() - started });
      resolve();
    });
  });
}

function killGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended.
  }
}
