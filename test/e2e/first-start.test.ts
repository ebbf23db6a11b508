/**
 * `npm start` as the first command after a clone. Only node_modules is not installed anew (a link to this checkout's,
 * which the set-up verifies as always); the addon is compiled and the sources are built.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { eventually } from '../cli/agentfs-process.js';
import { startSqld } from '../support/sqld.js';
import { isMounted, MountedAgent, sh } from './mounted-agent.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const BUILD_LIMIT_MS = 90_000;

interface Started {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Signals npm alone, as a supervisor does; resolves to its exit code. */
  end(signal: NodeJS.Signals): Promise<number>;
}

/** `npm start` in a clone by somebody whose home directory is `home`. */
function npmStart(t: Test, place: { clone: string; home: string }, args: readonly string[] = []): Started {
  const {
    AGENTFS_HOME: _1,
    XDG_DATA_HOME: _2,
    NODE_OPTIONS: _3,
    AGENTFS_TOKEN: _4,
    TURSO_AUTH_TOKEN: _5,
    ...inherited
  } = process.env;
  const environment = Object.entries(inherited).filter(([name]) => !/^(npm_|TAP|_TAPJS)/.test(name));
  const child = spawn('npm', ['start', ...(args.length === 0 ? [] : ['--', ...args])], {
    cwd: place.clone,
    env: { ...Object.fromEntries(environment), HOME: place.home },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const ended = new Promise<number>((resolve) => {
    child.on('exit', (code) => resolve(code ?? -1));
  });
  t.teardown(() => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended.
    }
  });
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

async function waitForMount(started: Started, directory: string): Promise<void> {
  await eventually(() => {
    if (/failed|missing package-lock|no such file/i.test(started.stderr())) throw new Error(started.stderr());
    return /Ctrl-C/.test(started.stdout()) && isMounted(directory) ? true : undefined;
  }, BUILD_LIMIT_MS);
}

function whyNot(): string | false {
  if (!existsSync(join(ROOT, '.git'))) return 'this is no git checkout to clone';
  return false;
}

t.test('npm start on a fresh clone, and what follows', { skip: whyNot(), timeout: 200_000 }, async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'agentfs-clone-'));
  const clone = join(base, 'clone');
  const home = join(base, 'home');
  t.teardown(() => rmSync(base, { recursive: true, force: true }));
  await sh(base, `mkdir home; git clone -q --no-hardlinks ${ROOT} clone`);
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  const place = { clone, home };
  const mine = join(home, 'agentfs', 'my-workspace');

  await t.test('creates my-workspace, syncs it with a file, mounts it and says what to try', async (t) => {
    const started = npmStart(t, place);
    await waitForMount(started, mine);
    t.match(started.stdout(), `my-workspace is mounted at ${mine}`);
    t.match(started.stdout(), /It syncs with file:.*\(real-time\)/);
    t.match(started.stdout(), /Try, in another terminal:\n {2}cd /);
    t.match(started.stderr(), /^setup: compiled the native addon.*$/m);
    t.match(started.stderr(), /^setup: compiling src\/ to dist\/$/m);
    await sh(mine, 'echo hello > hello.txt; git init -q .');
    t.equal(await started.end('SIGTERM'), 143, started.stderr());
    t.notOk(isMounted(mine));
    t.match(started.stdout() + started.stderr(), /Unmounted/);
  });

  await t.test(
    'starts again with nothing to set up, finds everything, and Ctrl-C ends it with 130',
    async (t) => {
      const started = npmStart(t, place);
      await waitForMount(started, mine);
      t.notMatch(started.stderr(), /setup:/);
      t.equal(await sh(mine, 'cat hello.txt; git status --porcelain'), 'hello\n?? hello.txt\n');
      await sh(mine, 'echo late > late.txt');
      t.equal(await started.end('SIGINT'), 130, started.stderr());
      t.notOk(isMounted(mine));
      const main = join(clone, 'dist', 'cli', 'main.js');
      const agentfs = `AGENTFS_HOME=${home}/.local/share/agentfs ${process.execPath} ${main}`;
      t.match(
        await sh('/', `${agentfs} sync status my-workspace`),
        /^Pending changes: 0$/m,
        'all was flushed',
      );
    },
  );

  await t.test('with a workspace, a directory and a remote it does the same there', async (t) => {
    const sqld = await startSqld();
    t.teardown(() => sqld.stop());
    const token = await sqld.token();
    const dir = join(base, 'work');
    const started = npmStart(t, place, ['w', dir, '--turso-db', sqld.url, '--token', token]);
    await waitForMount(started, dir);
    t.match(started.stdout(), sqld.url);
    await sh(dir, 'echo over there > f');
    t.equal(await started.end('SIGTERM'), 143, started.stderr());
    t.notOk(isMounted(dir));
    const log = readFileSync(
      join(home, '.local', 'share', 'agentfs', 'workspaces', 'w', 'owner.log'),
      'utf8',
    );
    // npm itself prints the command line that it runs.
    const said = `${started.stdout()}${started.stderr()}`.replace(/^> .*$/gm, '');
    t.notOk(`${said}${log}`.includes(token), 'the token is in no output of ours');
    const other = await MountedAgent.create(t);
    const env = { AGENTFS_TOKEN: token };
    const enable = ['sync', 'enable', 'w', '--turso-db', sqld.url, '--mode', 'manual'];
    t.match(await other.run(enable, { env }), { code: 0 });
    t.match(await other.run(['sync', 'pull', 'w'], { env }), { code: 0 });
    t.match(await other.run(['fs', 'cat', 'w', '/f']), { stdout: 'over there\n' });
  });
});
