/**
 * The Rust SDK by its own tests (test/sdk/rust, the conformance list with a real server, the unit tests and the examples of
 * its documentation), each told as one of ours, and by what cargo says of it.
 */
import t from 'tap';
import { startSqld } from '../support/sqld.js';
import { CARGO_TIMEOUT_MS, cargo, cargoWith, fetchCrates, missingCargo } from './cargo.js';

t.setTimeout(CARGO_TIMEOUT_MS + 60_000);

const why = missingCargo();
const missing = why === undefined ? '' : ` (skipped: ${why})`;

/** What cargo's own parts are for, and how each is asked whether it is there. */
function skipped(part: string): string {
  if (missing !== '') return missing;
  return cargo(part, '--version').status === 0 ? '' : ` (skipped: there is no cargo ${part})`;
}

t.test(`Rust: the crates of Cargo.lock are there${missing}`, { skip: missing !== '' }, async (t) => {
  t.ok(fetchCrates());
});

for (const [what, parts, least] of [
  ['tests', ['--lib', '--test', 'sdk'], 30],
  ['conformance list', ['--test', 'conformance'], 50],
  ['examples of the documentation', ['--doc'], 10],
] as const) {
  t.test(`Rust: ${what}${missing}`, { skip: missing !== '' }, async (t) => {
    const environment: Record<string, string> = what === 'conformance list' ? await withServer(t) : {};
    const args = ['test', '--locked', '--offline', '--no-fail-fast', ...parts];
    const { status, stdout, stderr } = cargoWith(environment, ...args);
    const told = [
      ...stdout.matchAll(/^test (.+?)(?: - should panic| - compile)? \.\.\. (\w+)(?:, (.*))?$/gm),
    ];
    for (const [, name = '', outcome, reason = ''] of told) {
      const title = name.replaceAll('_', ' ');
      if (outcome !== 'ignored') t.equal(outcome, 'ok', title);
      else if (reason.startsWith('it needs')) t.skip(`${title} (skipped: ${reason})`, async () => {});
    }
    t.ok(told.length >= least, `${told.length} of at least ${least}`);
    t.equal(status, 0, status === 0 ? 'all passed' : `${stdout}${stderr}`);
  });
}

async function withServer(t: { teardown(end: () => Promise<void>): void }) {
  const server = await startSqld();
  t.teardown(() => server.stop());
  return {
    AGENTFS_TEST_SERVER: server.url,
    AGENTFS_TEST_TOKEN: await server.token(),
    AGENTFS_TEST_EXPIRED_TOKEN: await server.token({ expiresIn: -3600 }),
  };
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
