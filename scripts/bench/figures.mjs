/**
 * What is made of the numbers: medians, ratios of runs that stood beside each other, goals. Pure.
 */

/** Middle of the numbers, or the mean of the two in the middle; NaN for none. */
export function median(numbers) {
  return percentile(numbers, 0.5);
}

/** `share` from 0 to 1; between two numbers it is interpolated. NaN for none. */
export function percentile(numbers, share) {
  if (numbers.length === 0) return Number.NaN;
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/**
 * Median of the ratios round by round: what disturbed a round disturbed both sides of it. `rounds` that lack either
 * side do not count.
 */
export function medianRatio(ours, theirs) {
  const ratios = [];
  for (const [round, value] of ours.entries()) {
    const other = theirs[round];
    if (value !== undefined && other !== undefined && other > 0) ratios.push(value / other);
  }
  return median(ratios);
}

/** NaN for none. */
export function geometricMean(numbers) {
  if (numbers.length === 0) return Number.NaN;
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
}

/** How far the numbers lie apart, as a share of their median: 0.1 is ±5 %. */
export function spread(numbers) {
  if (numbers.length === 0) return Number.NaN;
  return (Math.max(...numbers) - Math.min(...numbers)) / median(numbers);
}

/** Difference of two counts by name, names without a difference left out. */
export function difference(before, after) {
  const counts = {};
  for (const [name, value] of Object.entries(after)) {
    const change = value - (before[name] ?? 0);
    if (change !== 0) counts[name] = change;
  }
  return counts;
}

/**
 * Whether a figure reaches its goal: `{ text, figure, met }`; undefined where the figure was not measured.
 * A goal has `atLeast` or `atMost`.
 */
export function judge({ goal, figure }) {
  if (figure === undefined || Number.isNaN(figure)) return undefined;
  const met = goal.atLeast === undefined ? figure <= goal.atMost : figure >= goal.atLeast;
  return { text: goal.text, figure, met };
}
