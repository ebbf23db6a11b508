/**
 * An agent with one workspace `w` and one mountpoint, as a user has it: by the command, with a home of its own.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { isRunning, mountEntry, run, start, until } from './children.mjs';
import { expect, Problem } from './problem.mjs';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');

export class Agent {
  /** A fresh folder of this agent: `home`, `mnt`, and what else a part puts there. */
  folder;
  home;
  mountpoint;
  /** Added to the environment of every command, so of the owner too. */
  env;

  constructor(folder, { home = join(folder, 'home'), env = {} } = {}) {
    this.folder = folder;
    this.home = home;
    this.env = env;
    this.mountpoint = join(folder, 'mnt');
    mkdirSync(this.home, { recursive: true, mode: 0o700 });
    mkdirSync(this.mountpoint, { recursive: true });
  }

  command(args, options = {}) {
    return start(process.execPath, [CLI, ...args], { ...options, env: this.#env(options.env) });
  }

  /** Runs `agentfs`; throws a Problem where it fails, unless `mayFail`, and where it hangs. */
  async agentfs(args, options = {}) {
    return await run(process.execPath, [CLI, ...args], {
      ...options,
      mountpoint: this.mountpoint,
      env: this.#env(options.env),
    });
  }

  #env(more) {
    // NODE_OPTIONS: under a test runner it loads hooks that write into the checkout.
    return { ...this.env, ...more, AGENTFS_HOME: this.home, NODE_OPTIONS: '', NO_COLOR: '1' };
  }

  async json(args, options) {
    const { stdout } = await this.agentfs([...args, '--json'], options);
    return JSON.parse(stdout);
  }

  async enableSync(url, { mode = 'manual', ...options } = {}) {
    await this.agentfs(['sync', 'enable', 'w', '--turso-db', url, '--mode', mode], options);
  }

  /** Mounts `w`, whatever the last owner left; returns the owner's pid. */
  async mount(...flags) {
    const info = await this.json(['mount', 'w', this.mountpoint, '--create', ...flags]);
    expect(
      mountEntry(this.mountpoint) !== undefined,
      'mount said that it had mounted, and nothing is mounted',
    );
    return info.pid;
  }

  async unmount(...flags) {
    await this.agentfs(['umount', 'w', ...flags]);
    expect(
      mountEntry(this.mountpoint) === undefined,
      'umount said that it had unmounted, and the mount is there',
    );
  }

  /**
   * After an unmount beneath working programs: what they went on to make is in the directory that was below the mount, as with
   * any disk, and in the way of the next mount.
   */
  emptyBelow() {
    expect(mountEntry(this.mountpoint) === undefined, 'the owner has ended in order, and its mount is there');
    for (const name of readdirSync(this.mountpoint)) {
      rmSync(join(this.mountpoint, name), { recursive: true, force: true });
    }
  }

  /** The workspace's database is sound in every respect that our own check knows. */
  async doctor() {
    const { stdout, stderr, code } = await this.agentfs(['doctor', 'w', '--check', '--json'], {
      mayFail: true,
    });
    if (code === 0) return;
    let problems = stdout + stderr;
    try {
      problems = JSON.parse(stdout).problems.slice(0, 10).join('\n');
    } catch {
      // It failed with an error instead.
    }
    throw new Problem(`doctor --check: ${problems}`);
  }

  /** Ends what still runs, and removes the folder unless `keep`. Never throws. */
  async remove({ keep = false } = {}) {
    await this.agentfs(['stop', 'w', '--force'], { mayFail: true }).catch(() => {});
    if (mountEntry(this.mountpoint) !== undefined) {
      await run('umount', ['-l', this.mountpoint], { mayFail: true }).catch(() => {});
    }
    if (!keep && mountEntry(this.mountpoint) === undefined) {
      await rm(this.folder, { recursive: true, force: true }).catch(() => {});
    }
  }
}

/** Sends the signal and waits until the process has gone. */
export async function endOwner(pid, signal = 'SIGKILL') {
  try {
    process.kill(pid, signal);
  } catch {
    return;
  }
  await until(`the end of owner ${pid} by ${signal}`, () => !isRunning(pid));
}
