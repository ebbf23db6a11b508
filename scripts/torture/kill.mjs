/**
 * The owner dies in the middle of work, again and again: by SIGKILL mostly, by SIGTERM now and then, once while it starts, once
 * after having been suspended. After each round: the next `agentfs mount` brings the mount back by itself, what was promised is
 * there, and the database is sound.
 *
 * The agent has a remote, so that the change log is kept, and pushes sometimes in the middle; in the end another agent pulls and
 * has to have the same tree.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Agent, endOwner } from './agent.mjs';
import { isRunning, pause, run, until } from './children.mjs';
import { differenceOf } from './model.mjs';
import { expect, Problem } from './problem.mjs';
import { Random } from './random.mjs';
import { GitWork } from './workloads/git.mjs';
import { NpmWork } from './workloads/npm.mjs';
import { SqliteWork } from './workloads/sqlite.mjs';
import { Writer } from './workloads/writer.mjs';

const SCAN = join(import.meta.dirname, 'scan.mjs');
export const WORKLOADS = { writer: Writer, sqlite: SqliteWork, git: GitWork, npm: NpmWork };
/** The longest that a round works before the owner dies, milliseconds, after the workload has said that it is ready. */
const LONGEST_MS = { writer: 1200, sqlite: 1200, git: 1500, npm: 4000 };

/** One workspace that suffers rounds. */
export class Killing {
  /** What happened, for the summary. */
  counts = { killed: 0, terminated: 0, suspended: 0, 'killed at start': 0, pushes: 0 };
  works;
  #agent;
  #other;
  #random;
  /** Process id of the owner that serves the mount now. */
  #owner;

  constructor(folder, { names, seed }) {
    this.#agent = new Agent(join(folder, 'a'));
    this.#other = new Agent(join(folder, 'b'));
    this.works = names.map((name) => new WORKLOADS[name](this.#agent));
    this.#random = new Random(`kill ${seed}`);
    mkdirSync(join(folder, 'remote'), { recursive: true });
    this.remote = `file:${join(folder, 'remote', 'remote.db')}`;
  }

  async prepare() {
    this.#owner = await this.#agent.mount();
    await this.#enable(this.#agent);
    for (const work of this.works) await work.prepare();
    await this.#agent.agentfs(['sync', 'push', 'w']);
  }

  async #enable(agent) {
    await agent.enableSync(this.remote);
  }

  /** One round. Throws a Problem, with what the round was in its text. */
  async round() {
    const random = this.#random;
    const work = random.pick(this.works);
    const others = random.chance(0.25) ? [random.pick(this.works)].filter((other) => other !== work) : [];
    const running = [work, ...others];
    const how = random.chance(0.12) ? 'SIGTERM' : random.chance(0.1) ? 'SIGSTOP, SIGKILL' : 'SIGKILL';
    const afterMs = Math.round(random.next() * LONGEST_MS[work.name]);
    const pushes = random.chance(0.3);
    const dying = random.chance(0.1);
    const what = `${running.map(({ name }) => name).join(' and ')}, ${how} after ${afterMs} ms${pushes ? ', with a push' : ''}`;
    try {
      const clients = running.map((one) => one.start(random));
      await Promise.all(clients.map((client) => client.said(/ready/)));
      const push = pushes ? this.#agent.command(['sync', 'push', 'w']) : undefined;
      await pause(afterMs);
      for (const client of clients) if (client.isOver()) throw await diedBefore(client);
      await this.#end(this.#owner, how);
      const ends = await Promise.all([...clients.map((client) => client.ended), push?.ended]);
      for (const end of ends)
        if (end?.hung) throw new Problem(`a client hung:\n${end.stdout.slice(-500)}${end.stderr}`);
      if (push !== undefined) this.counts.pushes += 1;
      if (how === 'SIGTERM') this.#agent.emptyBelow();
      if (dying) await this.#killAtStart();
      this.#owner = await this.#agent.mount();
      await this.#agent.doctor();
      for (const one of running) await one.verify({ orderly: how === 'SIGTERM' });
      return what;
    } catch (error) {
      error.message = `${what}:\n${error.message}\nlog: ${this.#ownerLog()}`;
      throw error;
    }
  }

  /** Another agent pulls, and has the same tree: the change log missed nothing, whatever died. */
  async compare() {
    // --force: what was removed since the last push that ended may be most of what was there.
    await this.#agent.agentfs(['sync', 'push', 'w', '--force']);
    await this.#other.mount();
    await this.#enable(this.#other);
    await this.#other.agentfs(['sync', 'pull', 'w']);
    const [mine, theirs] = await Promise.all(
      [this.#agent, this.#other].map(async ({ mountpoint }) => {
        const { stdout } = await run(process.execPath, [SCAN, mountpoint], {
          mountpoint,
          env: { NODE_OPTIONS: '' },
        });
        return stdout;
      }),
    );
    expect(mine === theirs, () => `another agent pulls another tree:\n${differenceOf(theirs, mine)}`);
    await this.#other.doctor();
    await this.#other.unmount();
    await this.#agent.unmount();
  }

  /** What was done so far. */
  figures() {
    const figures = { ...this.counts };
    for (const { name, operations, durable, lost, transactions, commits, installs } of this.works) {
      const of = { operations, durable, lost, transactions, commits, installs };
      for (const [what, count] of Object.entries(of))
        if (count !== undefined) figures[`${name} ${what}`] = count;
    }
    return figures;
  }

  /** Ends what runs; `keep` leaves the files for whoever looks into a failure. */
  async remove(options) {
    await this.#agent.remove(options);
    await this.#other.remove(options);
  }

  async #end(pid, how) {
    if (how === 'SIGSTOP, SIGKILL') {
      process.kill(pid, 'SIGSTOP');
      await pause(this.#random.between(0, 300));
      this.counts.suspended += 1;
      if (this.#random.chance(0.5)) {
        process.kill(pid, 'SIGCONT');
        await pause(this.#random.between(0, 300));
      }
    }
    this.counts[how === 'SIGTERM' ? 'terminated' : 'killed'] += 1;
    await endOwner(pid, how === 'SIGTERM' ? 'SIGTERM' : 'SIGKILL');
  }

  /** An owner that dies while it takes the workspace over, and its starter hears so. */
  async #killAtStart() {
    const mount = this.#agent.command(['mount', 'w', this.#agent.mountpoint]);
    let pid;
    await until('an owner that starts', () => {
      pid = this.#childOf(mount.pid);
      return pid !== undefined || !isRunning(mount.pid);
    });
    if (pid === undefined) return;
    await pause(this.#random.between(0, 250));
    if (isRunning(pid)) await endOwner(pid);
    this.counts['killed at start'] += 1;
    const { hung, stdout, stderr } = await mount.ended;
    expect(!hung, `mount hung after its owner was killed: ${stdout}${stderr}`);
  }

  #childOf(pid) {
    try {
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
      return children === '' ? undefined : Number(children.split(' ')[0]);
    } catch {
      return undefined;
    }
  }

  #ownerLog() {
    try {
      const file = join(this.#agent.home, 'workspaces', 'w', 'owner.log');
      return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-6).join('\n');
    } catch {
      return '';
    }
  }
}

async function diedBefore(client) {
  const { code, signal, stdout, stderr } = await client.ended;
  return new Problem(`it ended by itself with ${signal ?? code}:\n${stdout.slice(-500)}${stderr}`);
}
