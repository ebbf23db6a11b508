/**
 * The Python SDK by its own tests (test/sdk/python), each told as one of ours.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

t.setTimeout(240_000);
const place = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const python = spawnSync('python3', ['-c', 'import sys; assert sys.version_info >= (3, 9)']);

for (const suite of ['test_files', 'test_mission']) {
  const why = python.status === 0 ? '' : ' (skipped: there is no python3 of 3.9 or newer)';
  t.test(`Python: ${suite}${why}`, { timeout: 120_000, skip: why !== '' }, async (t) => {
    const { status, stderr } = spawnSync('python3', ['-W', 'error', '-m', 'unittest', '-v', suite], {
      cwd: place('test/sdk/python'),
      env: {
        ...process.env,
        PYTHONPATH: place('src/sdk/python'),
        PYTHONDONTWRITEBYTECODE: '1',
        AGENTFS_BIN: place('dist/cli/main.js'),
      },
      encoding: 'utf8',
      timeout: 110_000,
    });
    // What Python says on the way may stand between a test and its outcome.
    const told = [...stderr.matchAll(/^(test_\w+) \(.*?\) \.\.\. ([\s\S]*?)\b(ok|FAIL|ERROR)$/gm)];
    for (const [, name, , outcome] of told) t.equal(outcome, 'ok', String(name).replaceAll('_', ' '));
    t.ok(told.length > 5);
    t.equal(status, 0, status === 0 ? 'all passed' : stderr);
  });
}
