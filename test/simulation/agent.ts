/**
 * One agent of a simulation: the real store, vfs, applier and sync loop, composed in this process, with everything
 * that they wait for or that can fail in the hands of the simulation.
 *
 * A crash drops what was not committed: the database is closed as it is, all that was under way never goes on, and the
 * next life opens the same file.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { AgentFsError, type Clock, type Timers } from '#src/base/index.js';
import { StoreReader } from '#src/store/index.js';
import { brakeOf } from '#src/sync/brakes/brake.js';
import { listConflicts } from '#src/sync/conflicts.js';
import type { Choice, Conflict } from '#src/sync/core/index.js';
import { Applier } from '#src/sync/local/apply.js';
import { hostCalls } from '#src/sync/local/host-calls.js';
import { openRemote, type RemoteWorkspace } from '#src/sync/remote/index.js';
import { RemoteLoop } from '#src/sync/schedule/remote-loop.js';
import type { SyncHost, SyncStep } from '#src/sync/steps.js';
import { DEFAULT_SYNC_CONFIG, type SyncConfig, type SyncReport } from '#src/sync/types.js';
import { openVfs, type Vfs } from '#src/vfs/index.js';
import { databaseBehind, type NetworkFaults } from './network.js';
import { type PlantedBug, wrap } from './planted-bugs.js';
import type { Random } from './random.js';
import type { SimulatedServer } from './server.js';
import { fileContent } from './tree.js';
import type { Life, Turns } from './turns.js';

export const REMOTE = 'origin';
const CACHE_BYTES = 1 << 20;

/** What ends a life; nothing catches it for long, since nothing of the dead goes on. */
export class Crash extends Error {
  constructor() {
    super('the simulated process died');
    this.name = 'Crash';
  }
}

export interface LocalFaults {
  /** Probabilities a commit of the store. */
  crashBefore: number;
  crashAfter: number;
  diskFull: number;
}

export const SOUND: LocalFaults = { crashBefore: 0, crashAfter: 0, diskFull: 0 };

export interface AgentSurroundings {
  readonly server: SimulatedServer;
  readonly turns: Turns;
  readonly random: Random;
  readonly network: Life;
  readonly serverNowMs: () => number;
  readonly note: (what: string) => void;
  /** Tell of every step of a sync too. */
  readonly traces: boolean;
  readonly bug: PlantedBug | undefined;
  /** The store has what the agent did before. */
  readonly onCommitted: (agent: SimulatedAgent) => void;
  readonly onCrash: (agent: SimulatedAgent) => void;
  /** A sync took these from the workspace, and ended before it could tell. */
  readonly onUntold: (contents: Iterable<string>) => void;
  readonly onReport: (agent: SimulatedAgent, report: SyncReport) => void;
  /** Something that must not happen at all. */
  readonly onFailure: (message: string) => void;
}

interface Alive extends Life {
  readonly vfs: Vfs;
  readonly reader: StoreReader;
  readonly loop: RemoteLoop;
  readonly applier: Applier;
  /** What the syncs under way took from the workspace. */
  readonly taken: Set<string>;
  /** Commits that are due. */
  readonly timers: Set<() => void>;
}

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'agentfs-simulation-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
let template: string | undefined;

/** An empty workspace, made once, in which nothing tells the time of day or who runs this. */
async function emptyWorkspace(): Promise<string> {
  if (template !== undefined) return template;
  const path = join(folder, 'template.db');
  const time = { sec: 1, nsec: 0 };
  const clock: Clock = { realtime: () => time, nowMs: () => 1000, monotonicMs: () => 0 };
  const vfs = openVfs(path, { create: true, clock });
  vfs.setattr(vfs.inode(1), { uid: 0, gid: 0, mtime: time, atime: time });
  await vfs.close();
  // Small pages are written and copied sooner.
  const db = new Sqlite(path);
  for (const pragma of ['journal_mode = DELETE', 'page_size = 4096']) db.pragma(pragma);
  db.exec('VACUUM');
  db.pragma('journal_mode = WAL');
  db.close();
  template = path;
  return path;
}

export class SimulatedAgent {
  readonly name: string;
  readonly id: string;
  readonly database: string;
  readonly surroundings: AgentSurroundings;
  config: SyncConfig = { ...DEFAULT_SYNC_CONFIG, mode: 'manual', compression: false };
  network: NetworkFaults = { lostRequest: 0, lostAnswer: 0, doubled: 0, orphaned: 0 };
  faults: LocalFaults = SOUND;
  isCut = false;
  /** What its clock says more than the server's, milliseconds. */
  skewMs = 0;
  /** Syncs under way. */
  running = 0;
  /** How long the server's clock took to be told at most, milliseconds: an edit's time is off by as much. */
  clockErrorMs = 0;
  /** The sync under way carries out a person's decisions. */
  isResolving = false;
  /** A sync stopped because it would delete much; the next one is told to go on. */
  isBraked = false;
  /** When the rounds of the sync under way took their snapshots; all that was committed by then they know. */
  roundsMs: number[] = [];
  /** The remote's revision up to which it was read last. */
  headRead = 0;
  #alive: Alive | undefined;
  #uuids = 0;
  #roundBeganMs = 0;

  private constructor(index: number, surroundings: AgentSurroundings) {
    this.name = 'abcde'[index] as string;
    this.id = `${this.name.repeat(8)}${'0'.repeat(24)}`;
    this.database = join(folder, `${this.name}.db`);
    this.surroundings = surroundings;
  }

  static async create(index: number, surroundings: AgentSurroundings): Promise<SimulatedAgent> {
    const agent = new SimulatedAgent(index, surroundings);
    for (const suffix of ['-wal', '-shm']) rmSync(agent.database + suffix, { force: true });
    copyFileSync(await emptyWorkspace(), agent.database);
    return agent;
  }

  /** First of all; `open` afterwards does without. */
  enable(): void {
    const { vfs } = this.alive;
    vfs.flush();
    vfs.keepLog(1);
    vfs.syncState.addRemote(REMOTE, 'file:/simulated', '{}');
  }

  get isAlive(): boolean {
    return this.#alive !== undefined;
  }

  get alive(): Alive {
    if (this.#alive === undefined) throw new Crash();
    return this.#alive;
  }

  get vfs(): Vfs {
    return this.alive.vfs;
  }

  /** The inode of a node that this agent and the remote have; also of who is dead. */
  inoOf(node: string): number | undefined {
    const db = this.#alive?.vfs.state.store.db ?? new Sqlite(this.database, { readonly: true });
    const found = db
      .prepare<[string], { ino: number }>('SELECT ino FROM afs_base_node WHERE node = unhex(?)')
      .get(node);
    if (this.#alive === undefined) db.close();
    return found?.ino;
  }

  nowMs(): number {
    return this.surroundings.serverNowMs() + this.skewMs;
  }

  open(): void {
    const { turns, random, note } = this.surroundings;
    const timers = new Set<() => void>();
    const life: Life = { dead: false };
    const clock = this.#clock();
    const waiting: Timers = {
      after: (_, callback) => {
        const due = () => {
          timers.delete(due);
          callback();
        };
        timers.add(due);
        return () => timers.delete(due);
      },
      turn: () => turns.park(life, `${this.name} slice`),
    };
    const vfs = openVfs(this.database, {
      clock,
      timers: waiting,
      cacheSizeBytes: CACHE_BYTES,
      onError: (error) => this.#refused(error),
    });
    const { db } = vfs.state.store;
    db.pragma('synchronous = OFF');
    db.function('unixepoch', { varargs: true }, () => Math.floor(this.nowMs() / 1000));
    this.#spoil(vfs, life);
    const applier = new Applier(vfs, 1, { trustPrivileges: false, clock, timers: waiting });
    const reader = new StoreReader(this.database);
    const lastSeq = () => vfs.state.store.read.getLastSeq.get()?.seq ?? 0;
    const plant = this.surroundings.bug?.plant({ agent: this.id, lastSeq }) ?? {};
    const host = this.#host(life, applier, clock);
    const loop = new RemoteLoop(this.settings, {
      reader,
      host: plant.host?.(host) ?? host,
      clock,
      random: () => random.next(),
      newUuid: () => this.#uuid(),
      timers: waiting,
      openRemote: (options) => {
        const database = () => {
          const { server, network } = this.surroundings;
          const there = databaseBehind({
            ...{ server, turns, random, life, network },
            faults: () => this.network,
            isCut: () => this.isCut,
            note: (what) => note(`${this.name}: ${what}`),
          });
          return plant.database?.(there) ?? there;
        };
        const remote = openRemote({
          ...options,
          ports: { clock, database, timers: waiting, randomBytes: () => Buffer.alloc(16, 7) },
        });
        const timed = this.#timed(remote);
        return plant.remote?.(timed) ?? timed;
      },
      onState: () => undefined,
      onRecheck: () =>
        this.surroundings.onFailure(`${this.name} compares everything again: its base was wrong`),
      onReport: (report) => {
        this.surroundings.onReport(this, report);
        this.roundsMs = [];
      },
      onProgress: () => undefined,
    });
    this.#alive = Object.assign(life, { vfs, reader, loop, applier, timers, taken: new Set<string>() });
    this.running = 0;
    this.isResolving = false;
    this.roundsMs = [];
  }

  get settings() {
    return {
      remoteName: REMOTE,
      workspace: 'shared',
      url: 'file:/simulated',
      token: undefined,
      agent: this.id,
      config: this.config,
    };
  }

  /** A commit that is due comes now. */
  fireTimer(): void {
    const [due] = this.alive.timers;
    try {
      due?.();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }

  /** Begins a sync; it goes on by turns. */
  sync(way: { readonly push: boolean; readonly pull: boolean }): Promise<SyncReport | undefined> {
    const force = this.isBraked;
    this.isBraked = false;
    return this.#run((loop) => loop.run({ ...way, dryRun: false, force }));
  }

  /** The conflicts that wait for somebody. */
  get conflicts(): readonly Conflict[] {
    return listConflicts(this.vfs.syncState.conflicts(1));
  }

  /** Begins a sync with a person's decisions about conflicts as they are listed now. */
  async resolve(decisions: readonly (readonly [Conflict, Choice['strategy']])[]): Promise<void> {
    const choices = decisions.map(
      ([listed, strategy]): Choice => ({
        ...{ listed, strategy, check: 'both' },
        copyId: this.#uuid().replaceAll('-', ''),
      }),
    );
    this.isResolving = true;
    const life = this.alive;
    await this.#run(async (loop) => (await loop.resolve({ choices })).report);
    if (!life.dead) this.isResolving = false;
  }

  async #run(work: (loop: RemoteLoop) => Promise<SyncReport>): Promise<SyncReport | undefined> {
    const life = this.alive;
    this.running += 1;
    life.loop.use(this.settings);
    try {
      const report = await work(life.loop);
      if (life.dead) return report;
      this.running -= 1;
      life.taken.clear();
      return report;
    } catch (error) {
      if (life.dead) return undefined;
      this.running -= 1;
      this.roundsMs = [];
      this.surroundings.onUntold(life.taken);
      life.taken.clear();
      this.surroundings.note(`${this.name}: sync failed: ${String((error as Error).message)}`);
      this.isBraked = brakeOf(error)?.kind === 'deletions';
      if (!isExpected(error) && !this.isBraked)
        this.surroundings.onFailure(`${this.name}: sync failed: ${(error as Error).stack ?? error}`);
      return undefined;
    }
  }

  crash(): void {
    const life = this.#alive;
    if (life === undefined) return;
    this.surroundings.note(`${this.name}: crash`);
    life.dead = true;
    this.#alive = undefined;
    this.running = 0;
    life.timers.clear();
    this.surroundings.onUntold(life.taken);
    this.surroundings.turns.bury();
    life.vfs.state.store.db.close();
    life.reader.close();
    // Nothing is left to be closed but a descriptor.
    life.vfs.state.store.close().catch(() => undefined);
    this.surroundings.onCrash(this);
  }

  #uuid(): string {
    this.#uuids += 1;
    return `${this.name.repeat(8)}-0000-4000-8000-${this.#uuids.toString(16).padStart(12, '0')}`;
  }

  #clock(): Clock {
    const { random } = this.surroundings;
    let monotonicMs = 0;
    return {
      realtime: () => {
        const ms = this.nowMs();
        const sec = Math.floor(ms / 1000);
        return { sec, nsec: Math.floor((ms - sec * 1000) * 1e6) };
      },
      nowMs: () => this.nowMs(),
      // Slices of a pull are of any length.
      monotonicMs: () => {
        monotonicMs += random.next();
        return monotonicMs;
      },
    };
  }

  /** Takes the time from the beginning of a round to the first answer that tells the server's time. */
  #timed(remote: RemoteWorkspace): RemoteWorkspace {
    const told = () => {
      const tookMs = this.surroundings.serverNowMs() - this.#roundBeganMs;
      this.clockErrorMs = Math.max(this.clockErrorMs, tookMs);
    };
    const read = (head: number) => {
      this.headRead = head;
    };
    return wrap(remote, {
      head: async () => {
        const head = await remote.head();
        told();
        return head;
      },
      feed: async function* (cursor) {
        let isFirst = true;
        for await (const page of remote.feed(cursor)) {
          if (isFirst) told();
          isFirst = false;
          read(page.head);
          yield page;
        }
      },
    });
  }

  /** Commits of the store fail, and end lives. */
  #spoil(vfs: Vfs, life: Life): void {
    const { store } = vfs.state;
    const { random, note } = this.surroundings;
    const write = store.write.bind(store);
    // No power cuts here, and nothing may wait for a disk.
    store.sync = () => Promise.resolve();
    store.write = (batch) => {
      if (life.dead) throw new Crash();
      const fate = random.next();
      const { crashBefore, crashAfter, diskFull } = this.faults;
      if (fate < diskFull) {
        note(`${this.name}: disk full`);
        throw new AgentFsError('ENOSPC', 'the simulated disk is full', { operation: 'write database' });
      }
      if (fate < diskFull + crashBefore) {
        this.crash();
        throw new Crash();
      }
      write(batch);
      this.surroundings.onCommitted(this);
      if (fate < diskFull + crashBefore + crashAfter) {
        this.crash();
        throw new Crash();
      }
    };
  }

  /** A commit in the background may fail; whoever writes next is told. */
  #refused(error: unknown): void {
    if (error instanceof Crash || isExpected(error)) return;
    this.surroundings.onFailure(`${this.name}: a commit failed: ${(error as Error).stack ?? error}`);
  }

  /** What a step may take from the workspace. */
  #noteTaken(step: SyncStep): void {
    const takes = step.type === 'remove' || (step.type === 'node' && step.content.kind !== 'keep');
    if (!takes || this.#alive === undefined) return;
    const content = fileContent(this.#alive.vfs, step.node.ino);
    if (content !== undefined) this.#alive.taken.add(content);
  }

  /** Messages between the two threads are on their way for a while. */
  #host(life: Life, applier: Applier, clock: Clock): SyncHost {
    const { turns, traces, note } = this.surroundings;
    const call = async (name: string, work: (...params: unknown[]) => unknown, params: unknown[]) => {
      await turns.park(life, `${this.name} ${name}`);
      if (name === 'begin') this.#roundBeganMs = this.surroundings.serverNowMs();
      try {
        if (name === 'apply') for (const step of params[1] as SyncStep[]) this.#noteTaken(step);
        if (traces) note(`${this.name}:   ${name} ${JSON.stringify(params)}`);
        return await work(...params);
      } finally {
        await turns.park(life, `${this.name} ${name} done`);
        if (name === 'begin') this.roundsMs.push(this.surroundings.serverNowMs());
      }
    };
    const calls = Object.entries(hostCalls(() => applier, clock)).map(([name, work]) => [
      name,
      (...params: unknown[]) => call(name, work as (...params: unknown[]) => unknown, params),
    ]);
    return Object.fromEntries(calls) as SyncHost;
  }
}

/** What a simulated fault may lead to. */
function isExpected(error: unknown): boolean {
  return (
    error instanceof AgentFsError &&
    ['REMOTE_UNREACHABLE', 'ENOSPC', 'EIO', 'CLOSED', 'SYNC_BUSY'].includes(error.code)
  );
}
