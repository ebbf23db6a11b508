/**
 * How the set-up speaks: one line on stderr for each thing it does, so that stdout stays the main job's.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';

/** A set-up that cannot go on. The message says what is wrong and what to do about it. */
export class SetupError extends Error {}

export function say(line) {
  process.stderr.write(`setup: ${line}\n`);
}

/**
 * Says `line`, does the work, and says how long it took where that was noticeable.
 */
export async function step(line, work) {
  const started = performance.now();
  say(line);
  const result = await work();
  const seconds = (performance.now() - started) / 1000;
  if (seconds >= 5) say(`  done in ${seconds.toFixed(0)} s`);
  return result;
}

/**
 * Runs a command to its end. Its output is kept and not shown: the caller shows it where the command failed.
 * A command that is not there ends with code 127; one that takes over `timeoutMs` is killed.
 */
export function run(command, args, { cwd, env, timeoutMs = 900_000 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.stderr.on('data', (data) => {
      output += data;
    });
    child.on('error', (error) => resolve({ code: error.code === 'ENOENT' ? 127 : 1, output: error.message }));
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 1, output: signal === null ? output : `${output}\nended by ${signal}` }),
    );
  });
}

/** The last lines of a command's output, indented: enough to see why it failed. */
export function tail(output, lines = 30) {
  return output
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .map((line) => `  ${line}`)
    .join('\n');
}
