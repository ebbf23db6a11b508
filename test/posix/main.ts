/**
 * The suite over a directory, from the command line:
 *
 *     node build/test/posix/main.js --directory DIR [--full] [--only TEXT]
 *
 * A line for each case, then a summary. Exit code 0 where nothing failed, 1 where something did, 2 where it cannot run.
 * Run it in a process of its own, not in the one that serves the mount.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CASES } from './cases/index.js';
import { gapsOf } from './gaps.js';
import { type Outcome, runSuite } from './suite.js';

const LABEL: Readonly<Record<Outcome['result'], string>> = {
  ok: 'ok  ',
  failed: 'FAIL',
  gap: 'gap ',
  skipped: 'skip',
};

function unusable(why: string): never {
  console.error(why);
  process.exit(2);
}

const { values } = parseArgs({
  options: { directory: { type: 'string' }, full: { type: 'boolean' }, only: { type: 'string' } },
});
if (values.directory === undefined)
  unusable('usage: node build/test/posix/main.js --directory DIR [--full] [--only TEXT]');
if (spawnSync('python3', ['--version']).status !== 0) unusable('python3 is missing: it makes the calls');

const directory = resolve(values.directory);
const cases = CASES.filter(({ title }) => title.includes(values.only ?? ''));
if (cases.length === 0) unusable(`no case has '${values.only}' in its title`);
const counts: Record<Outcome['result'], number> = { ok: 0, failed: 0, gap: 0, skipped: 0 };
const options = { directory, cases, full: values.full === true, gaps: gapsOf(directory) };
try {
  await runSuite(options, ({ title, result, why }) => {
    counts[result] += 1;
    const [first, ...more] = (why ?? '').split('\n');
    const reason =
      why === undefined
        ? ''
        : result === 'failed'
          ? `\n     ${[first, ...more].join('\n     ')}`
          : ` (${first})`;
    console.log(`${LABEL[result]} ${title}${reason}`);
  });
} catch (error) {
  console.log(
    `FAIL the suite could not be run to its end\n     ${error instanceof Error ? error.message : error}`,
  );
  counts.failed += 1;
}
console.log(`\n${counts.ok} ok, ${counts.failed} failed, ${counts.gap} gaps, ${counts.skipped} skipped`);
process.exit(counts.failed > 0 ? 1 : 0);
