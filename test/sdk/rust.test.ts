/**
 * The Rust SDK by its own tests (test/sdk/rust, the unit tests and the examples of its documentation), each told as one
 * of ours, and by what cargo says of it.
 *
 * Everything of cargo's is below build/; the network is used only where a crate of Cargo.lock is not there yet.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

// From nothing, the crates are fetched and built once.
t.setTimeout(600_000);
const place = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

function cargo(...args: string[]) {
  return spawnSync('cargo', args, {
    cwd: place('src/sdk/rust'),
    env: {
      ...process.env,
      CARGO_HOME: place('build/cargo'),
      CARGO_TARGET_DIR: place('build/rust'),
      CARGO_TERM_COLOR: 'never',
      AGENTFS_BIN: place('dist/cli/main.js'),
    },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 540_000,
  });
}

const { status: there, stdout: version } = spawnSync('rustc', ['-vV'], { encoding: 'utf8' });
const host = /^host: (.*)$/m.exec(version ?? '')?.[1] ?? '';
const missing = there !== 0 || cargo('--version').status !== 0 ? ' (skipped: there is no cargo)' : '';

/** What cargo's own parts are for, and how each is asked whether it is there. */
function skipped(part: string): string {
  if (missing !== '') return missing;
  return cargo(part, '--version').status === 0 ? '' : ` (skipped: there is no cargo ${part})`;
}

t.test(`Rust: the crates of Cargo.lock are there${missing}`, { skip: missing !== '' }, async (t) => {
  const fetch = ['fetch', '--locked', '--target', host];
  const fetched = [() => cargo(...fetch, '--offline'), () => cargo(...fetch)].some(
    (ask) => ask().status === 0,
  );
  t.ok(fetched);
});

for (const [what, parts, least] of [
  ['tests', ['--lib', '--tests'], 30],
  ['examples of the documentation', ['--doc'], 10],
] as const) {
  t.test(`Rust: ${what}${missing}`, { skip: missing !== '' }, async (t) => {
    const { status, stdout, stderr } = cargo('test', '--locked', '--offline', '--no-fail-fast', ...parts);
    const told = [...stdout.matchAll(/^test (.+?)(?: - should panic| - compile)? \.\.\. (\w+)/gm)];
    for (const [, name, outcome] of told.filter(([, , outcome]) => outcome !== 'ignored')) {
      t.equal(outcome, 'ok', String(name).replaceAll('_', ' '));
    }
    t.ok(told.length >= least, `${told.length} of at least ${least}`);
    t.equal(status, 0, status === 0 ? 'all passed' : `${stdout}${stderr}`);
  });
}

for (const [part, what, args] of [
  ['clippy', 'clippy has nothing to say', ['--locked', '--offline', '--all-targets', '--', '-D', 'warnings']],
  ['fmt', 'it is formatted as rustfmt does', ['--check']],
] as const) {
  const why = skipped(part);
  t.test(`Rust: ${what}${why}`, { skip: why !== '' }, async (t) => {
    const { status, stdout, stderr } = cargo(part, ...args);
    t.equal(status, 0, status === 0 ? what : `${stdout}${stderr}`);
  });
}
