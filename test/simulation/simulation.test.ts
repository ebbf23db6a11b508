/**
 * The engine under simulation: seeds that are always the same, seeds that nobody has seen yet, and that a seed repeats
 * itself. A seed that fails is told with the command that repeats it; what it found belongs into a test of its own.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { simulate } from './simulation.js';

t.setTimeout(240_000);
const SEEDS = 300;
/** On a busy machine fewer seeds are run. */
const LIMIT_MS = 30_000;

async function runSeeds(t: Test, first: number): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  let run = 0;
  for (let seed = first; seed < first + SEEDS && performance.now() < deadline; seed += 1) {
    const { problems } = await simulate({ seed });
    run += 1;
    if (problems.length > 0) t.fail(`seed ${seed}: npm run simulate -- --seed ${seed} --story`, { problems });
  }
  t.ok(run > 0, `${run} seeds from ${first} on`);
}

t.test('agents converge and lose nothing, whatever fails: the known seeds', (t) => runSeeds(t, 1));

t.test('agents converge and lose nothing, whatever fails: seeds that nobody has seen', (t) =>
  runSeeds(t, 1_000_000 + (Date.now() % 1_000_000_000)),
);

t.test('a seed ends the same each time it is run', async (t) => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const [first, second] = [await simulate({ seed }), await simulate({ seed })];
    t.equal(second.digest, first.digest);
    t.same(second.story, first.story);
  }
});

t.test('a seed ends in a process of its own as it does after others', async (t) => {
  const main = fileURLToPath(new URL('main.js', import.meta.url));
  for (const seed of [11, 12, 13]) {
    const { digest } = await simulate({ seed });
    const { stdout } = await promisify(execFile)(process.execPath, [main, '--seed', String(seed)]);
    t.match(stdout, `seed ${seed}: ${digest}`);
  }
});
