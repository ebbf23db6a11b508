/**
 * An agent with one workspace in a fresh home, and its mount. Everything of it is undone by the cleanup, whatever happened.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unmount } from '../bench/process.mjs';
import { agentfs, commandLine } from '../bench/workspace.mjs';
import { quote } from './shell.mjs';

const NAME = 'work';

export class Agent {
  /** A fresh directory beside the mount, on the file system of the temporary files. */
  plain;
  mountpoint;
  #home;

  constructor(root) {
    this.#home = join(root, 'home');
    this.plain = join(root, 'plain');
    this.mountpoint = join(root, 'mnt');
  }

  /** With its workspace, not mounted yet. */
  static async create(cleanup) {
    const root = mkdtempSync(join(tmpdir(), 'agentfs-conformance-'));
    // Other users have to get through to a mount that is for them too.
    chmodSync(root, 0o755);
    cleanup.push(`remove ${root}`, () => rmSync(root, { recursive: true, force: true }));
    const agent = new Agent(root);
    mkdirSync(agent.plain);
    mkdirSync(agent.mountpoint);
    cleanup.push(`stop the owner of ${root}`, () => agent.run(['stop', NAME, '--force']).catch(() => {}));
    cleanup.push(`unmount ${agent.mountpoint}`, () => unmount(agent.mountpoint));
    await agent.run(['workspace', 'create', NAME]);
    return agent;
  }

  /** A command of ours. Returns what `--json` printed. */
  run(args, options) {
    return agentfs(this.#home, args, { env: { NODE_OPTIONS: '' }, ...options });
  }

  /** As `run(['sync', what, workspace, …])`. */
  sync(what, ...args) {
    return this.run(['sync', what, NAME, ...args]);
  }

  /** The words of `agentfs GROUP WHAT workspace …` for a script. */
  commandLine(group, what, ...args) {
    const [program, words] = commandLine(this.#home, [group, what, NAME, ...args]);
    return [program, ...words].map(quote).join(' ');
  }

  mount(...flags) {
    return this.run(['mount', NAME, this.mountpoint, ...flags]);
  }

  /** Unmounts in good order, and has the database checked. */
  async unmountAndCheck() {
    await this.run(['umount', this.mountpoint]);
    await this.run(['doctor', NAME]);
  }
}
