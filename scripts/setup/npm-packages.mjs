/**
 * node_modules as package-lock.json wants it.
 *
 * What is installed is told by npm's own record (node_modules/.package-lock.json, written when an install is
 * complete): every package of the lock file that is not optional must stand there in the same version. Optional ones
 * (fuse-native, other platforms' binaries) may be absent, and their failure to build never fails the set-up.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { run, SetupError, step, tail } from './report.mjs';

export async function ensureNpmPackages(root) {
  if (!isInstalled(root)) {
    await step('installing the npm packages of package-lock.json (a minute or two the first time)', () =>
      install(root),
    );
  }
  if (!sqliteLoads(root)) {
    await step(`building better-sqlite3 for Node ${process.version}`, async () => {
      const { code, output } = await npm(root, ['rebuild', 'better-sqlite3']);
      if (code !== 0 || !sqliteLoads(root)) {
        throw new SetupError(
          `better-sqlite3 does not build; it needs g++, make and python3:\n${tail(output)}`,
        );
      }
    });
  }
}

function isInstalled(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined) throw new SetupError('package-lock.json is missing: is this a whole checkout?');
  if (installed === undefined) return false;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || installed[path]?.version === entry.version,
  );
}

function readPackages(file) {
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

async function install(root) {
  const first = await npm(root, ['ci']);
  if (first.code === 0) return;
  if (first.code === 127) throw new SetupError('npm is not there: install it with Node (https://nodejs.org)');
  const second = await npm(root, ['ci', '--omit=optional']);
  if (second.code === 0) return;
  throw new SetupError(`npm ci failed (code ${second.code}):\n${tail(second.output)}`);
}

function npm(root, args) {
  return run('npm', [...args, '--no-audit', '--no-fund'], { cwd: root, env: headersOfThisNode() });
}

/** Where this Node came with its headers, node-gyp takes those and downloads nothing. */
function headersOfThisNode() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? { npm_config_nodedir: prefix } : {};
}

/** True when the SQLite binary is there and fits this Node. */
function sqliteLoads(root) {
  try {
    const Database = createRequire(join(root, 'package.json'))('better-sqlite3');
    new Database(':memory:').close();
    return true;
  } catch {
    return false;
  }
}
