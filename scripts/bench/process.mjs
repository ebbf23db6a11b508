/**
 * Commands that the bench runs, each with a time limit, so that a mount that hangs ends the run and not the machine.
 */
import { execFile, spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

const COMMAND_TIMEOUT_MS = 180_000;

/** Resolves with stdout; rejects with the last lines of stderr. */
export function command(file, args, { env, timeoutMs = COMMAND_TIMEOUT_MS, cwd } = {}) {
  return new Promise((resolve, reject) => {
    const options = {
      env: { ...process.env, ...env },
      cwd,
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: 64 * 1024 * 1024,
    };
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const said = (stderr.trim() || stdout.trim() || error.message).split('\n').slice(-5).join('\n');
      reject(new Error(`${file} ${args.slice(0, 3).join(' ')}: ${said}`));
    });
  });
}

export function onPath(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .concat('/usr/sbin', '/sbin')
    .some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export const isRoot = process.getuid?.() === 0;

/** CPU time that a process has used so far, user and system, in seconds; undefined without a process. */
export function cpuSeconds(pid) {
  if (pid === undefined) return undefined;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  // utime and stime are the 14th and 15th field, and the first two are cut off here; a tick is 10 ms on Linux.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Memory of a process in MiB: what is resident now, and of that what no file backs. */
export function memoryMiB(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN);
  return { resident: kib('VmRSS') / 1024, anonymous: kib('RssAnon') / 1024 };
}

/** True where the kernel's mount table has this directory. Looks at no path inside a mount. */
export function isMounted(directory) {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[1] === directory);
}

/**
 * Starts a server that runs until `stop`, and waits for `ready`. Rejects with what it said where it ends before.
 */
export async function serve(file, args, { env, ready, timeoutMs = 15_000 }) {
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const hear = (data) => {
    said = `${said}${data}`.slice(-2000);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', (error) => {
      said = error.message;
      resolve(-1);
    });
  });
  let running = true;
  void ended.then(() => {
    running = false;
  });
  const stop = async (signal = 'SIGTERM') => {
    if (running) child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
  };
  const deadline = performance.now() + timeoutMs;
  while (running && performance.now() < deadline) {
    if (await ready()) return { pid: child.pid, ended, stop };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await stop('SIGKILL');
  throw new Error(`${file} did not start: ${said.trim()}`);
}

/** Unmounts a directory that somebody else serves, whether the server still answers or not. */
export async function unmount(directory) {
  if (!isMounted(directory)) return;
  const [file, args] = isRoot ? ['umount', [directory]] : ['fusermount3', ['-u', directory]];
  try {
    await command(file, args, { timeoutMs: 20_000 });
  } catch {
    await command(file, isRoot ? ['-l', directory] : ['-uz', directory], { timeoutMs: 20_000 });
  }
}
