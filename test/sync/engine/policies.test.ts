/**
 * The table of policies and conflicts, on two real engines: who wins is at both agents, everything else flows, and the
 * version that lost is in history and comes back byte for byte.
 */
import t, { type Test } from 'tap';
import type { ConflictPolicy } from '#src/sync/core/tree.js';
import type { SyncConflict } from '#src/sync/index.js';
import { type Agent, fileRemote, pair, settle } from './agent.js';
import { CONFLICT_TABLE, type ConflictCase, type Winner } from './conflict-table.js';
import { Room } from './room.js';

t.setTimeout(120_000);

interface Run {
  readonly policy: ConflictPolicy;
  /** Who acts last. */
  readonly later: Winner;
  readonly winner: Winner;
}

const RUNS: Readonly<Record<string, Run>> = {
  'local-wins': { policy: 'local-wins', later: 'there', winner: 'here' },
  'remote-wins': { policy: 'remote-wins', later: 'here', winner: 'there' },
  'last-write-wins, the later edit made here': { policy: 'last-write-wins', later: 'here', winner: 'here' },
  'last-write-wins, the later edit made there': {
    policy: 'last-write-wins',
    later: 'there',
    winner: 'there',
  },
  'manual, resolved with the local side': { policy: 'manual', later: 'there', winner: 'here' },
  'manual, resolved with the remote side': { policy: 'manual', later: 'here', winner: 'there' },
};

interface Place {
  readonly name: string;
  readonly it: ConflictCase;
  readonly at: string;
  readonly winner: Winner;
}

/** Two edits have different times after it, on any clock. */
const tick = () => new Promise((resolve) => setTimeout(resolve, 20));

function placesOf({ policy, winner }: Run): Place[] {
  return Object.entries(CONFLICT_TABLE).map(([name, it], index) => ({
    name,
    it,
    at: `/room-${index}`,
    winner: policy === 'last-write-wins' ? (it.lastWrite ?? winner) : winner,
  }));
}

function told(conflicts: readonly SyncConflict[], { at, it }: Place): string[] {
  const own = conflicts.filter(({ path }) => path.startsWith(`${at}/`));
  const all = own.map(({ type, path }) => `${type} ${path.slice(at.length)}`);
  return all.filter((one) => it.alsoTold?.includes(one) !== true).sort();
}

/** The room's content without the two files that only one side touches, which must be at both. */
function contentsOf(t: Test, agent: Agent, { at, name }: Place): Record<string, string> {
  const { '/only here': here, '/only there': there, ...rest } = new Room(agent, at).contents();
  t.same([here, there], ['made here', 'edited there'], `${name}: what only one side changed has flowed`);
  return rest;
}

/** `there` pushes its side; `here` has its own and has not met the other yet. */
async function apart(t: Test, run: Run, places: readonly Place[]): Promise<{ here: Agent; there: Agent }> {
  const { a: there, b: here } = await pair(t, { url: fileRemote(t) }, { conflictResolution: run.policy });
  for (const { it, at } of places) {
    there.mkdir(at);
    there.write(`${at}/only there`, 'base');
    it.base?.(new Room(there, at));
  }
  await settle(there, here);
  const acts = {
    there: async () => {
      for (const { it, at } of places) {
        it.there(new Room(there, at));
        there.write(`${at}/only there`, 'edited there');
      }
      await there.engine.push();
    },
    here: async () => {
      for (const { it, at } of places) {
        it.here(new Room(here, at));
        here.write(`${at}/only here`, 'made here');
      }
      here.vfs.flush();
    },
  };
  const earlier = run.later === 'here' ? 'there' : 'here';
  await acts[earlier]();
  await tick();
  await acts[run.later]();
  return { here, there };
}

/** What `here` met when it synced: under manual both sides are as they were, until it is resolved as the run says. */
async function meet(t: Test, run: Run, { here, there, places }: Meeting): Promise<void> {
  const sides = places.map(({ it, at }) => ({
    local: it.conflicts.length > 0 ? new Room(here, at).contents() : undefined,
    remote: it.conflicts.length > 0 ? new Room(there, at).contents() : undefined,
  }));
  const pulled = await here.engine.pull();
  const { conflicts } = run.policy === 'manual' ? await here.engine.push() : pulled;
  for (const place of places) t.same(told(conflicts, place), [...place.it.conflicts].sort(), place.name);
  await here.engine.push();
  await there.engine.pull();
  if (run.policy !== 'manual') return;
  for (const [index, place] of places.entries()) {
    const { local, remote } = sides[index] ?? {};
    if (local === undefined || remote === undefined) continue;
    const { '/only here': _1, '/only there': _2, ...mine } = local;
    const { '/only there': _3, ...theirs } = remote;
    const { waiting } = place.it;
    t.same(contentsOf(t, here, place), waiting?.here ?? mine, `${place.name}: nothing is touched here`);
    t.same(contentsOf(t, there, place), waiting?.there ?? theirs, `${place.name}: nothing is touched there`);
  }
  await rests(t, here);
  const strategy = run.winner === 'here' ? 'local' : 'remote';
  const report = await here.engine.resolve(undefined, { strategy });
  t.same([report.refused, report.remaining], [[], []]);
  await there.engine.pull();
}

/** However many conflicts of whatever type wait, a round costs what one without any costs, and finds the same ones. */
async function rests(t: Test, agent: Agent): Promise<void> {
  const ids = async () => (await agent.engine.conflicts()).map(({ id }) => id);
  const before = await ids();
  const noted = agent.rows('SELECT seq FROM afs_sent_commit');
  const { revision } = await agent.engine.pull();
  const rounds = [
    () => agent.engine.push(),
    () => agent.engine.pull(),
    async () => {
      await agent.reopen();
      return await agent.engine.push();
    },
  ];
  for (const round of rounds)
    t.match(await round(), { roundTrips: 1, rowsWritten: 0, pushed: 0, pulled: 0, revision });
  t.match(await agent.engine.status(), { syncStatus: 'conflicts', pendingChanges: 0, revision });
  t.same(await ids(), before);
  t.same(agent.rows('SELECT seq FROM afs_sent_commit'), noted, 'no commit was announced');
}

interface Meeting {
  readonly here: Agent;
  readonly there: Agent;
  readonly places: readonly Place[];
}

/** Brings back all that lost, at this agent or that one in turn; then it is at both. */
async function bringBack(t: Test, { here, there, places }: Meeting): Promise<void> {
  const expected: { place: Place; path: string; content: string }[] = [];
  for (const [index, place] of places.entries()) {
    const { it, at, name } = place;
    const loser = place.winner === 'here' ? 'there' : 'here';
    const lost = Object.entries(it.conflicts.length === 0 ? {} : (it.loses?.[loser] ?? {}));
    const agent = index % 2 === 0 ? here : there;
    const by = loser === 'here' ? here.id : there.id;
    for (const [path, content] of lost) {
      const { versions } = await agent.engine.history.log({ path: at + path });
      const version = versions.find(
        (one) => one.agent === by && one.what !== 'deleted' && (one.what === 'lost') === (loser === 'here'),
      );
      t.ok(version, `${name}: ${path} is in history`);
      if (version === undefined) continue;
      it.makeWay?.[loser]?.(new Room(agent, at));
      await agent.engine.history.restore(at + path, { version: version.version });
      expected.push({ place, path, content });
    }
  }
  for (const engine of [here.engine, there.engine, here.engine, there.engine]) {
    await engine.push();
    await engine.pull();
  }
  for (const agent of [here, there]) {
    for (const { place, path, content } of expected)
      t.equal(new Room(agent, place.at).tell(path), content, `${place.name}: ${path} has come back`);
  }
}

for (const [name, run] of Object.entries(RUNS)) {
  t.test(name, async (t) => {
    const places = placesOf(run);
    const { here, there } = await apart(t, run, places);
    await meet(t, run, { here, there, places });
    for (const agent of [here, there]) {
      for (const place of places)
        t.same(
          contentsOf(t, agent, place),
          place.it.wins[place.winner],
          `${place.name}: ${place.winner} wins`,
        );
    }
    t.equal(here.tree(), there.tree(), 'both agents are equal');
    for (const { engine } of [here, there]) {
      t.match(await engine.push(), { rowsWritten: 0, conflicts: [] });
      t.match(await engine.pull(), { pulled: 0, conflicts: [] });
      t.match(await engine.status(), { syncStatus: 'synced', pendingChanges: 0, pendingConflicts: 0 });
    }
    await bringBack(t, { here, there, places });
    t.equal(here.tree(), there.tree(), 'and equal again');
    t.same([...here.errors, ...there.errors], []);
  });
}
