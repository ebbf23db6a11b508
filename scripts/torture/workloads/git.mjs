/**
 * git on the mount: after a crash fsck is clean, every recorded commit is in the branch, and git works on.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { DEADLINE_MS, run, start } from '../children.mjs';
import { expect } from '../problem.mjs';

const CHILD = join(import.meta.dirname, '..', 'git-child.mjs');
/** What one that was killed leaves behind by design, and finds in its way: as on any disk. */
const REMOVE_LOCKS = 'cd "$1" && find .git "(" -name "*.lock" -o -name packed-refs.new ")" -delete';

export class GitWork {
  name = 'git';
  commits = 0;
  #agent;
  #repository;
  #log;
  #seen = 0;

  constructor(agent) {
    this.#agent = agent;
    this.#repository = join(agent.mountpoint, 'git');
    this.#log = join(agent.folder, 'git.log');
  }

  async prepare() {}

  start(random, { timeoutMs = DEADLINE_MS } = {}) {
    return start(process.execPath, [CHILD, this.#repository, this.#log, String(random.next())], {
      mountpoint: this.#agent.mountpoint,
      env: { NODE_OPTIONS: '', ...this.#env },
      timeoutMs,
    });
  }

  get #env() {
    return { HOME: this.#agent.folder, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };
  }

  async verify() {
    const commits = existsSync(this.#log) ? readFileSync(this.#log, 'utf8').trimEnd().split('\n') : [];
    if (commits.length === 0) {
      // It may have died in the middle of `git init`.
      await this.#sh('rm -rf "$1"');
      return;
    }
    await this.#sh(REMOVE_LOCKS);
    const { stdout, stderr } = await this.#sh(
      'cd "$1" && git fsck --full --strict --no-dangling --no-progress',
    );
    expect(
      !/error|missing|corrupt|broken|fatal/i.test(stdout + stderr),
      () => `git fsck: ${stdout}${stderr}`,
    );
    await this.#sh(`cd "$1" && git merge-base --is-ancestor ${commits.at(-1)} HEAD`);
    await this.#sh(
      'cd "$1" && git status --porcelain > /dev/null && git reset -q --hard && git log --oneline > /dev/null',
    );
    this.commits += commits.length - this.#seen;
    this.#seen = commits.length;
  }

  async #sh(script) {
    return await run('sh', ['-c', script, 'sh', this.#repository], {
      mountpoint: this.#agent.mountpoint,
      env: this.#env,
    });
  }
}
