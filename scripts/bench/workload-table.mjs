/**
 * Text of the workloads: times, ratios, and their geometric mean. Pure.
 */
import { geometricMean, judge, median, medianRatio } from './figures.mjs';
import { alignedLines, goalText, short } from './table.mjs';

const MEAN_GOAL = { atMost: 2, text: 'geometric mean <= 2 x ext4' };
const ROW_GOAL = { atMost: 1, text: '<= 1 x' };

/** Lines: seconds of each column, in brackets ours / that one. */
export function renderWorkloads({ columns, rows }) {
  const reported = [...rows.values()].filter((entry) => entry.reported);
  const lines = reported.map(({ row, seconds }) => {
    const ours = seconds.ours ?? [];
    const cells = columns.map(({ name }) => {
      if (seconds[name] === undefined) return '-';
      const figure = short(median(seconds[name].filter((n) => n !== undefined)));
      return name === 'ours' ? figure : `${figure} (${short(medianRatio(ours, seconds[name]))})`;
    });
    const figure = medianRatio(ours, seconds['passthrough-ext4'] ?? []);
    const goal = judge({ goal: ROW_GOAL, figure });
    return [
      `${row.title}, s`,
      ...cells,
      goal === undefined ? '' : goalText({ ...goal, text: `${goal.text} pt_ll/ext4` }),
    ];
  });
  const means = columns.map(({ name }) => {
    if (name === 'ours') return '';
    const ratios = reported.map(({ seconds }) => medianRatio(seconds.ours ?? [], seconds[name] ?? []));
    return geometricMean(ratios.filter((ratio) => !Number.isNaN(ratio)));
  });
  const mean = means[columns.findIndex(({ name }) => name === 'ext4')];
  const goal = judge({ goal: MEAN_GOAL, figure: mean });
  lines.push([
    'geometric mean of ours / that one',
    ...means.map((figure) => (figure === '' ? '' : `(${short(figure)})`)),
    goal === undefined ? '' : goalText(goal),
  ]);
  return alignedLines([['', ...columns.map(({ title }) => title), 'goal'], ...lines]);
}

/** What ours was asked for, in all. */
export function renderWorkloadRequests({ rows }) {
  const lines = [...rows.values()]
    .filter((entry) => entry.reported)
    .map(({ row, requests }) => {
      const names = Object.entries(requests).sort(([, a], [, b]) => b - a);
      const total = names.reduce((sum, [, n]) => sum + n, 0);
      return [row.title, short(total), names.map(([name, n]) => `${name} ${n}`).join(' ')];
    });
  return alignedLines([['', 'requests', 'by opcode'], ...lines]);
}
