/**
 * Cargo on the crate of the Rust SDK: whether it is here, its parts, and the programs that it builds.
 *
 * Everything of cargo's is below build/; the network is used only where a crate of Cargo.lock is not there yet. Test files
 * that build at the same time wait for each other, since cargo locks what it builds in.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const place = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** From nothing, the crates are fetched and built once. A test file that builds has to have that long, too. */
export const CARGO_TIMEOUT_MS = 540_000;

/** What a program of the crate has to be told to find our command. */
export const RUST_ENVIRONMENT = { AGENTFS_BIN: place('dist/cli/main.js') };

export function cargo(...args: string[]) {
  return cargoWith({}, ...args);
}

export function cargoWith(environment: Readonly<Record<string, string>>, ...args: string[]) {
  return spawnSync('cargo', args, {
    cwd: place('src/sdk/rust'),
    env: {
      ...process.env,
      CARGO_HOME: place('build/cargo'),
      CARGO_TARGET_DIR: place('build/rust'),
      CARGO_TERM_COLOR: 'never',
      ...RUST_ENVIRONMENT,
      ...environment,
    },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: CARGO_TIMEOUT_MS,
  });
}

const rustc = () => spawnSync('rustc', ['-vV'], { encoding: 'utf8' });

/** Why nothing in Rust can be built here. */
export function missingCargo(): string | undefined {
  return rustc().status !== 0 || cargo('--version').status !== 0 ? 'there is no cargo' : undefined;
}

/** Whether the crates of Cargo.lock are there, if need be from the network. */
export function fetchCrates(): boolean {
  const host = /^host: (.*)$/m.exec(rustc().stdout ?? '')?.[1] ?? '';
  const fetch = ['fetch', '--locked', '--target', host];
  return [['--offline'], []].some((where) => cargo(...fetch, ...where).status === 0);
}

/** Builds the examples of the crate; throws what cargo says where that fails. */
export function buildExamples(): void {
  fetchCrates();
  const { status, stderr } = cargo('build', '--examples', '--locked', '--offline');
  if (status !== 0) throw new Error(`the examples in Rust are not built:\n${stderr}`);
}

/** The program of one that is built. */
export function exampleProgram(name: string): string {
  return place(`build/rust/debug/examples/${name}`);
}
