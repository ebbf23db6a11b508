#!/usr/bin/env node
/**
 * Compiles native/*.c into native/build/agentfs.node with the C compiler that is there. No dependency, no download.
 *
 * Invariants: a prebuilt binary in prebuilds/<platform>-<arch> is preferred to compiling; nothing is compiled twice
 * (the hash of the sources and flags lies beside the binary); the binary is replaced in one rename, so that a
 * process which has the old one loaded goes on. Linux only: elsewhere the fuse-native driver serves.
 *
 *     node scripts/build-native.mjs [--force]
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const sourceDir = join(root, 'native');
const output = join(sourceDir, 'build', 'agentfs.node');
const FLAGS = [
  '-std=gnu11',
  '-O2',
  '-Wall',
  '-Wextra',
  '-fPIC',
  '-fvisibility=hidden',
  '-shared',
  '-pthread',
];

export class NativeBuildError extends Error {}

/** Where a prebuilt binary for this machine would lie. */
export function prebuiltPath() {
  return join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'agentfs.node');
}

/** A directory that holds node_api.h: the npm package, this Node's own headers, or those that node-gyp has kept. */
function findHeaders() {
  const prefix = resolve(dirname(process.execPath), '..');
  const candidates = [
    join(root, 'node_modules', 'node-api-headers', 'include'),
    join(prefix, 'include', 'node'),
    '/usr/include/node',
    '/usr/include/nodejs/src',
    '/usr/local/include/node',
    ...(process.env.npm_config_nodedir ? [join(process.env.npm_config_nodedir, 'include', 'node')] : []),
    join(homedir(), '.cache', 'node-gyp', process.versions.node, 'include', 'node'),
  ];
  const found = candidates.find((dir) => existsSync(join(dir, 'node_api.h')));
  if (found !== undefined) return found;
  throw new NativeBuildError(
    'The N-API headers (node_api.h) are not on this machine. Run `npm install` (package node-api-headers), or install the headers of Node.',
  );
}

/** The directory of sqlite3ext.h: that of the SQLite which will load the addon as an extension (native/read-ahead.c). */
function findSqliteHeaders() {
  try {
    const library = createRequire(import.meta.url).resolve('better-sqlite3/package.json');
    return join(dirname(library), 'deps', 'sqlite3');
  } catch {
    throw new NativeBuildError('The package better-sqlite3 is not installed. Run `npm install`.');
  }
}

function findCompiler() {
  const names = process.env.CC ? [process.env.CC] : ['cc', 'gcc', 'clang'];
  const found = names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
  if (found !== undefined) return found;
  throw new NativeBuildError(
    `No C compiler was found (looked for ${names.join(', ')}). Install one: \`apt-get install gcc libc6-dev\`, \`apk add gcc musl-dev\` or \`dnf install gcc\`.`,
  );
}

function listSources() {
  const names = readdirSync(sourceDir).filter((name) => /\.[ch]$/.test(name));
  return names.sort();
}

function fingerprint() {
  const hash = createHash('sha256').update(JSON.stringify([process.platform, process.arch, FLAGS]));
  for (const name of listSources()) hash.update(name).update(readFileSync(join(sourceDir, name)));
  return hash.digest('hex');
}

/**
 * Sees to it that the addon is there.
 *
 * @param {{force?: boolean}} [options] force: compile even when nothing has changed.
 * @returns {'prebuilt' | 'unchanged' | 'built' | 'unsupported'}
 * @throws {NativeBuildError} with the remedy in its message.
 */
export function buildNative(options = {}) {
  if (process.platform !== 'linux') return 'unsupported';
  if (!options.force && existsSync(prebuiltPath())) return 'prebuilt';
  const stamp = `${output}.sha256`;
  const wanted = fingerprint();
  if (!options.force && existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) {
    return 'unchanged';
  }
  const compiler = findCompiler();
  const includes = [findHeaders(), findSqliteHeaders()].map((directory) => `-I${directory}`);
  mkdirSync(dirname(output), { recursive: true });
  const partial = `${output}.${process.pid}.tmp`;
  const sources = listSources()
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(sourceDir, name));
  const result = spawnSync(compiler, [...FLAGS, ...includes, ...sources, '-o', partial], {
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    rmSync(partial, { force: true });
    throw new NativeBuildError(`${compiler} could not compile the native addon:\n${result.stderr}`);
  }
  if (result.stderr) process.stderr.write(result.stderr);
  renameSync(partial, output);
  writeFileSync(stamp, wanted);
  return 'built';
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    const said = {
      prebuilt: `native addon: prebuilt for ${process.platform}-${process.arch}`,
      unchanged: 'native addon: up to date',
      built: `native addon: compiled into ${output}`,
      unsupported: `native addon: not for ${process.platform}; the fuse-native driver is used there`,
    };
    console.log(said[buildNative({ force: process.argv.includes('--force') })]);
  } catch (error) {
    if (!(error instanceof NativeBuildError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
