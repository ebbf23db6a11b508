/**
 * One run: each part on a fresh mount, whatever became of the others; then the table, and nothing left behind.
 */
import process from 'node:process';
import { isRoot } from '../bench/process.mjs';
import { bringPrograms } from './needs.mjs';
import { PARTS } from './parts.mjs';
import { renderTable, summarize } from './report.mjs';
import { runPart } from './run-part.mjs';
import { interrupt } from './shell.mjs';

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
const say = (line) => process.stderr.write(`conformance: ${line}\n`);

/**
 * Resolves with the exit code: 1 where anything failed, nothing passed, or a part that was asked for could not run. A signal
 * ends what runs, undoes it, and then the run.
 */
export async function runConformance({ only, quick, operations, json }) {
  const chosen = PARTS.filter(({ name }) => only?.includes(name) ?? true);
  const missing = await bringPrograms(
    chosen.flatMap(({ needs }) => needs),
    say,
  );
  const parts = [];
  let signal;
  for (const [name, number] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      signal ??= number;
      interrupt();
    });
  }
  for (const part of chosen) {
    if (signal !== undefined) break;
    const obstacle = obstacleOf(part, missing);
    const outcome =
      obstacle === undefined
        ? await runPart(part, { quick, operations, say })
        : notRun(obstacle, only !== undefined);
    parts.push({ name: part.name, ...outcome });
  }
  if (signal !== undefined) return 128 + signal;
  const total = summarize(parts);
  if (json) process.stdout.write(`${JSON.stringify({ parts, ...total }, null, 2)}\n`);
  else process.stdout.write(`${renderTable(parts, total).join('\n')}\n`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

function obstacleOf({ root, needs }, missing) {
  if (root === true && !isRoot) return 'it needs root';
  return needs.map((name) => missing.get(name)).find((sentence) => sentence !== undefined);
}

function notRun(why, wanted) {
  say(`not run: ${why}`);
  const result = { title: 'it runs', outcome: wanted ? 'failed' : 'skipped', why };
  return { results: [result], notes: [], seconds: 0 };
}
