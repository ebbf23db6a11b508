/**
 * A workspace of its own behind a real mount, for tests: the real vfs, a fresh database, served by this process.
 *
 * The client side runs in children only, with a deadline: a path of the mount that this process touched would wait for
 * itself. Even a child must `cd` by itself, since spawn waits for the child's chdir.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { type Mount, type MountRequest, mount, mountAt } from '#src/fuse/index.js';
import { openVfs, type Vfs } from '#src/vfs/index.js';

const DEADLINE_MS = 60_000;

export interface Mounted {
  readonly mount: Mount;
  readonly vfs: Vfs;
  readonly dir: string;
  /** What the mount logged. */
  readonly logged: string[];
  /** Runs a shell script in the mount; rejects with its stderr where it fails. @returns stdout. */
  sh(script: string): Promise<string>;
  /** Runs a Python 3 script in the mount, with `os` imported. */
  python(script: string): Promise<string>;
}

function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: DEADLINE_MS, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 } as const;
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
    });
  });
}

/** Mounts a fresh workspace; everything is gone again when the test ends. */
export async function mountFresh(t: Test, request: Partial<MountRequest> = {}): Promise<Mounted> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'agentfs-fuse-')));
  const dir = join(base, 'mnt');
  mkdirSync(dir);
  const logged: string[] = [];
  const vfs = openVfs(join(base, 'workspace.db'), { create: true });
  let mounted: Mount | undefined;
  t.teardown(async () => {
    if (mountAt(dir) !== undefined || mounted?.driver === 'fuse-native') {
      await mounted?.unmount({ lazy: true }).catch(() => undefined);
    }
    await vfs.close();
    if (mountAt(dir) === undefined) rmSync(base, { recursive: true, force: true });
  });
  mounted = await mount(vfs, {
    mountpoint: dir,
    workspace: 'test',
    log: (message, details) => logged.push(`${message}: ${details.error}`),
    ...request,
  });
  return {
    mount: mounted,
    vfs,
    dir,
    logged,
    sh: (script) => run('sh', ['-c', `set -e; cd "$1"; ${script}`, 'sh', dir]),
    python: (script) => run('python3', ['-c', `import os, sys\nos.chdir(sys.argv[1])\n${script}`, dir]),
  };
}

/** What a script did to the counts of requests, by opcode; those that stayed are left out. */
export async function requestsOf(
  mounted: Mounted,
  script: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const before = mounted.mount.counts();
  await script();
  const difference: Record<string, number> = {};
  for (const [name, count] of Object.entries(mounted.mount.counts())) {
    const added = count - (before[name] ?? 0);
    if (added > 0 && name !== 'FORGET' && name !== 'BATCH_FORGET') difference[name] = added;
  }
  return difference;
}
