/**
 * A person's decision about a conflict, where its agent dies at every point of it in turn: between any two messages,
 * requests, answers and commits. Whoever opens the workspace again finds the decision whole or not made, both versions
 * still there, and a conflict listed wherever it is not decided; deciding again ends as if nobody had died.
 */
import t, { type Test } from 'tap';
import type { ResolveRefusal } from '#src/sync/conflicts.js';
import { Resolver, type ResolverCall } from '#src/sync/resolver.js';
import { mergeVersions } from '#src/sync/round/versions.js';
import { SimulatedAgent } from './agent.js';
import { baseProblems, hashOf, readRemote, remoteProblems, treeProblems } from './checks.js';
import { PERFECT } from './network.js';
import { Random } from './random.js';
import { SimulatedServer } from './server.js';
import { readTree } from './tree.js';
import { type Life, Turns } from './turns.js';
import { Hands } from './user.js';

t.setTimeout(240_000);

type Strategy = 'local' | 'remote' | 'both' | 'merge';
type Act = (hands: Hands, life: { remove(path: string): void }) => void;

interface Story {
  readonly base: Act;
  /** Pushed first: the remote's side. */
  readonly there: Act;
  readonly here: Act;
  readonly strategies: readonly Strategy[];
  /** Files a commit. */
  readonly batchSize?: number;
}

const TEXT = 'one\ntwo\nthree\nfour\nfive\n';
const [HERE, THERE] = [TEXT.replace('one', 'here'), TEXT.replace('five', 'there')];
const FILES = ['/f', '/g', '/h'];
const each =
  (text: string): Act =>
  (hands) => {
    for (const path of FILES) hands.write(path, `${path}\n${text}`);
  };

const STORIES: Readonly<Record<string, Story>> = {
  'an edit here and one there': {
    base: (hands) => hands.write('/f', TEXT),
    there: (hands) => hands.write('/f', THERE),
    here: (hands) => hands.write('/f', HERE),
    strategies: ['local', 'remote', 'both', 'merge'],
  },
  'an edit here and one there, both saved by a rename': {
    base: (hands) => hands.write('/f', TEXT),
    there: (hands) => hands.replace('/f', THERE),
    here: (hands) => hands.replace('/f', HERE),
    strategies: ['local', 'remote', 'both', 'merge'],
  },
  'edits of three files, a commit each': {
    base: each(TEXT),
    there: each(THERE),
    here: each(HERE),
    strategies: ['local', 'remote', 'both', 'merge'],
    batchSize: 1,
  },
  'an edit here, a deletion there': {
    base: (hands) => hands.write('/f', TEXT),
    there: (_, { remove }) => remove('/f'),
    here: (hands) => hands.write('/f', HERE),
    strategies: ['local', 'remote', 'both'],
  },
  'a deletion here, an edit there': {
    base: (hands) => hands.write('/f', TEXT),
    there: (hands) => hands.write('/f', THERE),
    here: (_, { remove }) => remove('/f'),
    strategies: ['local', 'remote', 'both'],
  },
  'two new files of one name': {
    base: () => undefined,
    there: (hands) => hands.write('/f', THERE),
    here: (hands) => hands.write('/f', HERE),
    strategies: ['local', 'remote', 'both'],
  },
  'two new names of one file': {
    base: (hands) => hands.write('/f', TEXT),
    there: (hands) => hands.rename('/f', '/there'),
    here: (hands) => hands.rename('/f', '/here'),
    strategies: ['local', 'remote', 'both'],
  },
};

const server = await SimulatedServer.open();

/** Path and content of every file. */
type Files = ReadonlyMap<string, string>;

/** Two agents: `a` has pushed its side, `b` has its own and knows of the conflict. */
class World {
  readonly turns = new Turns();
  readonly #network: Life = { dead: false };
  readonly #failures: string[] = [];
  #nowMs = 1_700_000_000_000;
  /** Points that were passed of a decision, and at which of them `b` dies. */
  #points = 0;
  #deathAt = 0;
  /** The first of the points between which nothing was written anywhere: a death at another one is the same. */
  readonly deaths = new Map<string, number>();
  /** What the last resolve would not do. */
  refused: readonly ResolveRefusal[] = [];
  a!: SimulatedAgent;
  b!: SimulatedAgent;

  static async make({ base, there, here, batchSize = 10_000 }: Story): Promise<World> {
    const world = new World();
    server.reset(() => world.#nowMs);
    [world.a, world.b] = [await world.#agent(0, batchSize), await world.#agent(1, batchSize)];
    world.#act(world.a, base);
    await world.sync(world.a, world.b);
    world.#act(world.a, there);
    await world.sync(world.a);
    world.#act(world.b, here);
    await world.sync(world.b);
    return world;
  }

  async #agent(index: number, batchSize: number): Promise<SimulatedAgent> {
    const agent = await SimulatedAgent.create(index, {
      server,
      turns: this.turns,
      random: new Random(index + 1),
      network: this.#network,
      serverNowMs: () => this.#nowMs,
      note: () => undefined,
      traces: false,
      bug: undefined,
      onCommitted: () => undefined,
      onCrash: () => undefined,
      onUntold: () => undefined,
      onReport: () => undefined,
      onFailure: (message) => void this.#failures.push(message),
    });
    agent.network = PERFECT;
    agent.config = { ...agent.config, conflictResolution: 'manual', batchSize };
    agent.open();
    agent.enable();
    return agent;
  }

  #act({ vfs }: SimulatedAgent, act: Act): void {
    this.#nowMs += 60_000;
    const hands = new Hands(vfs);
    act(hands, { remove: (path) => void hands.remove(readTree(vfs).get(path)!) });
    vfs.flush();
  }

  /** Lets everything go on in order; false where `b` died of it. */
  async #drain(): Promise<boolean> {
    await this.turns.quiet();
    while (this.turns.waiting > 0) {
      if (this.b.isAlive && this.#isDeath()) this.b.crash();
      if (!this.b.isAlive) return false;
      this.#nowMs += 1;
      await this.turns.go(0);
    }
    return this.b.isAlive;
  }

  #isDeath(): boolean {
    this.#points += 1;
    const written = [this.b.vfs.state.store.db, server.db].map((db) =>
      db.prepare('SELECT total_changes()').pluck().get(),
    );
    if (!this.deaths.has(String(written))) this.deaths.set(String(written), this.#points);
    return this.#points === this.#deathAt;
  }

  async sync(...agents: SimulatedAgent[]): Promise<void> {
    for (const agent of agents) {
      void agent.sync({ push: true, pull: true });
      await this.#drain();
    }
  }

  /** `b` decides everything that is listed, and dies at a point of it; 0: it does not. Returns whether it lives. */
  async resolve(strategy: Strategy, deathAt = 0): Promise<boolean> {
    const { vfs, loop } = this.b.alive;
    [this.#points, this.#deathAt] = [0, deathAt];
    this.deaths.clear();
    loop.use(this.b.settings);
    this.#dieBetweenCommits();
    const call = ((method, ...params) =>
      method === 'merge'
        ? loop.ask((parts) => mergeVersions(params[0] as never, parts))
        : loop.resolve(params[0] as never)) as ResolverCall;
    let hasEnded = false;
    this.refused = [];
    const { b } = this;
    // Who dies says nothing any more.
    new Resolver({ vfs, remoteId: 1, call }).resolve(undefined, { strategy }).then(
      (report) => {
        hasEnded = true;
        this.refused = report.refused;
      },
      (error) => {
        if (b.isAlive) this.#failures.push(`resolve failed: ${error.stack}`);
      },
    );
    const lives = await this.#drain();
    this.#deathAt = 0;
    if (lives && !hasEnded) this.#failures.push('a resolve has not ended');
    return lives;
  }

  /** Also within a message, at each commit of the database. */
  #dieBetweenCommits(): void {
    const { b } = this;
    const { store } = b.vfs.state;
    const write = store.write.bind(store);
    const pass = () => {
      if (!this.#isDeath()) return;
      b.crash();
      throw new Error('the simulated process died');
    };
    store.write = (batch) => {
      pass();
      write(batch);
      pass();
    };
  }

  filesOf({ vfs }: SimulatedAgent): Files {
    return new Map([...readTree(vfs).values()].flatMap((it) => (it.isFile ? [[it.path, it.content]] : [])));
  }

  /** Paths of the conflicts that `b` would tell of. */
  listed(): string[] {
    const rows = this.b.vfs.syncState.conflicts(1);
    return rows.map((json) => (JSON.parse(json) as { path: string }).path);
  }

  /** Whether nobody could bring this content back. */
  isLost(content: string): boolean {
    if ([this.a, this.b].some((agent) => [...this.filesOf(agent).values()].includes(content))) return false;
    const hash = hashOf(content);
    const kept = this.b.vfs.state.store.kept.list();
    if (kept.some(({ version }) => (JSON.parse(version) as { hash: string }).hash === hash)) return false;
    const remote = server.db.prepare(
      `SELECT 1 FROM agentfs_nodes WHERE hash = unhex(:hash)
       UNION ALL SELECT 1 FROM agentfs_kept WHERE hash = unhex(:hash)`,
    );
    return remote.get({ hash }) === undefined;
  }

  /** What is wrong when all is said and done. */
  problems(): string[] {
    const remote = readRemote(server.db);
    return [
      ...this.#failures,
      ...treeProblems([this.a, this.b]).problems,
      ...remoteProblems(server.db, remote),
      ...[this.a, this.b].flatMap((agent) => baseProblems(agent, remote)),
    ];
  }

  close(): void {
    this.a.crash();
    this.b.crash();
    this.#network.dead = true;
    this.turns.bury();
  }
}

interface Outcome {
  readonly before: Files;
  readonly after: Files;
  /** Versions that must not be lost. */
  readonly contents: ReadonlySet<string>;
  readonly deaths: readonly number[];
}

/** As it is without any death. */
async function undisturbed(t: Test, story: Story, strategy: Strategy): Promise<Outcome> {
  const world = await World.make(story);
  const before = world.filesOf(world.b);
  // A merge is an edit of what is here: it has all of it, and comes into its place.
  const here = strategy === 'merge' ? [] : before.values();
  const contents = new Set([...here, ...world.filesOf(world.a).values()]);
  t.ok(world.listed().length > 0, 'there is a conflict');
  await world.resolve(strategy);
  const deaths = [...world.deaths.values()];
  t.same([world.listed(), world.refused], [[], []]);
  await world.sync(world.a, world.b);
  t.same(world.problems(), []);
  const after = world.filesOf(world.b);
  world.close();
  return { before, after, contents, deaths };
}

/** What is wrong where `b` died at a point of its decision, and `next` came after it. */
async function problemsAfterDeath(
  story: Story,
  strategy: Strategy,
  how: { readonly outcome: Outcome; readonly deathAt: number; readonly next: 'sync' | 'decide' },
): Promise<string[]> {
  const { before, after, contents } = how.outcome;
  const world = await World.make(story);
  const problems: string[] = [];
  // Three files are three decisions.
  const decisionOf = (path: string) => (story.batchSize === 1 ? path.slice(0, 2) : '');
  const expectWhole = (when: string) => {
    const files = world.filesOf(world.b);
    const pending = new Set(world.listed().map(decisionOf));
    for (const path of new Set([...before.keys(), ...after.keys(), ...files.keys()])) {
      const [was, now, decided] = [before, files, after].map((it) => it.get(path));
      if (now !== was && now !== decided) problems.push(`${when} ${path} holds ${JSON.stringify(now)}`);
      if (now !== decided && !pending.has(decisionOf(path)))
        problems.push(`${when} ${path} is not decided, and no conflict is listed`);
      // Right after a death what is listed is of the time before; and a merge is written here before it is decided.
      if (now !== was && pending.has(decisionOf(path)) && when !== 'after death' && strategy !== 'merge')
        problems.push(`${when} ${path} is decided, and a conflict is listed`);
    }
    for (const content of contents) if (world.isLost(content)) problems.push(`${when} ${content} is lost`);
  };
  try {
    if (await world.resolve(strategy, how.deathAt)) return ['did not die'];
    world.b.open();
    expectWhole('after death');
    if (how.next === 'sync') {
      await world.sync(world.b);
      expectWhole('after a sync');
    }
    // What has changed, or is another conflict by now, is shown first. A merge that was written may be all that is there.
    const ways = [strategy, strategy, ...(strategy === 'merge' ? (['local'] as const) : [])];
    for (const way of ways) if (world.listed().length > 0) await world.resolve(way);
    if (world.listed().length > 0) problems.push(`still in conflict: ${world.listed()}`);
    await world.sync(world.b, world.a, world.b);
    expectWhole('in the end');
    problems.push(...world.problems());
    return problems;
  } finally {
    world.close();
  }
}

for (const [name, story] of Object.entries(STORIES)) {
  for (const strategy of story.strategies) {
    t.test(
      `${name}, decided for ${strategy}: a death at any point leaves it whole or not made`,
      async (t) => {
        const outcome = await undisturbed(t, story, strategy);
        t.ok(outcome.deaths.length >= 3, `${outcome.deaths.length} deaths`);
        for (const deathAt of outcome.deaths) {
          for (const next of ['sync', 'decide'] as const) {
            const problems = await problemsAfterDeath(story, strategy, { outcome, deathAt, next });
            if (problems.length > 0) t.fail(`death at ${deathAt}, then ${next}`, { problems });
          }
        }
      },
    );
  }
}
