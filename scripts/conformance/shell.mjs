/**
 * Scripts and programs that look into a mount: always children, each under a deadline, killed with all that they started.
 *
 * Nothing here touches the directory itself: the child goes there, so a mount that hangs costs its deadline and not the run.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';

const LIMIT_MS = 120_000;
const KEPT_BYTES = 64 * 1024 * 1024;

const running = new Set();
let interrupted = false;

/** What programs meet everywhere: one language, one time zone, nobody's git settings, no hooks of who runs us. */
export function surroundings(more = {}) {
  const { NODE_OPTIONS: _1, TAP: _2, TAP_TIMEOUT: _3, AGENTFS_HOME: _4, ...inherited } = process.env;
  return {
    ...inherited,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    TERM: 'xterm',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    ...more,
  };
}

/**
 * Runs a shell script (`sh -ex`: the last words on stderr tell how far it came) in `directory`, which it finds in `$1` too. Resolves with its stdout; rejects with the last
 * lines of what it said. `onLine` hears each line of stdout as it comes; `terminal` is `[{ awaits, keys }]`: what to type
 * once that was shown, for a script that makes itself a terminal.
 */
export function sh(directory, script, { timeoutMs = LIMIT_MS, env, onLine, terminal = [] } = {}) {
  if (interrupted) return Promise.reject(new Error('the run was interrupted'));
  const child = spawn('sh', ['-exc', `umask 022; cd "$1"; ${script}`, 'sh', directory], {
    cwd: '/',
    env: surroundings(env),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  return new Promise((resolve, reject) => {
    const heard = { out: '', all: '' };
    const still = [...terminal];
    let expired = false;
    let partial = '';
    let seen = '';
    const timer = setTimeout(() => {
      expired = true;
      killGroup(child);
    }, timeoutMs);
    child.stdout.setEncoding('utf8');
    child.stderr.setEncoding('utf8');
    child.stdin.on('error', () => {});
    if (still.length === 0) child.stdin.end();
    child.stdout.on('data', (data) => {
      heard.out = (heard.out + data).slice(-KEPT_BYTES);
      heard.all = (heard.all + data).slice(-20_000);
      seen += data;
      while (still.length > 0 && still[0].awaits.test(seen)) {
        child.stdin.write(still.shift().keys);
        seen = '';
        if (still.length === 0) child.stdin.end();
      }
      if (onLine === undefined) return;
      const lines = (partial + data).split('\n');
      partial = lines.pop();
      for (const line of lines) onLine(line);
    });
    child.stderr.on('data', (data) => {
      heard.all = (heard.all + data).slice(-20_000);
    });
    const end = (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      killGroup(child);
      if (code === 0 && !expired) return resolve(heard.out);
      const how = expired
        ? `did not end within ${timeoutMs / 1000} s`
        : signal === null
          ? `ended with exit code ${code}`
          : `was ended by ${signal}`;
      const said = heard.all.trimEnd().split('\n').slice(-12).join('\n');
      reject(Object.assign(new Error(`it ${how}${said === '' ? '' : `:\n${said}`}`), { output: heard.out }));
    };
    child.on('error', (error) => {
      clearTimeout(timer);
      running.delete(child);
      reject(error);
    });
    child.on('close', end);
    // What was left behind in the background may hold the pipes.
    child.on('exit', (code, signal) => setTimeout(() => end(code, signal), 1000).unref());
  });
}

/** Ends everything that runs, and lets nothing new begin: the run was interrupted. */
export function interrupt() {
  interrupted = true;
  for (const child of running) killGroup(child);
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group has ended.
  }
}

/** One word of a script. */
export function quote(word) {
  return `'${String(word).replaceAll("'", `'\\''`)}'`;
}
