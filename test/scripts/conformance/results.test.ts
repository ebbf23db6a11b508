/**
 * How results are read, compared with ext4's, and shown.
 */
import t from 'tap';

interface Result {
  readonly title?: string;
  readonly outcome: string;
  readonly why?: string;
}

interface Suite {
  readResults(text: string): Map<string, Result>;
  compare(ours: Map<string, Result>, theirs: Map<string, Result>): readonly Result[];
}

interface Report {
  summarize(parts: readonly { results: readonly Result[] }[]): {
    passed: number;
    failed: number;
    skipped: number;
  };
  renderTable(
    parts: readonly { name: string; seconds: number; notes: readonly string[]; results: readonly Result[] }[],
    total: { passed: number; failed: number; skipped: number },
  ): string[];
}

interface Options {
  readOptions(args: readonly string[]): { only?: readonly string[]; quick: boolean };
}

interface Shell {
  sh(directory: string, script: string, options?: object): Promise<string>;
}

/** Plain JavaScript, since it runs before anything is built: typed here. */
async function load<T>(file: string): Promise<T> {
  return (await import(new URL(`../../../../scripts/conformance/${file}`, import.meta.url).href)) as T;
}

const PRINTED = `chmod::one                 ok
link::two                  \u001b[33mskipped\u001b[0m
\trequires features: something
open::three                FAILED
\tassertion failed
\tmore of it

Summary: 1 failed, 1 skipped, 1 passed
`;

t.test('what pjdfstest prints is read with its reasons', async (t) => {
  const { readResults } = await load<Suite>('suites/pjdfstest.mjs');
  t.same(Object.fromEntries(readResults(PRINTED)), {
    'chmod::one': { outcome: 'passed', why: '' },
    'link::two': { outcome: 'skipped', why: 'requires features: something' },
    'open::three': { outcome: 'failed', why: 'assertion failed' },
  });
});

t.test('what ext4 passes has to pass here, and what is not passed there is excused', async (t) => {
  const { compare } = await load<Suite>('suites/pjdfstest.mjs');
  const ours = new Map([
    ['both', { outcome: 'passed', why: '' }],
    ['worse', { outcome: 'failed', why: 'EIO' }],
    ['skipped here', { outcome: 'skipped', why: 'no feature' }],
    ['better', { outcome: 'passed', why: '' }],
    ['neither', { outcome: 'failed', why: 'EIO' }],
    ['ours alone', { outcome: 'failed', why: 'EIO' }],
    ['link::link_count_max', { outcome: 'skipped', why: 'the filesystem limit is unknown' }],
  ]);
  const theirs = new Map([
    ['both', { outcome: 'passed', why: '' }],
    ['worse', { outcome: 'passed', why: '' }],
    ['skipped here', { outcome: 'passed', why: '' }],
    ['better', { outcome: 'failed', why: 'EPERM' }],
    ['neither', { outcome: 'failed', why: 'EPERM' }],
    ['absent here', { outcome: 'passed', why: '' }],
    ['link::link_count_max', { outcome: 'passed', why: '' }],
  ]);
  const found = compare(ours, theirs).map(({ title, outcome }) => [title, outcome]);
  t.same(Object.fromEntries(found), {
    both: 'passed',
    worse: 'failed',
    'skipped here': 'failed',
    better: 'passed',
    neither: 'skipped',
    'ours alone': 'failed',
    'absent here': 'failed',
    'link::link_count_max': 'skipped',
  });
});

t.test('the table ends with the counts, and says what failed and what did not run', async (t) => {
  const { renderTable, summarize } = await load<Report>('report.mjs');
  const parts = [
    { name: 'git', seconds: 1, notes: [], results: [{ title: 'clones', outcome: 'passed' }] },
    {
      name: 'tar',
      seconds: 2,
      notes: [],
      results: [{ title: 'packs', outcome: 'failed', why: 'it differs' }],
    },
    {
      name: 'npm',
      seconds: 0,
      notes: [],
      results: [{ title: 'it runs', outcome: 'skipped', why: 'no npm' }],
    },
  ];
  const total = summarize(parts);
  t.same(total, { passed: 1, failed: 1, skipped: 1 });
  const lines = renderTable(parts, total);
  t.equal(lines.at(-1), '1 passed, 1 failed, 1 skipped');
  t.ok(lines.includes('✗ tar: packs: it differs'));
  t.ok(lines.includes('- npm: it runs: skipped: no npm'));
});

t.test('--only names parts that there are', async (t) => {
  const { readOptions } = await load<Options>('options.mjs');
  t.same(readOptions(['--only', 'git,tar', '--only', 'fsx']).only, ['git', 'tar', 'fsx']);
  t.equal(readOptions([]).only, undefined);
  t.throws(() => readOptions(['--only', 'nothing']), { message: /there is no part nothing; there are git,/ });
});

t.test(
  'a script that fails or hangs is ended with all that it started, and says how far it came',
  async (t) => {
    const { sh } = await load<Shell>('shell.mjs');
    t.equal(await sh('/', 'echo "$1"; pwd'), '/\n/\n');
    await t.rejects(sh('/', 'true first; false second; echo third'), {
      message: /exit code 1[\s\S]*false second$/,
    });
    const began = performance.now();
    await t.rejects(sh('/', 'sleep 60 & wait', { timeoutMs: 300 }), { message: /did not end within 0.3 s/ });
    t.ok(performance.now() - began < 20_000);
  },
);
