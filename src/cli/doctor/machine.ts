/**
 * Collects the facts that the checks judge. Looks and loads, changes nothing.
 */
import { accessSync, closeSync, constants, existsSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { addonPath } from '../../base/addon-path.js';
import type { MachineFacts } from './checks.js';

const LIBRARY_FOLDERS = ['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/usr/local/lib'];
const TRIPLES = ['x86_64-linux-gnu', 'aarch64-linux-gnu'];

export function readMachineFacts(home: string): MachineFacts {
  const require = createRequire(import.meta.url);
  return {
    platform: process.platform,
    arch: process.arch,
    nodeVersion: process.versions.node,
    root: process.getuid?.() === 0,
    fuseDevice: readFuseDevice(),
    fusermount3: isHelperThere(),
    libfuse2: LIBRARY_FOLDERS.some((folder) =>
      ['', ...TRIPLES].some((triple) => existsSync(join(folder, triple, 'libfuse.so.2'))),
    ),
    fuseNativePackage: problemOf(() => require.resolve('fuse-native')) === undefined,
    addonProblem: addonProblem(require),
    sqliteProblem: problemOf(() => {
      const Database = require('better-sqlite3') as new (file: string) => { close(): void };
      new Database(':memory:').close();
    }),
    home,
    homeProblem: homeProblem(home),
    userAllowOther: /^\s*user_allow_other\b/m.test(readOrEmpty('/etc/fuse.conf')),
  };
}

function readFuseDevice(): MachineFacts['fuseDevice'] {
  if (!existsSync('/dev/fuse')) return 'absent';
  try {
    closeSync(openSync('/dev/fuse', constants.O_RDWR));
    return 'usable';
  } catch {
    return 'forbidden';
  }
}

function addonProblem(require: NodeJS.Require): string | undefined {
  const place = addonPath();
  if (place === undefined) return 'the native addon has not been built';
  return problemOf(() => require(place));
}

function homeProblem(home: string): string | undefined {
  let existing = home;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  return problemOf(() => accessSync(existing, constants.W_OK | constants.X_OK));
}

/** Where the mount looks for its helper as well, whatever PATH says. */
const HELPER_FOLDERS = ['/usr/bin', '/bin', '/usr/local/bin', '/usr/sbin', '/sbin'];

function isHelperThere(): boolean {
  return onPath('fusermount3', HELPER_FOLDERS) || onPath('fusermount', HELPER_FOLDERS);
}

function onPath(command: string, also: readonly string[]): boolean {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .concat(also)
    .some(
      (folder) =>
        folder !== '' && problemOf(() => accessSync(join(folder, command), constants.X_OK)) === undefined,
    );
}

/** The first line of what the attempt throws. */
function problemOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return String((error as Error).message).split('\n')[0];
  }
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
