/**
 * The simulation is worth something: of each bug that is planted in the engine it tells within a few seeds.
 */
import t from 'tap';
import { PLANTED_BUGS } from './planted-bugs.js';
import { simulate } from './simulation.js';

t.setTimeout(240_000);
const SEEDS = 400;

for (const bug of PLANTED_BUGS) {
  const { policy, from = 1 } = bug;
  t.test(`it catches when ${bug.name}`, async (t) => {
    for (let seed = from; seed < from + SEEDS; seed += 1) {
      const { problems } = await simulate({ seed, bug, ...(policy === undefined ? {} : { policy }) });
      if (problems.length === 0) continue;
      t.pass(`seed ${seed}: ${problems[0]}`);
      return;
    }
    t.fail(`not within ${SEEDS} seeds`);
  });
}
