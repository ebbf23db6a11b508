/**
 * Three agents do whatever comes to mind and sync when they like; in the end they have the same, nothing is stuck, and no
 * database is damaged. A seed that failed once is run again by giving it as SYNC_SEED.
 */
import t from 'tap';
import { fileRemote, openAgent } from './agent.js';
import { generator, Monkey } from './monkey.js';

const SEEDS = process.env.SYNC_SEED === undefined ? [1, 2, 3, 4, 5, 6] : [Number(process.env.SYNC_SEED)];
/** With SYNC_RACE the agents do not wait for their syncs: stricter, and no seed repeats itself. */
const RACES = process.env.SYNC_RACE !== undefined;
const STEPS = Number(process.env.SYNC_STEPS ?? 150);
t.setTimeout(180_000);

for (const policy of ['last-write-wins', 'local-wins'] as const) {
  for (const seed of SEEDS) {
    t.test(`${policy}, seed ${seed}`, async (t) => {
      const random = generator(seed * 2 + (policy === 'local-wins' ? 1 : 0));
      const tursoDb = fileRemote(t);
      const agents = [openAgent(t), openAgent(t), openAgent(t)];
      for (const { engine } of agents)
        await engine.enable({
          tursoDb,
          mode: 'manual',
          conflictResolution: policy,
          batchSize: random() < 0.3 ? 3 : 10_000,
        });
      const monkeys = agents.map((agent) => new Monkey(agent, random));
      const running: Promise<unknown>[] = [];
      for (let step = 0; step < STEPS; step += 1) {
        const who = Math.floor(random() * agents.length);
        const { engine } = agents[who]!;
        const what = random();
        if (what < 0.7) monkeys[who]!.act();
        else if (what < 0.9) {
          const run = what < 0.8 ? engine.push({ force: true }) : engine.pull({ force: true });
          running.push(run);
          if (!RACES) await run;
        } else if (what < 0.95) await Promise.all(running.splice(0));
        else await agents[who]!.vfs.sync();
      }
      await Promise.all(running);
      // What lost is decided once more with what was decided meanwhile, so it takes a few rounds.
      for (let i = 0; i < 3; i += 1) {
        for (const { engine } of agents) {
          await engine.pull({ force: true });
          await engine.push({ force: true });
        }
      }
      for (const { engine } of agents) await engine.pull({ force: true });
      const [first, ...others] = agents.map((agent) => agent.tree());
      for (const other of others) t.equal(other, first);
      for (const { engine, errors } of agents) {
        for (const error of errors) t.comment(String(error));
        t.match(await engine.push({ force: true }), { pushed: 0, rowsWritten: 0, conflicts: [] });
        t.match(await engine.status(), { pendingChanges: 0, syncStatus: 'synced' });
      }
    });
  }
}
