/**
 * `npm ci` on the mount, of packages that are made here, without a network. npm syncs nothing, so of what it did anything may be
 * missing; but what is there can be read, and the next `npm ci` brings all of it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEADLINE_MS, run, start } from '../children.mjs';
import { expect } from '../problem.mjs';
import { bytesOf } from '../random.mjs';

const PACKAGES = 20;
const FILES = 12;

export class NpmWork {
  name = 'npm';
  installs = 0;
  #agent;
  #project;
  #made;
  #wanted = '';

  constructor(agent) {
    this.#agent = agent;
    this.#made = join(agent.folder, 'made');
    this.#project = join(agent.mountpoint, 'npm');
  }

  async prepare() {
    const project = join(this.#made, 'project');
    const packages = join(this.#made, 'project', 'packages');
    mkdirSync(packages, { recursive: true });
    const dependencies = {};
    for (let i = 1; i <= PACKAGES; i += 1) {
      const name = `made-${i}`;
      const folder = join(this.#made, name, 'package');
      mkdirSync(join(folder, 'lib'), { recursive: true });
      writeFileSync(
        join(folder, 'package.json'),
        JSON.stringify({ name, version: '1.0.0', main: 'lib/0.js' }),
      );
      for (let j = 0; j < FILES; j += 1) {
        const text = `module.exports = '${bytesOf(i * 100 + j, (i * 131 + j * 977) % 5000).toString('base64')}';\n`;
        writeFileSync(join(folder, 'lib', `${j}.js`), text);
      }
      await run('tar', ['czf', join(packages, `${name}.tgz`), '-C', join(this.#made, name), 'package']);
      dependencies[name] = `file:packages/${name}.tgz`;
    }
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({ name: 'project', version: '1.0.0', dependencies }),
    );
    const script = `cd "$1" && ${this.#npm('install')} && cp -r . "$2" && rm -rf "$2/node_modules" && ${SUMS}`;
    const { stdout } = await run('sh', ['-c', script, 'sh', project, this.#project], this.#options());
    this.#wanted = lastSum(stdout);
  }

  start(_random, { timeoutMs = DEADLINE_MS } = {}) {
    const script = `cd "$1" && echo ready && while ${this.#npm('ci')}; do :; done`;
    return start('sh', ['-c', script, 'sh', this.#project], this.#options(timeoutMs));
  }

  async verify() {
    const read = 'cd "$1" && find . -type f -exec cat {} + > /dev/null && find . -type l > /dev/null';
    await run('sh', ['-c', read, 'sh', this.#project], this.#options());
    const install = `cd "$1" && ${this.#npm('ci')} && ${SUMS}`;
    const { stdout } = await run('sh', ['-c', install, 'sh', this.#project], this.#options());
    expect(lastSum(stdout) === this.#wanted, () => `npm ci after the crash made another tree: ${stdout}`);
    this.installs += 1;
  }

  #npm(command) {
    const flags = '--offline --ignore-scripts --no-audit --no-fund --silent --no-update-notifier';
    return `npm ${command} ${flags} --cache "${join(this.#made, 'cache')}" > /dev/null`;
  }

  #options(timeoutMs = DEADLINE_MS) {
    const env = { NODE_OPTIONS: '', HOME: this.#made, npm_config_userconfig: '/dev/null' };
    return { mountpoint: this.#agent.mountpoint, env, timeoutMs };
  }
}

/** One line for everything that npm installed, but for the file in which it notes so with times. */
const SUMS = `find node_modules -type f ! -name .package-lock.json -exec sha1sum {} + | sort -k 2 | sha1sum`;

function lastSum(stdout) {
  return stdout.trimEnd().split('\n').at(-1);
}
