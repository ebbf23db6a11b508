/**
 * Programs that the parts need: looked for on PATH, and brought by apt where this runs as root on a machine that has it.
 *
 * What cannot be had is told in a sentence; the part that needs it does not run then.
 */
import process from 'node:process';
import { isRoot, onPath } from '../bench/process.mjs';
import { run } from '../setup/report.mjs';

/** The Debian package of a program that is not called like it. */
const PACKAGES = {
  inotifywait: 'inotify-tools',
  setfattr: 'attr',
  getfattr: 'attr',
  setfacl: 'acl',
  gcc: 'gcc libc6-dev',
  python3: 'python3 python3-venv',
  script: 'bsdutils',
  fallocate: 'util-linux',
};
/** These come from elsewhere than apt. */
const ELSEWHERE = {
  cargo: 'install Rust 1.85 or newer from https://rustup.rs',
  npm: 'install it with Node from https://nodejs.org',
};

/**
 * Brings what is missing. Resolves to a map from each program that could not be had to a sentence that says what to do.
 */
export async function bringPrograms(names, say) {
  const absent = () => [...new Set(names)].filter((name) => !onPath(name));
  const wanted = [...new Set(absent().flatMap((name) => packagesOf(name)))];
  if (wanted.length > 0 && isRoot && process.platform === 'linux' && onPath('apt-get')) {
    say(`installing ${wanted.join(' ')} by apt`);
    await install(wanted, say);
  }
  return new Map(absent().map((name) => [name, remedy(name)]));
}

function packagesOf(name) {
  return name in ELSEWHERE ? [] : (PACKAGES[name] ?? name).split(' ');
}

function remedy(name) {
  const how = ELSEWHERE[name] ?? `install it with: sudo apt-get install ${packagesOf(name).join(' ')}`;
  return `${name} is missing; ${how}`;
}

async function install(packages, say) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const args = ['install', '-y', '-q', '--no-install-recommends', ...packages];
  const limits = { env, timeoutMs: 300_000 };
  if ((await run('apt-get', args, limits)).code === 0) return;
  await run('apt-get', ['update', '-q'], limits);
  const { code, output } = await run('apt-get', args, limits);
  if (code !== 0) say(`apt-get install failed: ${output.trim().split('\n').at(-1)}`);
}
