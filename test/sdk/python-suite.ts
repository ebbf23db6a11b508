/**
 * Runs test files of the Python SDK (test/sdk/python) by pytest, and tells each Python test as one of ours.
 *
 * pytest is where the set-up put it (build/python). Where it is not, the titles say so and nothing is run.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const place = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const PYTHON = place('build/python/bin/python');

interface Outcome {
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly told: string;
}

/** `environment` is given to pytest besides ours. */
export async function runPythonSuite(
  file: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const why = missing();
  if (why !== undefined) {
    t.test(`Python: ${file} (skipped: ${why})`, { skip: why }, async () => {});
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'agentfs-pytest-'));
  const report = join(directory, 'outcomes');
  const { code, output } = await pytest(file, { ...environment, AGENTFS_TEST_OUTCOMES: report }, directory);
  const lines = existsSync(report) ? readFileSync(report, 'utf8').trim().split('\n') : [];
  rmSync(directory, { recursive: true, force: true });
  const outcomes = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Outcome);
  for (const { title, outcome, told } of outcomes) {
    const skip = outcome === 'skipped';
    t.test(`${title}${skip ? ` (skipped: ${told})` : ''}`, { skip }, async (t) => {
      t.equal(outcome, 'passed', outcome === 'passed' ? 'passed' : told);
    });
  }
  t.test(`Python: ${file} ran to its end`, async (t) => {
    t.ok(outcomes.length > 0, output);
    t.ok(code === 0 || outcomes.some(({ outcome }) => outcome === 'failed'), output);
  });
}

/** Why no program that uses the SDK can be run here. */
export function missingPython(): string | undefined {
  const old = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status !== 0;
  return old ? 'there is no python3 of 3.9 or newer' : undefined;
}

function missing(): string | undefined {
  const why = missingPython();
  if (why !== undefined) return why;
  if (spawnSync(PYTHON, ['-c', 'import pytest']).status !== 0) return 'pytest could not be had from PyPI';
  return undefined;
}

async function pytest(
  file: string,
  environment: Readonly<Record<string, string>>,
  directory: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const options = [
    '-q',
    '--tb=short',
    '-p',
    'no:cacheprovider',
    '-W',
    'error',
    '--basetemp',
    join(directory, 'tmp'),
  ];
  const child = spawn(PYTHON, ['-m', 'pytest', ...options, file], {
    cwd: place('test/sdk/python'),
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}
