import t from 'tap';

interface Goal {
  readonly text: string;
  readonly figure: number;
  readonly met: boolean;
}

interface Figures {
  median(numbers: readonly number[]): number;
  percentile(numbers: readonly number[], share: number): number;
  medianRatio(ours: readonly (number | undefined)[], theirs: readonly (number | undefined)[]): number;
  spread(numbers: readonly number[]): number;
  difference(before: Record<string, number>, after: Record<string, number>): Record<string, number>;
  geometricMean(numbers: readonly number[]): number;
  judge(of: { goal: { text: string; atLeast?: number; atMost?: number }; figure: number }): Goal | undefined;
}

interface Rows {
  readonly ROWS: readonly { readonly name: string; readonly needs?: readonly string[] }[];
  plan(wanted: readonly string[]): readonly { row: { name: string }; reported: boolean }[];
}

interface Table {
  short(number: number | undefined): string;
  alignedLines(rows: readonly (readonly string[])[]): string[];
  goalsOf(
    row: { goals: readonly { against: string; of?: string; atLeast?: number; atMost?: number }[] },
    result: { rates: Record<string, number[]>; cpu: Record<string, number[]> },
    columns: readonly { name: string; title: string }[],
  ): Goal[];
}

interface Workloads {
  readonly WORKLOADS: readonly { readonly name: string }[];
  planWorkloads(wanted: readonly string[]): readonly { row: { name: string }; reported: boolean }[];
}

interface Options {
  readOptions(args: readonly string[]): { rounds: number; only: readonly string[]; quick: boolean };
}

/** The bench is plain JavaScript, since it runs before anything is built: typed here. */
async function load<T>(file: string): Promise<T> {
  return (await import(new URL(`../../../../scripts/bench/${file}`, import.meta.url).href)) as T;
}

t.test('a median is the middle, a percentile lies between its neighbours', async (t) => {
  const { median, percentile } = await load<Figures>('figures.mjs');
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 2, 3]), 2.5);
  t.equal(percentile([0, 100], 0.99), 99);
  t.ok(Number.isNaN(median([])));
});

t.test('a ratio is taken round by round, and a round that lacks a side does not count', async (t) => {
  const { medianRatio } = await load<Figures>('figures.mjs');
  t.equal(medianRatio([10, 1, 30], [5, 1, 10]), 2);
  t.equal(medianRatio([10, undefined, 30], [5, 5]), 2);
  t.ok(Number.isNaN(medianRatio([10], [undefined])));
});

t.test('a difference of counts leaves out what did not change', async (t) => {
  const { difference, spread } = await load<Figures>('figures.mjs');
  t.same(difference({ LOOKUP: 3, READ: 1 }, { LOOKUP: 5, READ: 1, WRITE: 2 }), { LOOKUP: 2, WRITE: 2 });
  t.equal(spread([90, 100, 110]), 0.2);
});

t.test('a goal is met at its bound, and not judged where nothing was measured', async (t) => {
  const { judge } = await load<Figures>('figures.mjs');
  t.equal(judge({ goal: { text: '', atLeast: 2 }, figure: 2 })?.met, true);
  t.equal(judge({ goal: { text: '', atLeast: 2 }, figure: 1.99 })?.met, false);
  t.equal(judge({ goal: { text: '', atMost: 400 }, figure: 401 })?.met, false);
  t.equal(judge({ goal: { text: '', atMost: 400 }, figure: Number.NaN }), undefined);
});

t.test('the rows that a wanted one needs run before it and are not reported', async (t) => {
  const { plan, ROWS } = await load<Rows>('rows.mjs');
  const planned = plan(['rmdir', 'open-read']);
  t.same(
    planned.map(({ row, reported }) => [row.name, reported]),
    [
      ['create', false],
      ['open-read', true],
      ['mkdir', false],
      ['rmdir', true],
    ],
  );
  const order = ROWS.map(({ name }) => name);
  for (const { name, needs = [] } of ROWS) {
    for (const needed of needs) t.ok(order.indexOf(needed) < order.indexOf(name), `${needed} before ${name}`);
  }
});

t.test('a workload brings what it works on, and its ratios are meant geometrically', async (t) => {
  const { planWorkloads, WORKLOADS } = await load<Workloads>('workloads.mjs');
  const { geometricMean } = await load<Figures>('figures.mjs');
  t.same(
    planWorkloads(['mv', 'git-status']).map(({ row, reported }) => [row.name, reported]),
    [
      ['git-clone', false],
      ['git-status', true],
      ['tar-x', false],
      ['cp-r', false],
      ['mv', true],
    ],
  );
  t.equal(planWorkloads(WORKLOADS.map(({ name }) => name)).length, WORKLOADS.length);
  t.equal(geometricMean([1, 4]), 2);
  t.ok(Number.isNaN(geometricMean([])));
});

t.test('a goal may be about CPU time, and is not judged beside a column that has none', async (t) => {
  const { goalsOf } = await load<Table>('table.mjs');
  const row = { goals: [{ against: 'peer', of: 'cpu', atMost: 2 }] };
  const columns = [{ name: 'peer', title: 'peer' }];
  const [goal] = goalsOf(row, { rates: {}, cpu: { ours: [30], peer: [10] } }, columns);
  t.match(goal, { text: 'CPU <= 2 x peer', figure: 3, met: false });
  t.same(goalsOf(row, { rates: {}, cpu: { ours: [30] } }, columns), []);
});

t.test('numbers are short and columns stand under each other', async (t) => {
  const { short, alignedLines } = await load<Table>('table.mjs');
  t.same([0, 0.00004, 0.1234, 1.5, 98.76, 1234, 45_678, 2_500_000, undefined].map(short), [
    '0',
    '~0',
    '0.123',
    '1.5',
    '98.8',
    '1234',
    '45.7k',
    '2.5M',
    '-',
  ]);
  t.same(
    alignedLines([
      ['a', '1'],
      ['long', '100'],
    ]),
    ['a       1', 'long  100'],
  );
});

t.test('options: unknown rows and bad rounds are refused by name', async (t) => {
  const { readOptions } = await load<Options>('options.mjs');
  t.match(readOptions(['--quick']), { quick: true, rounds: 2 });
  t.same(readOptions(['--only', 'lookup,push']).only, ['lookup', 'push']);
  t.ok(readOptions(['--only', 'workloads']).only.includes('tar-x'));
  t.throws(() => readOptions(['--only', 'nothing']), { message: /there is no row nothing/ });
  t.throws(() => readOptions(['--rounds', '0']), { message: /--rounds/ });
});
