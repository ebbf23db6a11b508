/**
 * Text from figures: the table with its ratios, the counts, the goals. Pure.
 */
import { judge, median, medianRatio, spread } from './figures.mjs';

/** Lines with columns of equal width, the first to the left, the others to the right. */
export function alignedLines(rows) {
  const widths = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}

/** 0.123, 12.3, 123, 12.3k, 1.23M: three digits. */
export function short(number) {
  if (number === undefined || Number.isNaN(number)) return '-';
  if (number >= 1e6) return `${trimmed(number / 1e6)}M`;
  if (number >= 1e4) return `${trimmed(number / 1e3)}k`;
  return trimmed(number);
}

function trimmed(number) {
  if (number === 0) return '0';
  if (number >= 100) return number.toFixed(0);
  if (number >= 10) return number.toFixed(1);
  return number >= 0.001
    ? number
        .toFixed(number >= 1 ? 2 : 3)
        .replace(/0+$/, '')
        .replace(/\.$/, '')
    : '~0';
}

/** Goals of a row with what was reached: `[{ text, figure, met }]`. */
export function goalsOf(row, { rates, cpu = {} }, columns) {
  return (row.goals ?? []).flatMap((goal) => {
    const title = columns.find(({ name }) => name === goal.against)?.title;
    const figures = goal.of === 'cpu' ? cpu : rates;
    if (title === undefined || figures.ours === undefined || figures[goal.against] === undefined) return [];
    const figure = medianRatio(figures.ours, figures[goal.against]);
    const bound = goal.atLeast === undefined ? `<= ${goal.atMost}` : `>= ${goal.atLeast}`;
    const text = `${goal.of === 'cpu' ? 'CPU ' : ''}${bound} x ${title}`;
    return judge({ goal: { ...goal, text }, figure }) ?? [];
  });
}

/** `>= 1.2 x pt_ll/tmpfs: 1.31 ok` */
export function goalText({ text, figure, met }, unit = '') {
  return `${text}: ${short(figure)}${unit} ${met ? 'ok' : 'MISSED'}`;
}

/** The rates of every column, and in brackets ours against it. */
export function renderRates({ reported, results, columns }) {
  const head = ['', ...columns.map(({ title }) => title), 'spread', 'goal'];
  const lines = reported.map((row) => {
    const { rates } = results.get(row.name);
    const ours = rates.ours ?? [];
    const cells = columns.map(({ name }) => {
      if (rates[name] === undefined) return '-';
      const figure = short(median(present(rates[name])));
      return name === 'ours' ? figure : `${figure} (${short(medianRatio(ours, rates[name]))})`;
    });
    const goals = goalsOf(row, results.get(row.name), columns).map((goal) => goalText(goal));
    const unit = row.unit === undefined ? '/s' : ` ${row.unit}/s`;
    const noise = `${Math.round(spread(present(ours)) * 100)} %`;
    return [`${row.title},${unit}`, ...cells, noise, goals.join('; ')];
  });
  return alignedLines([head, ...lines]);
}

/** Per operation: FUSE requests, SQL rows, commits. */
export function renderCounts({ reported, results }) {
  const lines = reported.flatMap((row) => {
    const { counts } = results.get(row.name);
    if (counts === undefined) return [];
    const total = Object.values(counts.requests).reduce((sum, n) => sum + n, 0);
    const names = Object.entries(counts.requests)
      .sort(([, a], [, b]) => b - a)
      .filter(([, n]) => n >= 0.005)
      .map(([name, n]) => `${name} ${short(n)}`);
    const unit = row.unit === undefined ? '' : ` (per ${row.unit})`;
    return [
      [`${row.title}${unit}`, short(total), short(counts.rows), short(counts.commits), names.join(' ')],
    ];
  });
  return alignedLines([['', 'requests', 'SQL rows', 'commits', 'by opcode'], ...lines]);
}

/** CPU time (user and system) of each column's server per operation, in microseconds; no lines where none was taken. */
export function renderCpu({ reported, results, columns }) {
  const served = columns.filter(({ pid }) => pid !== undefined);
  const lines = reported.map((row) => {
    const { cpu } = results.get(row.name);
    const cells = served.map(({ name }) => {
      if (cpu[name] === undefined) return '-';
      const figure = short(median(present(cpu[name])));
      return name === 'ours' ? figure : `${figure} (${short(medianRatio(cpu.ours ?? [], cpu[name]))})`;
    });
    return [`${row.title}${row.unit === undefined ? '' : ` (per ${row.unit})`}`, ...cells];
  });
  return alignedLines([['CPU us', ...served.map(({ title }) => title)], ...lines]);
}

function present(numbers) {
  return numbers.filter((number) => number !== undefined);
}
