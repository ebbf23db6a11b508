/**
 * `npm run simulate -- --seeds N [--seed S] [--steps N] [--jobs N] [--story] [--trace]`: runs simulations, in as many
 * processes as there are cores, and tells of each that fails how to run it again.
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { simulate } from './simulation.js';

const { values } = parseArgs({
  options: {
    /** How many; one where --seed is given alone. */
    seeds: { type: 'string' },
    /** The first; else one that nobody has seen. */
    seed: { type: 'string' },
    /** Steps between two settlements. */
    steps: { type: 'string' },
    jobs: { type: 'string' },
    /** Tell what happens, and every message of the syncs too. */
    story: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});
const first = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed);
const count = Number(values.seeds ?? (values.seed === undefined ? 1000 : 1));
const jobs = Math.min(count, Number(values.jobs ?? availableParallelism()));
const more = values.steps === undefined ? '' : ` --steps ${values.steps}`;

/** Returns how many failed. */
async function run(): Promise<number> {
  let failed = 0;
  for (let seed = first; seed < first + count; seed += 1) {
    const steps = values.steps === undefined ? {} : { steps: Number(values.steps) };
    const { digest, problems, story } = await simulate({ seed, ...steps, traces: values.trace });
    if (values.story || values.trace) for (const line of story) console.log(line);
    if (count === 1 || problems.length > 0) console.log(`seed ${seed}: ${digest}`);
    if (problems.length === 0) continue;
    failed += 1;
    for (const problem of problems) console.log(`  ${problem}`);
    console.log(`  again: npm run simulate -- --seed ${seed}${more} --story`);
  }
  return failed;
}

/** Shares the seeds out. Returns how many failed. */
async function runJobs(): Promise<number> {
  const share = Math.ceil(count / jobs);
  const failures = Array.from({ length: jobs }, (_, job) => {
    const [from, to] = [job * share, Math.min(count, (job + 1) * share)];
    const args = ['--seed', `${first + from}`, '--seeds', `${to - from}`, '--jobs', '1'];
    return new Promise<number>((resolve) => {
      const child = fork(fileURLToPath(import.meta.url), [...args, ...more.split(' ').filter(Boolean)]);
      let failed = to - from;
      child.on('message', (message) => {
        failed = message as number;
      });
      child.once('close', () => resolve(failed));
    });
  });
  return (await Promise.all(failures)).reduce((sum, failed) => sum + failed, 0);
}

const begunMs = performance.now();
const failed = jobs > 1 ? await runJobs() : await run();
if (process.send !== undefined) process.send(failed);
else {
  const seconds = (performance.now() - begunMs) / 1000;
  console.log(`${count} seeds from ${first} on, ${failed} failed; ${(count / seconds).toFixed(0)} seeds/s`);
}
process.disconnect?.();
process.exitCode = failed > 0 ? 1 : 0;
