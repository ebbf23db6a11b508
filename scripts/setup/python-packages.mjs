/**
 * What the tests of the Python SDK need, where a Python is: pytest and mypy, and the programs that read a workspace
 * through fsspec, in a virtual environment of their own under build/python.
 *
 * Each line of test/sdk/python/requirements.txt is a set that is had or not by itself; what could not be had is
 * written into build/python/missing.txt, and the titles of the tests that need it say so. Nothing here fails the set-up.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, say, step, tail } from './report.mjs';

const OLDEST = '(3, 9)';

export async function ensurePythonPackages(root) {
  const sets = readFileSync(join(root, 'test/sdk/python/requirements.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const place = join(root, 'build', 'python');
  const mark = join(place, '.sets');
  const wanted = createHash('sha256').update(sets.join('\n')).digest('hex');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  const python = await run('python3', ['-c', `import sys; sys.exit(sys.version_info < ${OLDEST})`]);
  if (python.code !== 0) return;
  await step('bringing pytest and what else the tests of the Python SDK need, from PyPI', async () => {
    rmSync(place, { recursive: true, force: true });
    const made = await run('python3', ['-m', 'venv', place]);
    if (made.code !== 0) {
      say(`python3 makes no virtual environment, so the Python SDK is not tested:\n${tail(made.output, 3)}`);
      return;
    }
    const missing = [];
    for (const set of sets) {
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...set.split(' ')];
      const { code, output } = await run(join(place, 'bin', 'python'), pip);
      if (code === 0) continue;
      missing.push(set);
      say(`${set} could not be had from PyPI: tests that need it are skipped\n${tail(output, 3)}`);
    }
    writeFileSync(join(place, 'missing.txt'), missing.join('\n'));
    // What is missing for want of a network is tried again the next time.
    if (missing.length === 0) writeFileSync(mark, wanted);
  });
}
