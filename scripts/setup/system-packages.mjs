/**
 * What only the system's package manager has: fuse3 for mounting, and for the tests the tools they use as workload.
 *
 * Installed by apt when this runs as root on a machine that has apt; everyone else reads what to install. Nothing
 * here ends the set-up: root mounts without fusermount3, and a test without its tool says so.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { run, say, step, tail } from './report.mjs';

const LIBRARY_FOLDERS = [
  '/lib',
  '/usr/lib',
  '/usr/local/lib',
  ...['x86_64-linux-gnu', 'aarch64-linux-gnu'].flatMap((triple) => [`/lib/${triple}`, `/usr/lib/${triple}`]),
];

/** Each: what tells that it is there, the Debian package that brings it, and what it is for. */
const PARTS = [
  { there: () => onPath('fusermount3'), package: 'fuse3', purpose: 'mounting as a normal user' },
  { there: () => onPath('git'), package: 'git', purpose: 'the tests', test: true },
  { there: () => onPath('sqlite3'), package: 'sqlite3', purpose: 'the tests', test: true },
  { there: () => onPath('python3'), package: 'python3', purpose: 'the tests', test: true },
  { there: () => onPath('rsync'), package: 'rsync', purpose: 'the tests', test: true },
  { there: () => onPath('setfattr'), package: 'attr', purpose: 'the tests', test: true },
  { there: () => onPath('inotifywait'), package: 'inotify-tools', purpose: 'the tests', test: true },
  { there: () => onPath('cc') || onPath('gcc'), package: 'gcc libc6-dev', purpose: 'the native addon' },
  {
    there: () => isLibrary('libfuse.so.2'),
    package: 'libfuse2',
    purpose: 'the driver fuse-native',
    test: true,
  },
];

export async function ensureSystemPackages({ test }) {
  if (process.platform !== 'linux') return;
  const missing = PARTS.filter((part) => (test || part.test !== true) && !part.there());
  if (missing.length === 0) return;
  const names = missing.map((part) => part.package).join(' ');
  const why = missing.map((part) => `${part.package} (for ${part.purpose})`).join(', ');
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    say(`missing: ${why}; install with: sudo apt-get install ${names}`);
    return;
  }
  await step(`installing ${why} by apt`, async () => {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const install = ['install', '-y', '-q', '--no-install-recommends', ...names.split(' ')];
    let result = await run('apt-get', install, { env, timeoutMs: 300_000 });
    if (result.code !== 0) {
      await run('apt-get', ['update', '-q'], { env, timeoutMs: 300_000 });
      result = await run('apt-get', install, { env, timeoutMs: 300_000 });
    }
    if (result.code !== 0)
      say(`apt-get install ${names} failed; going on without:\n${tail(result.output, 5)}`);
  });
}

function onPath(command) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .concat('/usr/sbin', '/sbin')
    .some((folder) => folder !== '' && isExecutable(join(folder, command)));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isLibrary(name) {
  return LIBRARY_FOLDERS.some((folder) => existsSync(join(folder, name)));
}
