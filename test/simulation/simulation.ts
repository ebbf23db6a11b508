/**
 * One simulation: agents, people and a server, whose every step is chosen by the seed.
 *
 * Between two settlements anything goes: people work, syncs begin and go on by turns, requests get lost, agents die,
 * clocks jump, disks are full. Then all faults end, everybody syncs a few times, and the checks say whether what
 * is there is right. The same seed and options end in the same digest.
 */
import { createHash } from 'node:crypto';
import type { ConflictPolicy } from '#src/sync/core/index.js';
import type { SyncReport } from '#src/sync/types.js';
import { Crash, SimulatedAgent, SOUND } from './agent.js';
import {
  baseProblems,
  conflictProblems,
  hashOf,
  ledgerProblems,
  readRemote,
  remoteProblems,
  treeProblems,
} from './checks.js';
import { Ledger } from './ledger.js';
import { PERFECT } from './network.js';
import type { PlantedBug } from './planted-bugs.js';
import { Random } from './random.js';
import { SimulatedServer } from './server.js';
import { readTree, textOf } from './tree.js';
import { type Life, Turns } from './turns.js';
import { act } from './user.js';

export interface SimulationOptions {
  readonly seed: number;
  /** Steps between two settlements, about; default 20 to 60. */
  readonly steps?: number;
  /** Of everybody; else chosen by the seed. */
  readonly policy?: ConflictPolicy;
  readonly bug?: PlantedBug;
  readonly traces?: boolean;
  /** Some have include and exclude patterns, which come and go; at each settlement all are taken back. */
  readonly filters?: boolean;
  /** People decide conflicts that wait, some or all. */
  readonly resolves?: boolean;
}

export interface Outcome {
  readonly seed: number;
  /** Of everything that is there in the end: trees, remote, and what happened on the way. */
  readonly digest: string;
  /** What is wrong; empty where all is well. */
  readonly problems: readonly string[];
  /** What happened, a line each. */
  readonly story: readonly string[];
}

const POLICIES: readonly ConflictPolicy[] = [
  'last-write-wins',
  'last-write-wins',
  'local-wins',
  'remote-wins',
  'manual',
];
const PATTERNS = ['a', 'b/', '/c', 'a/b', '**/d', 'b/*', '!a', '/a/**', '!/a/d', 'c/d/'];
const WITHOUT_ANCESTOR = /it is there again|wins over the deletion|is in conflict with what it pushed itself/;
const HOUR_MS = 3_600_000;
/** Everybody syncs so often at most until nothing moves any more; the last time shows that. */
const SWEEPS = 5;
const PROBLEMS_TOLD = 12;

let server: SimulatedServer | undefined;

export async function simulate(options: SimulationOptions): Promise<Outcome> {
  server ??= await SimulatedServer.open();
  const simulation = new Simulation(options, server);
  try {
    return await simulation.run();
  } finally {
    simulation.close();
  }
}

class Failure extends Error {}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #random: Random;
  readonly #turns = new Turns();
  readonly #network: Life = { dead: false };
  readonly #server: SimulatedServer;
  readonly #ledger = new Ledger(() => this.#nowMs);
  readonly #agents: SimulatedAgent[] = [];
  readonly #story: string[] = [];
  readonly #problems: string[] = [];
  #large = false;
  #restless = false;
  #clocksJump = false;
  #nowMs = 1_700_000_000_000;
  #contents = 0;

  constructor(options: SimulationOptions, server: SimulatedServer) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#server = server;
    server.reset(() => this.#nowMs);
  }

  async run(): Promise<Outcome> {
    try {
      await this.#begin();
      if (this.#random.chance(0.7)) await this.#prepare();
      const settlements = this.#random.pick([1, 1, 1, 2, 3]);
      for (let i = 0; i < settlements; i += 1) {
        const steps = this.#options.steps ?? 20 + this.#random.below(40);
        for (let step = 0; step < steps; step += 1) await this.#step();
        await this.#settle();
      }
    } catch (error) {
      if (!(error instanceof Failure)) this.#problems.push((error as Error).stack ?? String(error));
    }
    return {
      seed: this.#options.seed,
      digest: this.#digest(),
      problems: this.#problems.slice(0, PROBLEMS_TOLD),
      story: this.#story,
    };
  }

  close(): void {
    for (const agent of this.#agents) agent.crash();
    this.#network.dead = true;
    this.#turns.bury();
  }

  async #begin(): Promise<void> {
    const random = this.#random;
    const count = random.pick([2, 2, 2, 3, 3, 4, 5]);
    const policy = this.#options.policy ?? random.pick(POLICIES);
    const isMixed = this.#options.policy === undefined && random.chance(0.3);
    const batchSize = random.pick([1, 3, 10_000, 10_000]);
    const [isLossy, isDeadly, isFull, isSkewed] = [0.6, 0.5, 0.25, 0.4].map((it) => random.chance(it));
    const isAllLossy = this.#options.bug?.isLossy === true;
    this.#large = random.chance(0.25);
    this.#restless = random.chance(0.3);
    for (let i = 0; i < count; i += 1) {
      const agent = await SimulatedAgent.create(i, {
        server: this.#server,
        turns: this.#turns,
        random,
        network: this.#network,
        serverNowMs: () => this.#nowMs,
        traces: this.#options.traces === true,
        note: (what) => void this.#story.push(what),
        bug: this.#options.bug,
        onCommitted: ({ name }) => this.#ledger.committed(name),
        onCrash: ({ name }) => this.#ledger.crashed(name),
        onUntold: (contents) => {
          for (const content of contents) this.#ledger.tell(content);
        },
        onReport: (who, report) => this.#reported(who, report),
        onFailure: (message) => void this.#problems.push(message),
      });
      this.#agents.push(agent);
      agent.config = {
        ...agent.config,
        conflictResolution: isMixed ? random.pick(POLICIES) : policy,
        batchSize,
      };
      if (this.#options.filters) this.#refilter(agent);
      if (isSkewed) agent.skewMs = random.pick([0, HOUR_MS, -HOUR_MS, random.below(5000)]);
      agent.open();
      agent.enable();
      if (isLossy || isAllLossy) {
        const rate = isAllLossy ? 0.15 : random.pick([0.02, 0.1]);
        agent.network = { lostRequest: rate, lostAnswer: rate, doubled: rate, orphaned: rate };
      }
      if (isDeadly) agent.faults = { ...agent.faults, crashBefore: 0.02, crashAfter: 0.02 };
      if (isFull) agent.faults = { ...agent.faults, diskFull: 0.05 };
      this.#story.push(
        `${agent.name}: ${agent.config.conflictResolution}, ${batchSize} files a commit${agent.skewMs === 0 ? '' : `, clock ${agent.skewMs} ms off`}`,
      );
    }
  }

  /** Everybody begins with the same, as those who have worked together for a while. */
  async #prepare(): Promise<void> {
    const first = this.#agents[0]!;
    for (let i = 4 + this.#random.below(12); i > 0; i -= 1) this.#work(first);
    const kept = this.#calm();
    for (const agent of this.#agents) await this.#syncWhole(agent);
    this.#agents.forEach((agent, i) => {
      Object.assign(agent, kept[i]);
    });
    this.#story.push('everybody has the same');
  }

  /** One choice of the many that there are. */
  async #step(): Promise<void> {
    this.#failWhereWrong();
    // A while passes now and then, when nothing is on its way.
    const isQuiet = this.#turns.waiting === 0 && this.#random.chance(0.4);
    if (isQuiet) for (const it of this.#agents) if (it.isAlive) it.fireTimer();
    this.#nowMs += isQuiet ? 5000 : this.#random.below(4);
    const agent = this.#random.pick(this.#agents);
    const { waiting } = this.#turns;
    if (!agent.isAlive) {
      if (this.#random.chance(0.5)) this.#reopen(agent);
      else if (waiting > 0) await this.#go();
      return;
    }
    const what = this.#random.weighted<() => Promise<void> | void>([
      [30, () => this.#work(agent)],
      [waiting > 0 ? 60 : 0, () => this.#goOn()],
      [agent.isResolving ? 0 : agent.running === 0 ? 16 : 1, () => this.#beginSync(agent)],
      [8, () => agent.fireTimer()],
      [this.#restless ? 2 : 0, () => this.#trouble(agent)],
      [this.#options.filters ? 4 : 0, () => this.#refilter(agent)],
      [this.#mayDecide(agent) ? 40 : 0, () => this.#resolve(agent)],
    ]);
    await what();
    await this.#turns.quiet();
  }

  /** A few turns, since a sync has many. */
  async #goOn(): Promise<void> {
    for (let i = this.#random.pick([1, 2, 5, 10, 30]); i > 0 && this.#turns.waiting > 0; i -= 1)
      await this.#go();
  }

  async #go(): Promise<void> {
    this.#nowMs += this.#random.below(3);
    await this.#turns.go(this.#random.below(this.#turns.waiting));
  }

  #trouble(agent: SimulatedAgent): void {
    const trouble = this.#random.pick(['crash', 'cut', 'clock', 'policy'] as const);
    if (trouble === 'crash') agent.crash();
    else if (trouble === 'cut') {
      agent.isCut = !agent.isCut;
      this.#story.push(`${agent.name}: network ${agent.isCut ? 'cut' : 'back'}`);
    } else if (trouble === 'clock') {
      this.#clocksJump = true;
      agent.skewMs += this.#random.pick([HOUR_MS, -HOUR_MS, 100, -100]);
      this.#story.push(`${agent.name}: clock jumps to ${agent.skewMs} ms off`);
    } else if (agent.running === 0) {
      agent.config = { ...agent.config, conflictResolution: this.#random.pick(POLICIES) };
      this.#story.push(`${agent.name}: ${agent.config.conflictResolution}`);
    }
  }

  #refilter(agent: SimulatedAgent): void {
    const some = (chance: number) => PATTERNS.filter(() => this.#random.chance(chance));
    const [include, exclude] = [this.#random.chance(0.3) ? some(0.3) : [], some(0.2)];
    agent.config = { ...agent.config, include, exclude };
    this.#story.push(`${agent.name}: include ${include.join(' ')}, exclude ${exclude.join(' ')}`);
  }

  #mayDecide(agent: SimulatedAgent): boolean {
    return this.#options.resolves === true && agent.running === 0 && agent.conflicts.length > 0;
  }

  #resolve(agent: SimulatedAgent): void {
    const isAll = this.#random.chance(0.5);
    const decisions = agent.conflicts
      .filter(() => isAll || this.#random.chance(0.5))
      .map((conflict) => [conflict, this.#random.pick(['local', 'remote', 'both'] as const)] as const);
    if (decisions.length === 0) return;
    const told = decisions.map(([{ type, path }, strategy]) => `${type} ${path} for ${strategy}`);
    this.#story.push(`${agent.name}: decides ${told.join(', ')}`);
    void agent.resolve(decisions);
  }

  #reopen(agent: SimulatedAgent): void {
    agent.open();
    this.#story.push(`${agent.name}: opens again`);
    this.#ledger.reopened(agent.name, readTree(agent.vfs));
  }

  #work(agent: SimulatedAgent): void {
    const before = readTree(agent.vfs);
    try {
      const what = act(agent.vfs, before, {
        random: this.#random,
        large: this.#large,
        fresh: () => {
          this.#contents += 1;
          return `<${agent.name} ${this.#contents}>`;
        },
      });
      this.#story.push(`${agent.name}: ${what}`);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.#ledger.interrupted(agent.name, before);
      return;
    }
    if (agent.isAlive) this.#ledger.note(agent.name, before, readTree(agent.vfs));
    else this.#ledger.interrupted(agent.name, before);
  }

  #beginSync(agent: SimulatedAgent): void {
    const way = this.#random.weighted([
      [3, { push: true, pull: true }],
      [1, { push: true, pull: false }],
      [1, { push: false, pull: true }],
    ] as const);
    this.#story.push(`${agent.name}: ${way.push ? 'push' : ''}${way.pull ? 'pull' : ''} begins`);
    void agent.sync(way);
  }

  #reported(agent: SimulatedAgent, report: SyncReport): void {
    this.#story.push(
      `${agent.name}: synced to ${report.revision}, pushed ${report.pushed}, pulled ${report.pulled}, ${report.conflicts.length} conflicts`,
    );
    for (const { type, path, winner, base, local, remote } of report.conflicts) {
      const versions = [base, local, remote].map((it) => it?.hash.slice(0, 6) ?? '-').join(' ');
      this.#story.push(`${agent.name}:   ${type} ${path}, ${winner ?? 'nobody'} wins; ${versions}`);
    }
    if (report.conflicts.length === 0) return;
    const { db } = this.#server;
    const [ledger, clocksJump, agents] = [this.#ledger, this.#clocksJump, this.#agents];
    this.#accuse(conflictProblems(agent, report, { ledger, clocksJump, agents, db }));
    const contents = new Map([...ledger.contents()].map((content) => [hashOf(content), content]));
    const told = new Set(
      report.conflicts.flatMap(({ local, remote }) =>
        [local?.hash, remote?.hash].filter((it) => it !== undefined),
      ),
    );
    for (const [hash, content] of contents) if (told.has(hash)) ledger.tell(content);
  }

  /** What was excluded for a while has no ancestor afterwards, so what was removed or pushed meanwhile may be met again. */
  #accuse(problems: readonly string[]): void {
    const isExcused = (problem: string) => this.#options.filters === true && WITHOUT_ANCESTOR.test(problem);
    this.#problems.push(...problems.filter((problem) => !isExcused(problem)));
  }

  /** No more faults, and everybody lives. Returns the faults that there were. */
  #calm(): Pick<SimulatedAgent, 'network' | 'faults'>[] {
    const kept = this.#agents.map(({ network, faults }) => ({ network, faults }));
    for (const agent of this.#agents) {
      agent.network = PERFECT;
      agent.faults = SOUND;
      agent.isCut = false;
      if (!agent.isAlive) this.#reopen(agent);
    }
    return kept;
  }

  /** Everything ends well from here on, and then all must be well. */
  async #settle(): Promise<void> {
    const kept = this.#calm();
    await this.#drain();
    this.#story.push('settling');
    for (const agent of this.#agents) agent.vfs.flush();
    const policies = this.#agents.map(({ config }) => config.conflictResolution);
    // What nobody decides stays undecided for ever.
    for (const agent of this.#agents) {
      if (this.#options.filters) agent.config = { ...agent.config, include: [], exclude: [] };
      if (agent.config.conflictResolution === 'manual')
        agent.config = { ...agent.config, conflictResolution: 'last-write-wins' };
    }
    let moving = 'nobody has synced';
    for (let sweep = 0; moving !== '' && sweep < SWEEPS; sweep += 1) moving = await this.#syncAll();
    if (moving !== '') this.#problems.push(`after ${SWEEPS} rounds of everybody ${moving}`);
    this.#check();
    this.#agents.forEach((agent, i) => {
      agent.config = { ...agent.config, conflictResolution: policies[i]! };
      Object.assign(agent, kept[i]);
    });
  }

  /** Until nobody waits any more. */
  async #drain(): Promise<void> {
    await this.#turns.quiet();
    while (this.#turns.waiting > 0) await this.#go();
    for (const { name, running } of this.#agents) {
      if (running > 0) this.#problems.push(`${name}: a sync waits for something outside of the simulation`);
    }
    this.#failWhereWrong();
  }

  async #syncWhole(agent: SimulatedAgent): Promise<SyncReport> {
    let report: SyncReport | undefined;
    void agent.sync({ push: true, pull: true }).then((it) => {
      report = it;
    });
    await this.#drain();
    if (report === undefined && agent.isBraked) return await this.#syncWhole(agent);
    if (report === undefined) throw this.#failure(`${agent.name}: a sync failed without any fault`);
    return report;
  }

  /** Returns what was not idle about it. */
  async #syncAll(): Promise<string> {
    let moving = '';
    const { head } = readRemote(this.#server.db);
    for (const agent of this.#agents) {
      const { pushed, pulled, rowsWritten, revision } = await this.#syncWhole(agent);
      if (pushed + pulled + rowsWritten > 0)
        moving = `${agent.name} pushes ${pushed}, pulls ${pulled} and writes ${rowsWritten} rows`;
      else if (revision !== head) moving ||= `${agent.name} has revision ${revision} of ${head}`;
    }
    return moving;
  }

  #check(): void {
    const { db } = this.#server;
    const remote = readRemote(db);
    const { problems, trees } = treeProblems(this.#agents);
    this.#problems.push(...problems, ...remoteProblems(db, remote));
    for (const agent of this.#agents) this.#problems.push(...baseProblems(agent, remote));
    this.#accuse(ledgerProblems(this.#ledger, { trees, agents: this.#agents, db }));
    this.#failWhereWrong();
  }

  #failWhereWrong(): void {
    if (this.#problems.length > 0) throw new Failure();
  }

  #failure(what: string): Failure {
    this.#problems.push(what);
    return new Failure();
  }

  /** Of what may be no tree, and is told as a problem then. */
  #textOf(agent: SimulatedAgent): string {
    try {
      return textOf(readTree(agent.vfs));
    } catch (error) {
      return (error as Error).message;
    }
  }

  #digest(): string {
    const hash = createHash('sha256');
    for (const line of this.#story) hash.update(`${line}\n`);
    for (const agent of this.#agents) if (agent.isAlive) hash.update(this.#textOf(agent));
    hash.update(JSON.stringify([this.#server.rows(), this.#nowMs, this.#problems.length]));
    return hash.digest('hex').slice(0, 16);
  }
}
