/**
 * Runs compiled test files and prints as they end: a line for each, what failed, and at the end the counts.
 */
import process from 'node:process';
import { killAll, runFiles } from './pool.mjs';
import { FileReport, linesOf } from './report.mjs';

/** One more than the two cores that it was measured on: a test file waits for timers and servers most of its time. */
export const JOBS = 3;

/** The process's exit code: 0 where something passed and nothing failed. */
export async function runTests(root, files) {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    process.on(signal, () => {
      killAll('SIGTERM');
      setTimeout(() => {
        killAll('SIGKILL');
        process.exit(code);
      }, 2_000);
    });
  }
  const reports = new Map();
  const total = { passed: 0, failed: 0, skipped: 0 };
  await runFiles({
    root,
    files,
    jobs: JOBS,
    onStart(file, stdout) {
      const report = new FileReport(stdout);
      reports.set(file, report);
      return report.ended;
    },
    onEnd(file, ended) {
      const counts = reports.get(file).counts(ended);
      for (const key of Object.keys(total)) total[key] += counts[key];
      console.log(linesOf(file, counts, ended).join('\n'));
    },
  });
  console.log('');
  console.log(
    `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
  );
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}
