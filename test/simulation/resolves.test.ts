/**
 * The simulation with people who decide conflicts that wait, for one side or for both, while others work and syncs get
 * lost: everybody must end with the same, nothing be lost, and every base fit. SEED runs one seed; RUNS says how many.
 */
import t from 'tap';
import { simulate } from './simulation.js';

t.setTimeout(120_000);
const { SEED, RUNS = '40' } = process.env;
const seeds = SEED === undefined ? Array.from({ length: Number(RUNS) }, (_, i) => i + 1) : [Number(SEED)];

t.test('agents whose conflicts people decide converge, and lose nothing', async (t) => {
  let decisions = 0;
  for (const seed of seeds) {
    const { problems, story } = await simulate({ seed, policy: 'manual', resolves: true });
    decisions += story.filter((line) => line.includes(': decides ')).length;
    if (problems.length > 0) t.fail(`seed ${seed}: ${problems.join('\n')}`, { story });
  }
  t.ok(decisions > 0, `${seeds.length} seeds, ${decisions} times somebody decided`);
});
