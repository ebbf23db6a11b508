/**
 * The project's own POSIX suite (test/posix), full size: 100 000 entries, trees of 2 000 levels, several writers.
 *
 * It says itself what it compares and skips; each of its cases is one here.
 */
import { join } from 'node:path';
import process from 'node:process';
import { isRoot } from '../../bench/process.mjs';
import { quote } from '../shell.mjs';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'build', 'test', 'posix', 'main.js');
const LIMIT_MS = 1_200_000;
const OUTCOMES = { ok: 'passed', FAIL: 'failed', skip: 'skipped', gap: 'skipped' };

export const posix = {
  name: 'posix',
  title: "the project's own POSIX suite, full size",
  needs: ['python3'],
  flags: isRoot ? ['--allow-other'] : [],
  async check(trial) {
    const words = [process.execPath, MAIN, '--directory', trial.dir, ...(trial.quick ? [] : ['--full'])];
    // It ends with 1 where a case failed; what it printed says which.
    const text = await trial.plainly(words.map(quote).join(' '), { timeoutMs: LIMIT_MS }).catch((error) => {
      if (/^\s*\d+ ok, \d+ failed/m.test(error.output ?? '')) return error.output;
      throw error;
    });
    const results = readCases(text);
    if (results.length === 0) throw new Error(`it had no cases:\n${text}`);
    for (const result of results) trial.report(result, { quietly: result.outcome === 'passed' });
  },
};

/** What it printed: `ok title`, `FAIL title` and the reason in the next line, `skip title (why)`, `gap title (why)`. */
export function readCases(text) {
  const results = [];
  for (const line of text.split('\n')) {
    const found = /^(ok|FAIL|skip|gap) +(.*?)(?: \(([^()]*)\))?$/.exec(line);
    const last = results.at(-1);
    if (found === null) {
      if (last?.outcome === 'failed' && last.why === '') last.why = line.trim();
      continue;
    }
    const [, label, title, why] = found;
    const outcome = OUTCOMES[label];
    if (outcome === 'passed') results.push({ title: line.slice(label.length).trim(), outcome });
    else if (outcome === 'failed') results.push({ title: line.slice(label.length).trim(), outcome, why: '' });
    else results.push({ title, outcome, why });
  }
  return results;
}
