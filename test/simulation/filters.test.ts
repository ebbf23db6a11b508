/**
 * The simulation with filters that come and go on every agent: at each settlement all are taken back, and everybody must
 * have the same, nothing be lost, and every base fit. SEED runs one seed; RUNS says how many.
 */
import t from 'tap';
import { simulate } from './simulation.js';

t.setTimeout(120_000);
const { SEED, RUNS = '80' } = process.env;
const seeds = SEED === undefined ? Array.from({ length: Number(RUNS) }, (_, i) => i + 1) : [Number(SEED)];

t.test('agents whose filters change converge when they are taken back, and lose nothing', async (t) => {
  for (const seed of seeds) {
    const { problems, story } = await simulate({ seed, filters: true });
    if (problems.length === 0) continue;
    t.fail(`seed ${seed}: ${problems.join('\n')}`, { story });
  }
  t.pass(`${seeds.length} seeds`);
});
