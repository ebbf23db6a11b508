/**
 * Three agents with filters that come and go do whatever comes to mind. As long as the filters stand, nobody loses what is
 * excluded; when all of them are taken back, all agents have the same, and no database is damaged. A seed that failed is run
 * again by giving it as SYNC_SEED.
 */
import t from 'tap';
import { type Agent, fileRemote, openAgent } from './agent.js';
import { generator, Monkey } from './monkey.js';

const SEEDS = process.env.SYNC_SEED === undefined ? [1, 2] : [Number(process.env.SYNC_SEED)];
const STEPS = Number(process.env.SYNC_STEPS ?? 90);
const PATTERNS = ['a', 'b/', '/c', 'a/b', '**/d', 'b/*', '!a', '/a/**', '!/a/d', 'c/d/'];
t.setTimeout(180_000);

async function settleAll(agents: readonly Agent[]): Promise<void> {
  for (let i = 0; i < 4; i += 1) {
    for (const { engine } of agents) {
      await engine.pull();
      await engine.push();
    }
  }
  for (const { engine } of agents) await engine.pull();
}

for (const policy of ['last-write-wins', 'remote-wins', 'local-wins'] as const) {
  for (const seed of SEEDS) {
    t.test(`${policy}, seed ${seed}`, async (t) => {
      const random = generator(seed * 3 + policy.length);
      const some = (most: number) => PATTERNS.filter(() => random() < most / PATTERNS.length);
      const tursoDb = fileRemote(t);
      const agents = [openAgent(t), openAgent(t), openAgent(t)];
      for (const { engine } of agents)
        await engine.enable({ tursoDb, mode: 'manual', conflictResolution: policy });
      const monkeys = agents.map((agent) => new Monkey(agent, random));
      for (let step = 0; step < STEPS; step += 1) {
        const who = Math.floor(random() * agents.length);
        const { engine } = agents[who]!;
        const what = random();
        if (what < 0.7) monkeys[who]!.act();
        else if (what < 0.8) await engine.push();
        else if (what < 0.9) await engine.pull();
        else await engine.config(undefined, { exclude: some(2), include: random() < 0.3 ? some(3) : [] });
      }
      await settleAll(agents);
      for (const { engine, errors } of agents) {
        t.same(errors, []);
        t.match(await engine.push(), { pushed: 0, rowsWritten: 0 });
        t.match(await engine.pull(), { pulled: 0, conflicts: [] });
        t.match(await engine.status(), { pendingChanges: 0, syncStatus: 'synced' });
        t.match(await engine.verify(), { pendingHere: 0, pendingThere: 0, problems: [] });
      }
      for (const { engine } of agents) await engine.config(undefined, { exclude: [], include: [] });
      await settleAll(agents);
      const [first, ...others] = agents.map((agent) => agent.tree());
      for (const other of others) t.equal(other, first);
      for (const agent of agents) {
        t.match(await agent.engine.push(), { pushed: 0, rowsWritten: 0, conflicts: [] });
        t.same(agent.rows('SELECT * FROM afs_excluded_node'), []);
      }
    });
  }
}
