/**
 * What a test file's TAP says, counted; and how it is shown.
 *
 * A block (`t.test`) without blocks is one test, also where it asserts nothing by tap (a property test throws). A
 * block with blocks counts only where it failed by itself: an assertion of its own, a plan not met, a timeout. A
 * file's bare assertions are one test.
 */
import { Parser } from 'tap-parser';

/** Reads one file's output. `counts()` is complete when `ended` has resolved (or the process has ended). */
export class FileReport {
  ended;
  #block;
  #results;
  #extra = '';

  constructor(stdout) {
    const parser = new Parser();
    this.#block = new Block(parser, '');
    parser.on('extra', (text) => {
      this.#extra = (this.#extra + text).slice(-20_000);
    });
    this.ended = new Promise((resolve) => {
      parser.on('complete', (results) => {
        this.#results = results;
        resolve();
      });
    });
    stdout.pipe(parser);
  }

  /** `process` is how the file's process ended: code, signal, expired. */
  counts(ended) {
    const counts = { passed: 0, failed: 0, skipped: 0, failures: [], extra: this.#extra };
    this.#block.count(counts, { ok: true, name: '' });
    const fail = (title, diag) => {
      counts.failed += 1;
      counts.failures.push({ title, diag });
    };
    if (ended.expired) fail('the process hung and was killed');
    if (counts.failed > 0) return counts;
    if (ended.signal !== null) fail(`the process was ended by ${ended.signal}`);
    else if (ended.code !== 0) fail(`the process ended with exit code ${ended.code}`);
    else if (this.#results === undefined) fail('the output did not end');
    else if (counts.passed + counts.skipped === 0) fail('the file runs no test');
    else if (!this.#results.ok) fail('the output is not a complete test plan', this.#results.failures[0]);
    return counts;
  }
}

/** One `t.test` block (or a file), with the blocks in it. */
class Block {
  #path;
  #children = [];
  #failures = [];
  #passes = 0;
  #skips = 0;

  constructor(parser, path) {
    this.#path = path;
    let pending;
    parser.on('child', (child) => {
      const name = child.name ?? '';
      pending = new Block(child, path === '' ? name : `${path} > ${name}`);
    });
    parser.on('assert', (result) => {
      if (pending !== undefined) this.#children.push({ block: pending, result });
      else if (result.skip || result.todo) this.#skips += 1;
      else if (result.ok) this.#passes += 1;
      else this.#failures.push(result);
      pending = undefined;
    });
    parser.on('bailout', (reason) => this.#failures.push({ name: `bail out: ${reason}` }));
  }

  /** Adds what this block holds to `counts`; `result` is the point that sums it up in its parent. */
  count(counts, result) {
    const failedBefore = counts.failed;
    for (const child of this.#children) child.block.count(counts, child.result);
    for (const failure of this.#failures) {
      counts.failures.push({ title: this.#title(reasonOf(failure)), diag: failure.diag });
    }
    if (this.#failures.length > 0) counts.failed += 1;
    counts.skipped += this.#skips;
    if (counts.failed > failedBefore) return;
    if (!result.ok) {
      counts.failed += 1;
      counts.failures.push({ title: this.#title(reasonOf(result)), diag: result.diag });
    } else if (result.skip || result.todo) {
      counts.skipped += 1;
    } else if (this.#children.length === 0 && (this.#passes > 0 || this.#path !== '')) {
      counts.passed += 1;
    }
  }

  #title(reason) {
    if (this.#path === '' || reason === '') return `${this.#path}${reason}` || 'failed';
    return this.#path.endsWith(reason) ? this.#path : `${this.#path}: ${reason}`;
  }
}

function reasonOf(result) {
  const failReason = result.diag?.failReason;
  return failReason === undefined ? result.name : String(failReason);
}

/** The lines for one file: a summary, and what failed. */
export function linesOf(file, counts, ended) {
  const source = file.replace(/^build\//, '').replace(/\.js$/, '.ts');
  const skips = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  const mark = counts.failed > 0 ? 'FAIL' : 'ok  ';
  const lines = [
    `${mark} ${source} (${counts.passed} passed, ${counts.failed} failed${skips}, ${(ended.ms / 1000).toFixed(1)} s)`,
  ];
  if (counts.failed === 0) return lines;
  for (const failure of counts.failures) {
    lines.push(`     ✗ ${failure.title}`, ...diagnosticLines(failure.diag).map((line) => `       ${line}`));
  }
  const printed = `${counts.extra}${ended.errors}`.trimEnd();
  if (printed !== '') {
    lines.push(
      '     it printed:',
      ...printed
        .split('\n')
        .slice(-40)
        .map((line) => `       ${line}`),
    );
  }
  return lines;
}

const SHOWN = ['error', 'message', 'code', 'diff', 'found', 'wanted', 'compare', 'expired', 'stack'];

/** What helps to find the mistake, without the parts of tap's diagnostics that only repeat. */
function diagnosticLines(diag) {
  if (diag === null || typeof diag !== 'object') return [];
  const shown = [];
  for (const key of SHOWN) {
    const value = diag[key];
    if (value === undefined || value === null || value === '') continue;
    if (diag.diff !== undefined && ['found', 'wanted', 'compare'].includes(key)) continue;
    const lines = (typeof value === 'string' ? value : JSON.stringify(value)).trimEnd().split('\n');
    if (lines.length === 1) shown.push(`${key}: ${lines[0]}`);
    else shown.push(`${key}:`, ...lines.map((line) => `  ${line}`));
  }
  const at = diag.at;
  if (at?.fileName !== undefined) shown.push(`at ${at.fileName}:${at.lineNumber}:${at.columnNumber}`);
  return shown.slice(0, 60);
}
