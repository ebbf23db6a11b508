/**
 * `npm run simulate -- --seeds N [--seed S] [--steps N] [--story] [--trace]`: runs simulations and tells of each that fails how to
 * run it again.
 */
import { parseArgs } from 'node:util';
import { simulate } from './simulation.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    steps: { type: 'string' },
    story: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});
const first = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed);
const count = values.seed === undefined || process.argv.includes('--seeds') ? Number(values.seeds) : 1;
const steps = values.steps === undefined ? {} : { steps: Number(values.steps) };
const begunMs = performance.now();
const cpu = process.cpuUsage();
let failed = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const outcome = await simulate({ seed, ...steps, traces: values.trace });
  if (values.story || values.trace) for (const line of outcome.story) console.log(line);
  if (count === 1 || outcome.problems.length > 0) console.log(`seed ${seed}: ${outcome.digest}`);
  if (outcome.problems.length === 0) continue;
  failed += 1;
  for (const problem of outcome.problems) console.log(`  ${problem}`);
  const more = values.steps === undefined ? '' : ` --steps ${values.steps}`;
  console.log(`  again: npm run simulate -- --seed ${seed}${more} --story`);
}
const seconds = (performance.now() - begunMs) / 1000;
const { user, system } = process.cpuUsage(cpu);
console.log(
  `${count} seeds, ${failed} failed; ${(count / seconds).toFixed(0)} seeds/s, ${((user + system) / 1000 / count).toFixed(1)} ms of CPU a seed`,
);
process.exit(failed > 0 ? 1 : 0);
