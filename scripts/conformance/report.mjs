/**
 * What a run found, as a table and as the line of its end. Pure.
 */

/** `{ passed, failed, skipped }` of these parts. */
export function summarize(parts) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { results } of parts) for (const { outcome } of results) total[outcome] += 1;
  return total;
}

/** Lines: a row for each part, what failed and what did not run, the notes, and the counts. */
export function renderTable(parts, total) {
  const rows = [['part', 'passed', 'failed', 'skipped', 'time']];
  for (const part of parts) {
    const { passed, failed, skipped } = summarize([part]);
    rows.push([part.name, `${passed}`, `${failed}`, `${skipped}`, `${part.seconds.toFixed(0)} s`]);
  }
  const lines = ['', ...aligned(rows), ''];
  for (const { name, results, notes } of parts) {
    for (const { title, outcome, why } of results) {
      if (outcome === 'failed') lines.push(`✗ ${name}: ${title}: ${why}`);
    }
    for (const { title, outcome, why } of results) {
      if (outcome === 'skipped') lines.push(`- ${name}: ${title}: skipped: ${why}`);
    }
    lines.push(...notes);
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  lines.push('', `${total.passed} passed, ${total.failed} failed${skipped}`);
  return lines;
}

function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column] + 2)))
      .join(''),
  );
}
