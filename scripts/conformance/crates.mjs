/**
 * Test suites that come from crates.io, built once into node_modules/.cache/conformance, by name and version.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onPath } from '../bench/process.mjs';
import { run, tail } from '../setup/report.mjs';

const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'conformance');
const VERSIONS = { pjdfstest: '0.2.2', fsx: '0.3.2' };
const BUILD_LIMIT_MS = 900_000;

/** Where the program of this crate is; builds it where it is not there. Throws with a sentence for the person. */
export async function bringCrate(name, say) {
  const version = VERSIONS[name];
  const root = join(CACHE, `${name}-${version}`);
  const program = join(root, 'bin', name);
  if (existsSync(program)) return program;
  if (!onPath('cargo')) {
    throw new Error(
      `cargo is missing, which builds ${name}; install Rust 1.85 or newer from https://rustup.rs`,
    );
  }
  say(`building ${name} ${version} from crates.io (a minute or two the first time)`);
  mkdirSync(root, { recursive: true });
  const args = ['install', '--quiet', '--locked', '--version', version, '--root', root, name];
  const { code, output } = await run('cargo', args, { timeoutMs: BUILD_LIMIT_MS });
  if (code !== 0 || !existsSync(program))
    throw new Error(`cargo install ${name} failed:\n${tail(output, 8)}`);
  return program;
}
